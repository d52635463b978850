# Who may include whom (docs/architecture.md): run as `cmake [-DROOT=DIR] -P cmake/check_layering.cmake`.
#
# Reads the include lines alone: the area stands in them. Fails naming file, line and rule.
cmake_minimum_required(VERSION 3.25)
if(NOT DEFINED ROOT)
  get_filename_component(ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
endif()

set(areas base json protobuf plugin cluster standard report isolation workflow delivery app)
# Everything but the headers of C, C++ and the system.
set(includes "^[ \t]*#[ \t]*include[ \t]*(\"|<(ktel|boost|curl|fmt|librdkafka|openssl|yaml-cpp)/|<(sqlite3|zlib))")
set(libraries "boost/|curl/|fmt/|openssl/|yaml-cpp/|sqlite3|zlib")
set(problems "")

# check(<folder> <allowed regex> <rule>): every include in the folder must match the regex.
function(check folder allowed rule)
  file(GLOB_RECURSE files ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.hpp ${ROOT}/${folder}/*.c
                          ${ROOT}/${folder}/*.cpp)
  foreach(file IN LISTS files)
    file(RELATIVE_PATH path ${ROOT} ${file})
    file(STRINGS ${file} lines REGEX "${includes}")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^[^\"<]*[\"<]([^\">]*)[\">].*" "\\1" name "${line}")
      if(NOT name MATCHES "${allowed}")
        list(APPEND problems "${path} includes ${name}: ${rule}")
      endif()
    endforeach()
  endforeach()
  set(problems "${problems}" PARENT_SCOPE)
endfunction()

check(plugin_api "^ktel/abi/" "plugin_api includes C standard headers and itself")
check(sdk "^(ktel/(abi|sdk)/|[a-z_]+\\.hpp$)" "sdk includes plugin_api and itself")
# A backend with its own I/O may have a library for it, which no other plugin includes.
set(library_of_kafka "|librdkafka/|openssl/")
set(library_of_kong_tls "|openssl/")
file(GLOB folders RELATIVE ${ROOT} ${ROOT}/plugins/jobs ${ROOT}/plugins/backends/*)
foreach(folder IN LISTS folders)
  get_filename_component(name ${folder} NAME)
  check(${folder} "^(ktel/(abi|sdk)/|[a-z_]+\\.hpp$${library_of_${name}})"
        "a plugin includes the sdk and its own files")
endforeach()
check(core/include "^ktel/[a-z_]+\\.hpp$" "public headers include std and each other")

set(below "")
foreach(area IN LISTS areas)
  list(APPEND below ${area})
  list(JOIN below "|" joined)
  check(core/src/${area} "^((${joined})/|ktel/abi/|ktel/[a-z_]+\\.hpp$|${libraries})"
        "area ${area} includes areas below it alone")
endforeach()
file(GLOB folders RELATIVE ${ROOT}/core/src ${ROOT}/core/src/*)
foreach(folder IN LISTS folders)
  if(IS_DIRECTORY ${ROOT}/core/src/${folder} AND NOT folder IN_LIST areas)
    list(APPEND problems "core/src/${folder} is no area: it has no place in the order")
  endif()
endforeach()
check(core/child "^((${joined})/|ktel/abi/|ktel/[a-z_]+\\.hpp$|${libraries})" "ktel-child includes core")

check(ktel "^(app/|commands/|[a-z_]+\\.hpp$|ktel/(abi/|[a-z_]+\\.hpp)|boost/|fmt/)"
      "the command includes core's public headers and core/src/app")

if(problems)
  list(JOIN problems "\n  " text)
  message(FATAL_ERROR "layering:\n  ${text}")
endif()
message(STATUS "layering: clean")
