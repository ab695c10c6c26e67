#include "service/grpc/connection_acceptor.h"

#include <fcntl.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// How long accepting waits for others to free what it lacks.
constexpr std::chrono::milliseconds kRetryAfter{50};

// One listening socket. Lives and works on one thread.
class Listener {
 public:
  explicit Listener(asio::io_context* io) : acceptor_(*io), retry_timer_(*io) {}

  error_code Listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) {
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    return error;
  }
  int port() const { return acceptor_.local_endpoint().port(); }

  void Accept(const ConnectionAcceptor::Handle* handle) {
    acceptor_.async_accept([this, handle](error_code error, tcp::socket peer) {
      if (error == asio::error::operation_aborted) return;
      if (error) return AcceptLater(handle);
      Pass(std::move(peer), *handle);
      Accept(handle);
    });
  }

 private:
  // Trying again at once would spin.
  void AcceptLater(const ConnectionAcceptor::Handle* handle) {
    retry_timer_.expires_after(kRetryAfter);
    retry_timer_.async_wait([this, handle](error_code error) {
      if (!error) Accept(handle);
    });
  }

  void Pass(tcp::socket peer, const ConnectionAcceptor::Handle& handle) {
    error_code error;
    peer.native_non_blocking(true, error);
    if (!error) peer.set_option(tcp::no_delay(true), error);
    if (error) return;  // gone already
    const int fd = peer.release(error);
    if (error) return;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    handle(acceptor_.native_handle(), fd);
  }

  tcp::acceptor acceptor_;
  asio::steady_timer retry_timer_;
};

}  // namespace

class ConnectionAcceptor::Impl {
 public:
  // On every address that the name stands for, and one port.
  absl::Status Listen(const std::string& address) {
    const size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[') {
      host = host.substr(1, host.size() - 2);
    }
    error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(
        host, address.substr(colon + 1),
        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return CannotListen(address, error);
    for (const auto& entry : found) {
      tcp::endpoint endpoint = entry.endpoint();
      if (!listeners_.empty()) {
        endpoint.port(static_cast<uint16_t>(listeners_.front()->port()));
      }
      auto listener = std::make_unique<Listener>(&io_);
      const error_code failed = listener->Listen(endpoint);
      // A machine may have no such address family.
      if (failed == asio::error::address_family_not_supported ||
          failed == boost::system::errc::address_not_available) {
        error = failed;
        continue;
      }
      if (failed) return CannotListen(address, failed);
      listeners_.push_back(std::move(listener));
    }
    return listeners_.empty() ? CannotListen(address, error) : absl::OkStatus();
  }

  int port() const { return listeners_.front()->port(); }

  void Start(Handle handle) {
    handle_ = std::move(handle);
    for (const auto& listener : listeners_) listener->Accept(&handle_);
    thread_ = std::thread([this] { io_.run(); });
  }

  void Stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    listeners_.clear();  // who knocks now is refused, not kept waiting
  }

 private:
  static absl::Status CannotListen(const std::string& address,
                                   error_code error) {
    return MakeError(absl::StatusCode::kUnavailable, "ADDRESS_UNAVAILABLE",
                     absl::StrCat("cannot listen on ", address,
                                  " for gRPC: ", error.message()),
                     {{"address", address}});
  }

  asio::io_context io_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Handle handle_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<ConnectionAcceptor>> ConnectionAcceptor::Listen(
    const std::string& address) {
  auto impl = std::make_unique<Impl>();
  const absl::Status listening = impl->Listen(address);
  if (!listening.ok()) return listening;
  return std::unique_ptr<ConnectionAcceptor>(
      new ConnectionAcceptor(std::move(impl)));
}

ConnectionAcceptor::ConnectionAcceptor(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

ConnectionAcceptor::~ConnectionAcceptor() { Stop(); }

int ConnectionAcceptor::port() const { return impl_->port(); }

void ConnectionAcceptor::Start(Handle handle) {
  impl_->Start(std::move(handle));
}

void ConnectionAcceptor::Stop() { impl_->Stop(); }

}  // namespace lsmkv::service
