# The messages, the service (its core is built anyway) and the client's parsers for the fuzzers: the
# sources that need no gRPC, under the names that the whole libraries have.
set(proto_dir ${PROJECT_SOURCE_DIR}/proto)
set(proto_sources "")
foreach(proto google/api/annotations google/api/http lsmkv/v1/admin lsmkv/v1/kv)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${proto}.pb)
  add_custom_command(
    OUTPUT ${generated}.cc ${generated}.h
    COMMAND protobuf::protoc -I ${proto_dir}
            --cpp_out ${CMAKE_CURRENT_BINARY_DIR} ${proto}.proto
    DEPENDS ${proto_dir}/${proto}.proto)
  list(APPEND proto_sources ${generated}.cc ${generated}.h)
endforeach()
add_library(lsmkv_fuzz_proto STATIC ${proto_sources})
target_include_directories(lsmkv_fuzz_proto SYSTEM PUBLIC
  ${CMAKE_CURRENT_BINARY_DIR})
target_link_libraries(lsmkv_fuzz_proto PUBLIC protobuf::libprotobuf)

set(service_sources
  config/config_flags.cc
  config/listen_address.cc
  config/server_config.cc
  grpc/messages.cc
  http/http_head.cc
  observability/logger.cc
  rest/error_body.cc
  rest/http_message.cc
  rest/http_status.cc
  rest/json.cc
  rest/key_endpoints.cc
  rest/rest_handler.cc
  rest/routes.cc
  rest/rpc_bindings.cc
  rest/rpc_endpoints.cc
  rest/stats_json.cc
  rest/text.cc
  rest/url.cc)
list(TRANSFORM service_sources PREPEND ${PROJECT_SOURCE_DIR}/service/)
add_library(lsmkv_service STATIC ${service_sources})
target_include_directories(lsmkv_service PUBLIC ${PROJECT_SOURCE_DIR})
target_compile_definitions(lsmkv_service PRIVATE
  LSMKV_VERSION="${PROJECT_VERSION}")
target_link_libraries(lsmkv_service
  PUBLIC lsmkv_service_core lsmkv_fuzz_proto
  PRIVATE lsmkv_warnings CLI11::CLI11)

set(cli_sources
  args.cc encoding.cc escape.cc json.cc line_reader.cc records.cc suggest.cc
  tokenizer.cc utf8.cc)
list(TRANSFORM cli_sources PREPEND ${PROJECT_SOURCE_DIR}/client/cli/)
add_library(lsmkv_cli_lib STATIC ${cli_sources})
target_include_directories(lsmkv_cli_lib PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(lsmkv_cli_lib
  PUBLIC absl::status absl::statusor absl::strings PRIVATE lsmkv_warnings)
