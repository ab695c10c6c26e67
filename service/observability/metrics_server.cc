#include "service/observability/metrics_server.h"

#include <CivetServer.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <arpa/inet.h>
#include <netinet/in.h>

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";
constexpr int kWakeIntervalMs = 5;
constexpr char kPlainType[] = "text/plain; charset=utf-8";

struct Answer {
  const char* status = "200 OK";
  const char* type = kPlainType;
  std::string body;
};

void Send(mg_connection* connection, const Answer& answer, bool with_body) {
  const std::string head = absl::StrCat(
      "HTTP/1.1 ", answer.status, "\r\nContent-Type: ", answer.type,
      "\r\nContent-Length: ", answer.body.size(),
      "\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
  mg_write(connection, head.data(), head.size());
  if (with_body) mg_write(connection, answer.body.data(), answer.body.size());
}

// Connects and hangs up. Whether it works does not matter.
void Poke(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  const int fd =
      ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1) {
    (void)::connect(fd, reinterpret_cast<const sockaddr*>(&address),
                    sizeof(address));
  }
  ::close(fd);
}

absl::Status CannotListen(const std::string& listen) {
  return MakeError(
      absl::StatusCode::kUnavailable, "ADDRESS_UNAVAILABLE",
      absl::StrCat("cannot listen on ", listen,
                   " for metrics: the address is in use or not available"),
      {{"address", listen}});
}

// civetweb takes numbers only.
std::string NumericHost(const std::string& host) {
  return host == "localhost" ? "127.0.0.1" : host;
}

}  // namespace

class MetricsServer::Impl : public CivetHandler {
 public:
  Impl(std::string host, const std::string& port, Handlers handlers)
      : host_(std::move(host)),
        handlers_(std::move(handlers)),
        server_(Options(host_, port)) {
    server_.addHandler("/", this);  // and everything below
  }

  ~Impl() override { Stop(); }

  std::string address() {
    const std::vector<int> ports = server_.getListeningPorts();
    return absl::StrCat(host_, ":", ports.empty() ? 0 : ports.front());
  }

 private:
  // civetweb looks at its stop flag each time its listener wakes, which it
  // does by itself every two seconds only: connections wake it.
  void Stop() {
    const std::vector<int> ports = server_.getListeningPorts();
    std::atomic<bool> stopped{false};
    std::thread waker([&] {
      while (!stopped.load(std::memory_order_relaxed) && !ports.empty()) {
        Poke(NumericHost(host_), ports.front());
        ::poll(nullptr, 0, kWakeIntervalMs);
      }
    });
    server_.close();
    stopped.store(true, std::memory_order_relaxed);
    waker.join();
  }

  static std::vector<std::string> Options(const std::string& host,
                                          const std::string& port) {
    return {"listening_ports",
            NumericHost(host) + ":" + port,
            "num_threads",
            "3",
            "request_timeout_ms",
            "5000",
            "enable_directory_listing",
            "no",
            "access_control_allow_origin",
            "",
            "decode_url",
            "no"};
  }

  bool handleGet(CivetServer*, mg_connection* connection) override {
    Send(connection, Handle(connection), true);
    return true;
  }
  bool handleHead(CivetServer*, mg_connection* connection) override {
    Send(connection, Handle(connection), false);
    return true;
  }
  bool handlePost(CivetServer*, mg_connection* connection) override {
    return Refuse(connection);
  }
  bool handlePut(CivetServer*, mg_connection* connection) override {
    return Refuse(connection);
  }
  bool handleDelete(CivetServer*, mg_connection* connection) override {
    return Refuse(connection);
  }
  bool handlePatch(CivetServer*, mg_connection* connection) override {
    return Refuse(connection);
  }

  static bool Refuse(mg_connection* connection) {
    Send(connection,
         {"405 Method Not Allowed\r\nAllow: GET, HEAD", kPlainType,
          "method not allowed\n"},
         true);
    return true;
  }

  Answer Handle(mg_connection* connection) {
    const mg_request_info* info = mg_get_request_info(connection);
    const std::string_view path = info->local_uri ? info->local_uri : "";
    if (path == "/metrics") {
      return {"200 OK", kMetricsType, handlers_.metrics()};
    }
    if (path == "/livez") return {"200 OK", kPlainType, "ok\n"};
    if (path != "/readyz") {
      return {"404 Not Found", kPlainType,
              "not found; try /metrics, /livez or /readyz\n"};
    }
    const absl::Status ready = handlers_.ready();
    if (ready.ok()) {
      const std::string degraded =
          handlers_.degraded ? handlers_.degraded() : std::string();
      if (degraded.empty()) return {"200 OK", kPlainType, "ok\n"};
      return {"200 OK", kPlainType,
              absl::StrCat("ok\ndegraded: ", degraded, "\n")};
    }
    return {"503 Service Unavailable", kPlainType,
            absl::StrCat(ready.message(), "\n")};
  }

  const std::string host_;
  const Handlers handlers_;
  CivetServer server_;  // last: its threads use all of the above
};

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& listen, Handlers handlers) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos || listen.front() == '[') {
    return CannotListen(listen);
  }
  // The only exceptions in the service are the library's.
  try {
    auto impl = std::make_unique<Impl>(
        listen.substr(0, colon), listen.substr(colon + 1), std::move(handlers));
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
  } catch (const CivetException&) {
    return CannotListen(listen);
  }
}

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

MetricsServer::~MetricsServer() = default;

std::string MetricsServer::address() const { return impl_->address(); }

}  // namespace lsmkv::service
