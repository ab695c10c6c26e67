#include "service/grpc/grpc_server.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include "service/core/error.h"
#include "service/grpc/admin_service.h"
#include "service/grpc/connection_acceptor.h"
#include "service/grpc/kv_service.h"
#include "service/grpc/rpc_methods.h"

namespace lsmkv::service {
namespace {

using std::chrono::milliseconds;

// What a request may be larger than the keys and values in it: field tags and
// lengths of a million small operations.
constexpr uint64_t kMessageSlackBytes = 16 << 20;
constexpr int kMetadataBytesMax = 16 << 10;
constexpr int kStreamsPerConnectionMax = 1000;
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// A client that pings more often than this is sent away.
constexpr int kPingIntervalMinMs = 20'000;
constexpr int kHandshakeTimeoutMs = 10'000;
// Streams end by themselves this long before calls are cancelled.
constexpr milliseconds kStreamStopLead{500};

void SetArguments(const Limits& limits, grpc::ServerBuilder* builder) {
  const uint64_t message_bytes =
      std::max(limits.batch_bytes_max,
               limits.key_bytes_max + limits.value_bytes_max) +
      kMessageSlackBytes;
  builder->SetMaxReceiveMessageSize(
      static_cast<int>(std::min<uint64_t>(message_bytes, INT32_MAX)));
  builder->SetMaxSendMessageSize(-1);
  // Refused, as a small message may unpack to one that fills memory.
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              kStreamsPerConnectionMax);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                              kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      kPingIntervalMinMs);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              kHandshakeTimeoutMs);
}

// gRPC's own log goes where ours goes. It is the process's, so the logger of
// the server that started last takes it.
std::atomic<Logger*> grpc_logger{nullptr};

void LogGrpcLine(gpr_log_func_args* args) {
  Logger* const logger = grpc_logger.load(std::memory_order_acquire);
  if (logger == nullptr) return;
  // What it calls an error is mostly a client's doing.
  logger->Event(LogLevel::kDebug, "grpc", {{"message", args->message}});
}

// Before the first server; the settings are the process's.
void InitOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    gpr_set_log_function(LogGrpcLine);
  });
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(const GrpcServerOptions& options, const RpcEnvironment& environment)
      : kv_(environment, KvOptions(options)),
        admin_(environment, options.info) {}

  ~Impl() { Shutdown(milliseconds(0)); }

  absl::Status Start(const GrpcServerOptions& options, const Limits& limits) {
    grpc::ServerBuilder builder;
    SetArguments(limits, &builder);
    auto acceptor = ConnectionAcceptor::Listen(options.listen);
    if (!acceptor.ok()) return acceptor.status();
    acceptor_ = *std::move(acceptor);
    connections_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        grpc::InsecureServerCredentials());
    builder.RegisterService(&kv_);
    builder.RegisterService(&admin_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return MakeError(absl::StatusCode::kInternal, "GRPC_NOT_STARTED",
                       "gRPC does not start");
    }
    address_ = absl::StrCat(options.listen.substr(0, options.listen.rfind(':')),
                            ":", acceptor_->port());
    SetServing(false, false);
    acceptor_->Start([this](int listener_fd, int fd) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
          connection;
      connection.listener_fd = listener_fd;
      connection.fd = fd;
      connections_->HandleNewConnection(&connection);
    });
    return absl::OkStatus();
  }

  const std::string& address() const { return address_; }

  void SetServing(bool kv, bool admin) {
    grpc::HealthCheckServiceInterface* health =
        server_->GetHealthCheckService();
    health->SetServingStatus(kv);  // "": the server as a whole
    health->SetServingStatus(std::string(kKvServiceName), kv);
    health->SetServingStatus(std::string(kAdminServiceName), admin);
  }

  void Shutdown(milliseconds timeout) {
    if (server_ == nullptr || stopped_.exchange(true)) return;
    const milliseconds lead = std::min(kStreamStopLead, timeout / 2);
    const auto stop_at = std::chrono::steady_clock::now() + timeout - lead;
    kv_.StopStreamsAt(stop_at);
    admin_.StopStreamsAt(stop_at);
    acceptor_->Stop();  // gRPC would keep what it gets from now on
    server_->Shutdown(std::chrono::system_clock::now() + timeout);
    server_->Wait();
  }

 private:
  static KvServiceImpl::Options KvOptions(const GrpcServerOptions& options) {
    KvServiceImpl::Options kv;
    kv.worker_threads = options.worker_threads;
    return kv;
  }

  KvServiceImpl kv_;
  AdminServiceImpl admin_;
  std::unique_ptr<ConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<grpc::Server> server_;  // goes before the services
  std::string address_;
  std::atomic<bool> stopped_{false};
};

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const GrpcServerOptions& options, KvCore* core, RpcObserver* observer,
    Logger* logger) {
  InitOnce();
  grpc_logger.store(logger, std::memory_order_release);
  auto impl =
      std::make_unique<Impl>(options, RpcEnvironment{core, observer, logger});
  absl::Status status = impl->Start(options, core->limits());
  if (!status.ok()) {
    grpc_logger.store(nullptr, std::memory_order_release);
    return status;
  }
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcServer::~GrpcServer() {
  Shutdown(milliseconds(0));
  grpc_logger.store(nullptr, std::memory_order_release);
}

std::string GrpcServer::address() const { return impl_->address(); }

void GrpcServer::SetServing(bool kv, bool admin) {
  impl_->SetServing(kv, admin);
}

void GrpcServer::Shutdown(milliseconds timeout) { impl_->Shutdown(timeout); }

}  // namespace lsmkv::service
