# Who may include whom (docs/architecture.md): run as `cmake -P cmake/check_layering.cmake [-DROOT=DIR]`.
#
# Reads the include lines alone: the area stands in them. Fails naming file, line and rule.
cmake_minimum_required(VERSION 3.25)
if(NOT DEFINED ROOT)
  get_filename_component(ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
endif()

set(areas base json plugin cluster standard report workflow delivery app)
set(problems "")

# check(<files> <allowed regex> <rule>): every quoted or <ktel/...> include must match the regex.
function(check files allowed rule)
  foreach(file IN LISTS files)
    file(STRINGS ${file} lines REGEX "^#include +(\"|<ktel/|<boost/|<curl/|<fmt/|<sqlite3|<openssl/|<yaml)")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include +[\"<]([^\">]*)[\">].*" "\\1" name "${line}")
      if(NOT name MATCHES "${allowed}")
        file(RELATIVE_PATH path ${ROOT} ${file})
        set(problems ${problems} "${path} includes ${name}: ${rule}" PARENT_SCOPE)
        set(problems ${problems} "${path} includes ${name}: ${rule}")
      endif()
    endforeach()
  endforeach()
endfunction()

file(GLOB_RECURSE files ${ROOT}/plugin_api/*.h)
check("${files}" "^ktel/abi/" "plugin_api includes C standard headers and itself")

file(GLOB_RECURSE files ${ROOT}/sdk/include/*.hpp ${ROOT}/sdk/testing/*.hpp ${ROOT}/sdk/testing/*.cpp)
check("${files}" "^(ktel/(abi|sdk)/|[a-z_]+\\.hpp$)" "sdk includes plugin_api and itself")

file(GLOB_RECURSE files ${ROOT}/plugins/*.hpp ${ROOT}/plugins/*.cpp ${ROOT}/plugins/*.c)
check("${files}" "^(ktel/(abi|sdk)/|[a-z_]+\\.hpp$)" "a plugin includes the sdk and its own files")

file(GLOB files ${ROOT}/core/include/ktel/*.hpp)
check("${files}" "^ktel/[a-z_]+\\.hpp$" "public headers include std and each other")

set(below "")
foreach(area IN LISTS areas)
  list(APPEND below ${area})
  list(JOIN below "|" joined)
  file(GLOB_RECURSE files ${ROOT}/core/src/${area}/*.hpp ${ROOT}/core/src/${area}/*.cpp)
  check("${files}" "^((${joined})/|ktel/abi/|ktel/[a-z_]+\\.hpp$|boost/|curl/|fmt/|sqlite3|openssl/|yaml)"
        "area ${area} includes areas below it alone")
endforeach()

file(GLOB_RECURSE files ${ROOT}/ktel/*.hpp ${ROOT}/ktel/*.cpp)
check("${files}" "^(app/|commands/|[a-z_]+\\.hpp$|ktel/(abi/|[a-z_]+\\.hpp)|boost/|fmt/|yaml)"
      "the command includes core's public headers and core/src/app")

if(problems)
  list(JOIN problems "\n  " text)
  message(FATAL_ERROR "layering:\n  ${text}")
endif()
message(STATUS "layering: clean")
