# What is installed: the library and its headers, the command, ktel-child, the built-in plugins, the
# SDK with ktel_add_plugin() and its fake host, and the package `find_package(ktel CONFIG)` finds.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ktel)

install(TARGETS ktel_core ktel_abi ktel_sdk ktel_sdk_testing EXPORT ktelTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS ktel RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS ktel-child RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/ktel)
get_property(plugins GLOBAL PROPERTY KTEL_BUILTIN_PLUGINS)
foreach(plugin IN LISTS plugins)
  install(TARGETS ${plugin} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ktel/plugins)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/ktel/demo DESTINATION ${CMAKE_INSTALL_DATADIR}/ktel)

# The command finds the library where an install put it, also when the whole tree is moved.
file(RELATIVE_PATH lib_from_bin /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(ktel PROPERTIES INSTALL_RPATH "$ORIGIN/${lib_from_bin}")

install(EXPORT ktelTargets NAMESPACE ktel:: DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/sdk/cmake/KtelPlugin.cmake ${PROJECT_SOURCE_DIR}/sdk/cmake/plugin.map
        DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/ktel-config.cmake.in
  ${PROJECT_BINARY_DIR}/ktel-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ktel-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ktel-config.cmake ${PROJECT_BINARY_DIR}/ktel-config-version.cmake
        DESTINATION ${package_dir})
