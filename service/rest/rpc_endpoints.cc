#include "service/rest/rpc_endpoints.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/util/json_util.h"

#include "lsmkv/v1/admin.pb.h"
#include "lsmkv/v1/kv.pb.h"
#include "service/core/error.h"
#include "service/rest/error_body.h"
#include "service/rest/json.h"

namespace lsmkv::service {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

absl::StatusOr<MessagePtr> ParseRequest(const Descriptor& type,
                                        const std::string& body) {
  MessagePtr request(
      MessageFactory::generated_factory()->GetPrototype(&type)->New());
  if (body.empty()) return request;
  // protobuf's parser takes more than JSON, and the last of duplicate names.
  absl::Status status = CheckJson(body);
  if (!status.ok()) return status;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(body, request.get(), options);
  if (!parsed.ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_BODY",
                     "the body does not fit " + type.full_name() + ": " +
                         parsed.message().ToString());
  }
  return request;
}

absl::StatusOr<std::string> ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto printed =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!printed.ok()) {
    return MakeError(absl::StatusCode::kInternal, "INTERNAL",
                     "cannot write the answer as JSON");
  }
  return json;
}

HttpResponse JsonAnswer(const absl::StatusOr<MessagePtr>& message) {
  if (!message.ok()) return ErrorResponse(message.status());
  absl::StatusOr<std::string> json = ToJson(**message);
  if (!json.ok()) return ErrorResponse(json.status());
  HttpResponse response;
  response.headers.push_back({"Content-Type", "application/json"});
  response.body = *std::move(json);
  return response;
}

// The lines of a streaming RPC's answer.
class LineSource : public BodySource {
 public:
  LineSource(MessageStream stream, CallContext context)
      : stream_(std::move(stream)), context_(std::move(context)) {}

  std::optional<std::string> Next() override {
    absl::StatusOr<std::optional<std::string>> line = NextResult();
    if (line.ok()) return *std::move(line);
    ended_ = true;
    return absl::StrCat("{\"error\":", ErrorBody(line.status()), "}\n");
  }

  // The same, with the error not yet written as a line.
  absl::StatusOr<std::optional<std::string>> NextResult() {
    if (ended_) return std::nullopt;
    absl::StatusOr<MessagePtr> message = stream_(context_);
    if (!message.ok()) return message.status();
    if (*message == nullptr) {
      ended_ = true;
      return std::nullopt;
    }
    absl::StatusOr<std::string> json = ToJson(**message);
    if (!json.ok()) return json.status();
    return absl::StrCat("{\"result\":", *json, "}\n");
  }

 private:
  const MessageStream stream_;
  const CallContext context_;
  bool ended_ = false;
};

HttpResponse StreamAnswer(absl::StatusOr<MessageStream> stream,
                          const CallContext& context) {
  if (!stream.ok()) return ErrorResponse(stream.status());
  auto source = std::make_unique<LineSource>(*std::move(stream), context);
  // The first line is made now: if it fails, the status can still tell.
  absl::StatusOr<std::optional<std::string>> first = source->NextResult();
  if (!first.ok()) return ErrorResponse(first.status());
  HttpResponse response;
  response.headers.push_back({"Content-Type", "application/json"});
  if (first->has_value()) {
    response.body = **std::move(first);
    response.stream = std::move(source);
  }
  return response;
}

std::function<void(RestCall)> MakeHandler(const MethodDescriptor& method,
                                          const RpcBinding& binding) {
  return [type = method.input_type(), binding](RestCall call) {
    absl::StatusOr<MessagePtr> request = ParseRequest(*type, call.request.body);
    if (!request.ok()) {
      return std::move(call.done)(ErrorResponse(request.status()));
    }
    call.request.body = std::string();  // not held while the RPC runs
    if (binding.stream) {
      return std::move(call.done)(
          StreamAnswer(binding.stream(call.context, **request), call.context));
    }
    binding.unary(call.context, **request,
                  [done = std::move(call.done)](
                      absl::StatusOr<MessagePtr> answer) mutable {
                    std::move(done)(JsonAnswer(answer));
                  });
  };
}

// Lists of keys or operations may be as large as a batch; any other request
// holds two keys or a key and a value. Base64 takes four bytes for three, names
// and brackets of an operation about forty.
uint64_t BodyBytesMax(const Descriptor& request, const Limits& limits) {
  constexpr uint64_t kRest = 64 << 10;
  constexpr uint64_t kOperationBytes = 40;
  for (int i = 0; i < request.field_count(); ++i) {
    if (request.field(i)->is_repeated()) {
      return limits.batch_bytes_max / 3 * 4 + kRest +
             kOperationBytes * limits.batch_operations_max;
    }
  }
  return (2 * limits.key_bytes_max + limits.value_bytes_max) / 3 * 4 + kRest;
}

absl::Status Unsupported(const MethodDescriptor& method,
                         const std::string& what) {
  return absl::InternalError(absl::StrCat(method.full_name(), ": ", what));
}

absl::Status AddRoute(const MethodDescriptor& method,
                      const google::api::HttpRule& rule,
                      const RpcBinding& binding, const Limits& limits,
                      RouteTable* table) {
  Route route;
  if (rule.pattern_case() == google::api::HttpRule::kGet) {
    route.method = "GET";
    route.path_template = rule.get();
    if (method.input_type()->field_count() != 0) {
      return Unsupported(method, "query parameters are not supported");
    }
  } else if (rule.pattern_case() == google::api::HttpRule::kPost) {
    route.method = "POST";
    route.path_template = rule.post();
    if (rule.body() != "*") {
      return Unsupported(method, "only the body \"*\" is supported");
    }
  } else {
    return Unsupported(method, "neither a get nor a post annotation");
  }
  if (route.path_template.find('{') != std::string::npos) {
    return Unsupported(method, "path variables are not supported");
  }
  route.body_bytes_max = BodyBytesMax(*method.input_type(), limits);
  // A stream lives as long as its reader takes for the whole range, a
  // compaction as long as the store needs.
  route.long_call = binding.long_call;
  route.handler = MakeHandler(method, binding);
  table->Add(std::move(route));
  return absl::OkStatus();
}

}  // namespace

std::vector<const MethodDescriptor*> ApiMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const google::protobuf::FileDescriptor* file :
       {v1::PutRequest::descriptor()->file(),
        v1::GetStatsRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
  }
  return methods;
}

absl::Status AddRpcRoutes(const RpcBindings& bindings, const Limits& limits,
                          RouteTable* table) {
  for (const MethodDescriptor* method : ApiMethods()) {
    const auto binding = bindings.find(method->full_name());
    if (binding == bindings.end()) {
      return Unsupported(*method, "the RPC has no binding");
    }
    if (method->server_streaming() != (binding->second.stream != nullptr)) {
      return Unsupported(*method, "the binding is of the wrong kind");
    }
    const google::api::HttpRule& rule =
        method->options().GetExtension(google::api::http);
    absl::Status status =
        AddRoute(*method, rule, binding->second, limits, table);
    if (!status.ok()) return status;
    for (const google::api::HttpRule& more : rule.additional_bindings()) {
      status = AddRoute(*method, more, binding->second, limits, table);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace lsmkv::service
