# What `cmake --install` puts where, and the package that other projects find:
#
#   find_package(lsmkv CONFIG REQUIRED COMPONENTS engine)   # lsmkv::engine
#   find_package(lsmkv CONFIG REQUIRED COMPONENTS client)   # lsmkv::client
#
# Each component is an export set of its own, so that a user of the engine
# needs no gRPC. Install components: "runtime" (lsmkvd, lsmkv) and
# "development" (libraries, headers, the package).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(lsmkv_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lsmkv)

# lsmkv_install_library(<target> <component> <folder>): the headers are the
# target's header set, or without one all that `folder` holds.
function(lsmkv_install_library target component folder)
  # The warnings are for building the library, not for those who link it.
  get_target_property(libs ${target} INTERFACE_LINK_LIBRARIES)
  list(REMOVE_ITEM libs "$<LINK_ONLY:lsmkv_warnings>")
  set_property(TARGET ${target} PROPERTY INTERFACE_LINK_LIBRARIES ${libs})

  get_target_property(header_sets ${target} INTERFACE_HEADER_SETS)
  if(header_sets)
    set(headers FILE_SET HEADERS COMPONENT development)
  else()
    set(headers "")
    install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
      COMPONENT development FILES_MATCHING PATTERN "*.h")
  endif()
  install(TARGETS ${target} EXPORT lsmkv-${component}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    ${headers}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()

function(lsmkv_install_component component)
  install(EXPORT lsmkv-${component} NAMESPACE lsmkv::
    FILE lsmkv-${component}.cmake
    DESTINATION ${lsmkv_package_dir} COMPONENT development)
endfunction()

lsmkv_install_library(lsmkv_engine engine
  ${PROJECT_SOURCE_DIR}/engine/include)
lsmkv_install_component(engine)

if(LSMKV_BUILD_CLIENT)
  # The generated headers have a root of their own: they bring google/rpc/,
  # which another package may own.
  get_target_property(lsmkv_proto_dir lsmkv_proto BINARY_DIR)
  set(lsmkv_proto_include ${CMAKE_INSTALL_INCLUDEDIR}/lsmkv_proto)
  install(TARGETS lsmkv_proto EXPORT lsmkv-client
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    INCLUDES DESTINATION ${lsmkv_proto_include})
  install(DIRECTORY ${lsmkv_proto_dir}/lsmkv ${lsmkv_proto_dir}/google
    DESTINATION ${lsmkv_proto_include} COMPONENT development
    FILES_MATCHING PATTERN "*.pb.h")
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/lsmkv
    ${PROJECT_SOURCE_DIR}/proto/google
    DESTINATION ${CMAKE_INSTALL_DATADIR}/lsmkv/proto COMPONENT development
    FILES_MATCHING PATTERN "*.proto")

  lsmkv_install_library(lsmkv_client client
    ${PROJECT_SOURCE_DIR}/client/include)
  lsmkv_install_component(client)
  install(TARGETS lsmkv RUNTIME COMPONENT runtime)
endif()

if(LSMKV_BUILD_SERVICE)
  install(TARGETS lsmkvd RUNTIME COMPONENT runtime)
endif()

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/lsmkvConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/lsmkvConfig.cmake
  INSTALL_DESTINATION ${lsmkv_package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/package/lsmkvConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/lsmkvConfig.cmake
  ${PROJECT_BINARY_DIR}/package/lsmkvConfigVersion.cmake
  DESTINATION ${lsmkv_package_dir} COMPONENT development)
