# ktel_add_plugin(NAME SOURCES a.cpp ... [LIBS ...] [OUTPUT_DIRECTORY DIR]): a plugin NAME.so that
# exports exactly one symbol and needs no symbol of the host.
#
# Hidden visibility alone still exports templates of the standard library; the version script leaves
# one symbol. `-z defs` makes a missing symbol a link error instead of a refusal at load.
set(KTEL_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map)

function(ktel_add_plugin name)
  cmake_parse_arguments(ARG "" "OUTPUT_DIRECTORY" "SOURCES;LIBS" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ktel::sdk ${ARG_LIBS})
  set_target_properties(${name} PROPERTIES
    PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${KTEL_PLUGIN_MAP})
  target_link_options(${name} PRIVATE -Wl,-z,defs -Wl,--version-script=${KTEL_PLUGIN_MAP})
  if(ARG_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT_DIRECTORY})
  endif()
endfunction()
