# Every library lsmkv stands on is found here and nowhere else.
find_package(Threads REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(zstd CONFIG REQUIRED)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)

if(LSMKV_BUILD_SERVICE OR LSMKV_BUILD_CLIENT)
  find_package(Protobuf REQUIRED)  # module mode: no package config is shipped
  find_package(gRPC CONFIG REQUIRED)
  find_program(LSMKV_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
endif()
if(LSMKV_BUILD_SERVICE OR LSMKV_BUILD_SERVICE_CORE)
  find_package(OpenSSL REQUIRED)  # keyed hashes of page tokens
endif()
if(LSMKV_BUILD_SERVICE)
  find_package(CLI11 CONFIG REQUIRED)
  find_package(prometheus-cpp CONFIG REQUIRED)  # brings civetweb
  find_package(Boost 1.81 REQUIRED)
endif()
if(LSMKV_BUILD_CLIENT)
  pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
endif()
if(LSMKV_BUILD_FUZZERS)  # of the service and the client, what needs no gRPC
  find_package(Protobuf REQUIRED)
  find_package(CLI11 CONFIG REQUIRED)
endif()
if(LSMKV_BUILD_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()
