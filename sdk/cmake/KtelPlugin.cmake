# ktel_add_plugin(NAME SOURCES a.cpp ... [LIBS ...] [OUTPUT_DIRECTORY DIR]): a plugin NAME.so that
# exports exactly one symbol and needs no symbol of the host.
#
# Hidden visibility alone still exports templates of the standard library; the version script leaves
# one symbol. `-z defs` makes a missing symbol a link error instead of a refusal at load.
function(ktel_add_plugin name)
  cmake_parse_arguments(ARG "" "OUTPUT_DIRECTORY" "SOURCES;LIBS" ${ARGN})
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ktel::sdk ${ARG_LIBS})
  set_target_properties(${name} PROPERTIES
    PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${map})
  target_link_options(${name} PRIVATE -Wl,-z,defs -Wl,--version-script=${map})
  # The least the headers are written in: a project that asks for more keeps it, one that asks for
  # less gets it for its plugin.
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(C IN_LIST languages)
    target_compile_features(${name} PRIVATE c_std_11)
  endif()
  if(CXX IN_LIST languages)
    target_compile_features(${name} PRIVATE cxx_std_20)
  endif()
  if(ARG_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${ARG_OUTPUT_DIRECTORY})
  endif()
endfunction()
