# How every target of this project is made: output folders as an install has them, warnings,
# sanitizers, and one function for each kind of target.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# A build tree looks like an install, so that the library finds its plugins and ktel-child in both.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(KTEL_PLUGIN_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/ktel/plugins)
set(KTEL_CHILD_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/libexec/ktel)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(KTEL_CCACHE ccache)
  if(KTEL_CCACHE)
    # One cache for all clones and build folders: neither path may count.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${KTEL_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
  endif()
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka>=2.0)

add_library(ktel_warnings INTERFACE)
target_compile_options(ktel_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)

if(KTEL_SANITIZE)
  # g++ 12 sees uninitialised values in <regex> that are not there once sanitizers are on.
  add_compile_options(-fsanitize=${KTEL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                      "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-tsan>")
  add_link_options(-fsanitize=${KTEL_SANITIZE})
  add_compile_definitions(KTEL_SANITIZE="${KTEL_SANITIZE}")
endif()

# ktel_add_area(NAME base SOURCES a.cpp b.cpp [LIBS ktel_json ...]): one area of core/src, a static
# library of its own, so that a test links it and the areas below it alone.
function(ktel_add_area)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;LIBS" ${ARGN})
  add_library(ktel_${ARG_NAME} STATIC ${ARG_SOURCES})
  target_include_directories(ktel_${ARG_NAME} PUBLIC ${PROJECT_SOURCE_DIR}/core/src
                                                     ${PROJECT_SOURCE_DIR}/core/include)
  target_link_libraries(ktel_${ARG_NAME} PUBLIC ktel_abi ${ARG_LIBS} PRIVATE ktel_warnings)
endfunction()

# ktel_add_test(NAME report [IN core/report] SOURCES merge_test.cpp ... LIBS ktel_report ...
#               [ENV KEY=VALUE ...] [LABELS unit] [TIMEOUT 120]): the program ktel_test_<name> and one
# ctest for each source file, named <IN>/<file without _test.cpp>.
function(ktel_add_test)
  cmake_parse_arguments(ARG "" "NAME;IN;TIMEOUT" "SOURCES;LIBS;ENV;LABELS" ${ARGN})
  if(NOT ARG_IN)
    set(ARG_IN ${ARG_NAME})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(ktel_test_${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(ktel_test_${ARG_NAME} PRIVATE ${ARG_LIBS} ktel_test_main ktel_warnings)
  foreach(source IN LISTS ARG_SOURCES)
    get_filename_component(file ${source} NAME)
    if(file MATCHES "_test\\.cpp$")
      string(REPLACE "_test.cpp" "" stem ${file})
      add_test(NAME ${ARG_IN}/${stem} COMMAND ktel_test_${ARG_NAME} "-sf=*/${file}" --no-intro)
      set_tests_properties(${ARG_IN}/${stem} PROPERTIES TIMEOUT ${ARG_TIMEOUT}
                           ENVIRONMENT "${ARG_ENV}" LABELS "${ARG_LABELS}")
    endif()
  endforeach()
endfunction()
