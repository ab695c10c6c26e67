#include "service/observability/metrics.h"

#include <array>
#include <iterator>
#include <utility>

#include "absl/base/thread_annotations.h"
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "lsmkv/engine/mutex.h"
#include "service/observability/engine_metrics.h"
#include "service/observability/process_metrics.h"
#include "service/observability/scrub_metrics.h"

namespace lsmkv::service {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using Labels = std::map<std::string, std::string>;

constexpr size_t kCodes = 17;
constexpr std::array<std::string_view, kCodes> kCodeLabels = {
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated"};

// The usual ones, and some below: a read from memory takes microseconds.
const Histogram::BucketBoundaries& LatencyBuckets() {
  static const Histogram::BucketBoundaries buckets = {
      .0001, .00025, .0005, .001, .0025, .005, .01, .025,
      .05,   .1,     .25,   .5,   1,     2.5,  5,   10};
  return buckets;
}

// What is counted of one method.
struct MethodSeries {
  Counter* started;
  Counter* received;
  Counter* sent;
  Histogram* seconds;
  std::array<Counter*, kCodes> handled;
};

#define LSMKV_STRING_OF(x) #x
#define LSMKV_STRING(x) LSMKV_STRING_OF(x)

std::string_view CompilerVersion() {
#if defined(__clang__)
  return "clang " LSMKV_STRING(__clang_major__) "." LSMKV_STRING(
      __clang_minor__) "." LSMKV_STRING(__clang_patchlevel__);
#else
  return "gcc " __VERSION__;
#endif
}

}  // namespace

std::string_view GrpcCodeLabel(int code) {
  return code >= 0 && code < static_cast<int>(kCodes)
             ? kCodeLabels[static_cast<size_t>(code)]
             : "Unknown";
}

class Metrics::Impl {
 public:
  Impl(const std::vector<RpcMethod>& methods, std::string_view version);

  MethodSeries& method(size_t index) { return methods_[index]; }
  void OnRequest(std::string_view route, std::string_view method, int status,
                 double seconds);
  void SetStatsSource(std::function<engine::Stats()> source);
  void SetScrubSource(std::function<ScrubStats()> source);
  std::string Render();

 private:
  void AddMethods(const std::vector<RpcMethod>& methods);

  prometheus::Registry registry_;
  std::vector<MethodSeries> methods_;
  Family<Counter>* requests_;
  Family<Histogram>* request_seconds_;

  engine::Mutex source_mu_;
  std::function<engine::Stats()> source_ ABSL_GUARDED_BY(source_mu_);
  std::function<ScrubStats()> scrub_source_ ABSL_GUARDED_BY(source_mu_);
};

Metrics::Impl::Impl(const std::vector<RpcMethod>& methods,
                    std::string_view version) {
  AddMethods(methods);
  requests_ = &prometheus::BuildCounter()
                   .Name("lsmkv_gateway_requests_total")
                   .Help("REST requests answered.")
                   .Register(registry_);
  request_seconds_ = &prometheus::BuildHistogram()
                          .Name("lsmkv_gateway_request_duration_seconds")
                          .Help("Time from a REST request to its answer.")
                          .Register(registry_);
  prometheus::BuildGauge()
      .Name("lsmkv_build_info")
      .Help("What this server was built from; the value is 1.")
      .Register(registry_)
      .Add({{"version", std::string(version)},
            {"revision", LSMKV_REVISION},
            {"compiler", std::string(CompilerVersion())}})
      .Set(1);
}

void Metrics::Impl::AddMethods(const std::vector<RpcMethod>& methods) {
  auto counter = [this](const char* name,
                        const char* help) -> Family<Counter>& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  };
  auto& started =
      counter("grpc_server_started_total", "RPCs started on the server.");
  auto& handled = counter("grpc_server_handled_total",
                          "RPCs completed on the server, by code.");
  auto& received = counter("grpc_server_msg_received_total",
                           "RPC messages received by the server.");
  auto& sent =
      counter("grpc_server_msg_sent_total", "RPC messages sent by the server.");
  auto& seconds = prometheus::BuildHistogram()
                      .Name("grpc_server_handling_seconds")
                      .Help("Time that RPCs took on the server.")
                      .Register(registry_);
  for (const RpcMethod& method : methods) {
    Labels labels = {{"grpc_type", std::string(method.type)},
                     {"grpc_service", std::string(method.service)},
                     {"grpc_method", std::string(method.method)}};
    MethodSeries series{};
    series.started = &started.Add(labels);
    series.received = &received.Add(labels);
    series.sent = &sent.Add(labels);
    series.seconds = &seconds.Add(labels, LatencyBuckets());
    for (size_t code = 0; code < kCodes; ++code) {
      labels["grpc_code"] = std::string(kCodeLabels[code]);
      series.handled[code] = &handled.Add(labels);
    }
    methods_.push_back(series);
  }
}

void Metrics::Impl::OnRequest(std::string_view route, std::string_view method,
                              int status, double seconds) {
  requests_
      ->Add({{"route", std::string(route)},
             {"method", std::string(method)},
             {"code", std::to_string(status)}})
      .Increment();
  request_seconds_->Add({{"route", std::string(route)}}, LatencyBuckets())
      .Observe(seconds);
}

void Metrics::Impl::SetStatsSource(std::function<engine::Stats()> source) {
  engine::MutexLock lock(&source_mu_);
  source_ = std::move(source);
}

void Metrics::Impl::SetScrubSource(std::function<ScrubStats()> source) {
  engine::MutexLock lock(&source_mu_);
  scrub_source_ = std::move(source);
}

std::string Metrics::Impl::Render() {
  auto families = registry_.Collect();
  auto append = [&families](std::vector<prometheus::MetricFamily> more) {
    families.insert(families.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  };
  append(CollectProcessMetrics());
  {
    engine::MutexLock lock(&source_mu_);
    if (source_) append(EngineFamilies(source_()));
    if (scrub_source_) append(ScrubFamilies(scrub_source_()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

Metrics::Metrics(const std::vector<RpcMethod>& methods,
                 std::string_view version)
    : impl_(std::make_unique<Impl>(methods, version)) {}

Metrics::~Metrics() = default;

void Metrics::OnStarted(size_t method) {
  impl_->method(method).started->Increment();
}

void Metrics::OnReceived(size_t method) {
  impl_->method(method).received->Increment();
}

void Metrics::OnSent(size_t method) { impl_->method(method).sent->Increment(); }

void Metrics::OnHandled(size_t method, int code, double seconds) {
  MethodSeries& series = impl_->method(method);
  const bool known = code >= 0 && code < static_cast<int>(kCodes);
  series.handled[known ? static_cast<size_t>(code) : 2]->Increment();
  series.seconds->Observe(seconds);
}

void Metrics::OnRequest(std::string_view route_template,
                        std::string_view method, int status, double seconds) {
  impl_->OnRequest(route_template, method, status, seconds);
}

void Metrics::SetStatsSource(std::function<engine::Stats()> source) {
  impl_->SetStatsSource(std::move(source));
}

void Metrics::SetScrubSource(std::function<ScrubStats()> source) {
  impl_->SetScrubSource(std::move(source));
}

std::string Metrics::Render() { return impl_->Render(); }

}  // namespace lsmkv::service
