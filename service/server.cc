#include "service/server.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "service/grpc/rpc_methods.h"

namespace lsmkv::service {
namespace {

using engine::MutexLock;
using std::chrono::milliseconds;

// Keeps the code, and with it the exit status.
absl::Status Named(const std::string& what, const absl::Status& status) {
  return {status.code(), absl::StrCat(what, ": ", status.message())};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const ServerConfig& config, Logger* logger) {
  std::unique_ptr<Server> server(new Server(logger));
  absl::Status status = server->StartParts(config);
  if (!status.ok()) return status;
  return server;
}

Server::Server(Logger* logger)
    : logger_(logger), readiness_(absl::UnavailableError("starting")) {}

Server::~Server() {
  // The error was logged where it happened, and nobody is left to tell.
  Shutdown(milliseconds(0)).IgnoreError();
}

absl::Status Server::StartParts(const ServerConfig& config) {
  absl::Status status = StartMetrics(config);
  if (status.ok()) status = OpenStore(config);
  if (status.ok()) status = StartProtocols(config);
  if (!status.ok()) return status;
  StartScrubber(config);
  {
    MutexLock lock(&mu_);
    started_ = true;
    UpdateReadinessLocked();
  }
  logger_->Event(LogLevel::kInfo, "server_ready",
                 {{"grpc", grpc_->address()},
                  {"rest", rest_->address()},
                  {"metrics", metrics_server_->address()},
                  {"data_dir", config.data_dir},
                  {"version", LSMKV_VERSION}});
  return absl::OkStatus();
}

absl::Status Server::StartMetrics(const ServerConfig& config) {
  metrics_ = std::make_unique<Metrics>(AllRpcMethods(), LSMKV_VERSION);
  auto listener = MetricsServer::Start(
      config.metrics_listen,
      {[this] { return metrics_->Render(); }, [this] { return Readiness(); },
       [this] { return Damage(); }});
  if (!listener.ok()) return listener.status();
  metrics_server_ = *std::move(listener);
  return absl::OkStatus();
}

absl::Status Server::OpenStore(const ServerConfig& config) {
  engine::Options options = config.EngineOptions();
  options.logger = logger_;
  options.listener = this;
  auto store = EngineStore::Open(options, config.data_dir);
  if (!store.ok()) {
    absl::Status named =
        Named(absl::StrCat("cannot open the store in ", config.data_dir),
              store.status());
    if (!absl::IsDataLoss(named)) return named;
    return absl::DataLossError(
        absl::StrCat(named.message(), "; `lsmkvd --salvage ", config.data_dir,
                     "` says what can be saved"));
  }
  store_ = *std::move(store);
  core_ = std::make_unique<KvCore>(store_.get(), config.limits);
  EngineStore* const opened = store_.get();
  metrics_->SetStatsSource([opened] { return opened->GetStats(); });
  return absl::OkStatus();
}

absl::Status Server::StartProtocols(const ServerConfig& config) {
  GrpcServerOptions grpc_options;
  grpc_options.listen = config.grpc_listen;
  grpc_options.info.version = LSMKV_VERSION;
  auto grpc =
      GrpcServer::Start(grpc_options, core_.get(), metrics_.get(), logger_);
  if (!grpc.ok()) return grpc.status();
  {
    MutexLock lock(&mu_);
    grpc_ = *std::move(grpc);
  }
  RestServerOptions rest_options;
  rest_options.listen = config.rest_listen;
  rest_options.server_version = LSMKV_VERSION;
  // A key in a path may take three bytes for each of its own, and a page token
  // beside it holds another, in base64.
  rest_options.header_bytes_max +=
      static_cast<uint32_t>(5 * config.limits.key_bytes_max);
  // Room for the two largest bodies: of a value with every byte escaped, and
  // of a batch in base64.
  const uint64_t largest = std::max(
      6 * (config.limits.key_bytes_max + config.limits.value_bytes_max),
      2 * config.limits.batch_bytes_max);
  rest_options.bodies_bytes_max =
      std::max(rest_options.bodies_bytes_max, 2 * largest);
  rest_options.started = grpc_options.info.started;
  auto rest = RestServer::Start(rest_options, core_.get(), metrics_.get());
  if (!rest.ok()) return rest.status();
  rest_ = *std::move(rest);
  return absl::OkStatus();
}

void Server::StartScrubber(const ServerConfig& config) {
  engine::Env* const env =
      config.engine.env != nullptr ? config.engine.env : engine::Env::Posix();
  const ScrubOptions options{config.scrub_interval_ms * 1000,
                             config.scrub_bytes_per_second};
  std::unique_ptr<Scrubber> scrubber(
      new Scrubber(store_.get(), env, options, this));
  Scrubber* const started = scrubber.get();
  {
    MutexLock lock(&mu_);
    scrubber_ = std::move(scrubber);
  }
  metrics_->SetScrubSource([started] { return started->GetStats(); });
  started->Start();
}

void Server::StopScrubber() {
  if (scrubber_ == nullptr) return;
  metrics_->SetScrubSource(nullptr);
  scrubber_->Stop();
  std::unique_ptr<Scrubber> stopped;
  MutexLock lock(&mu_);
  stopped = std::move(scrubber_);
}

std::string Server::ReadyLine() const {
  return absl::StrCat("ready grpc=", grpc_->address(),
                      " rest=", rest_->address(),
                      " metrics=", metrics_server_->address());
}

absl::Status Server::Shutdown(milliseconds timeout) {
  {
    MutexLock lock(&mu_);
    if (stopping_) return absl::OkStatus();
    stopping_ = true;
    readiness_ = absl::UnavailableError("shutting down");
    if (grpc_) grpc_->SetServing(false, false);
  }
  // A start that failed has said why; its end is of no interest.
  const LogLevel level = rest_ ? LogLevel::kInfo : LogLevel::kDebug;
  logger_->Event(level, "server_stopping",
                 {{"timeout_ms", absl::StrCat(timeout.count())}});
  if (core_) {
    core_->CancelCompactions();
    core_->StopVerify();
  }
  StopScrubber();
  {
    // Both at once: each may use the whole time.
    std::thread rest_stop([this, timeout] {
      if (rest_) rest_->Shutdown(timeout);
    });
    if (grpc_) grpc_->Shutdown(timeout);
    rest_stop.join();
  }
  // The core lets go of its snapshots before the store closes.
  if (metrics_) metrics_->SetStatsSource(nullptr);
  rest_.reset();
  {
    MutexLock lock(&mu_);
    grpc_.reset();
  }
  core_.reset();
  absl::Status status;
  if (store_) status = store_->Close();
  store_.reset();
  metrics_server_.reset();
  logger_->Event(status.ok() ? level : LogLevel::kError, "server_stopped",
                 {{"status", status.ToString()}});
  return status;
}

void Server::OnBackgroundError(const absl::Status& error) {
  logger_->Event(LogLevel::kError, "writes_stopped",
                 {{"error", error.ToString()}});
  MutexLock lock(&mu_);
  writes_ = error;
  UpdateReadinessLocked();
}

void Server::OnWritesResumed() {
  logger_->Event(LogLevel::kInfo, "writes_resumed");
  MutexLock lock(&mu_);
  writes_ = absl::OkStatus();
  UpdateReadinessLocked();
}

void Server::OnScrubFinding(const engine::VerifyFinding& finding) {
  logger_->Event(LogLevel::kError, "damage_found",
                 {{"file", finding.path},
                  {"offset", absl::StrCat(finding.offset)},
                  {"error", finding.status.ToString()}});
}

void Server::OnScrubPass(const absl::Status& status,
                         const engine::VerifyProgress& progress) {
  const bool good = status.ok() && progress.findings == 0;
  logger_->Event(good ? LogLevel::kDebug : LogLevel::kWarn, "scrub_end",
                 {{"files", absl::StrCat(progress.files)},
                  {"bytes", absl::StrCat(progress.bytes)},
                  {"findings", absl::StrCat(progress.findings)},
                  {"status", status.ToString()}});
}

std::string Server::Damage() {
  MutexLock lock(&mu_);
  return scrubber_ != nullptr ? scrubber_->GetStats().damage : std::string();
}

absl::Status Server::Readiness() {
  MutexLock lock(&mu_);
  return readiness_;
}

void Server::UpdateReadinessLocked() {
  // A start that has not ended says so itself, and so does an end.
  if (!started_ || stopping_) return;
  readiness_ = absl::OkStatus();
  if (!writes_.ok()) {
    readiness_ = absl::UnavailableError(
        absl::StrCat("writes have stopped: ", writes_.ToString()));
  }
  if (grpc_) grpc_->SetServing(readiness_.ok(), true);
}

}  // namespace lsmkv::service
