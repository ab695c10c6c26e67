// Boost stays in this file, so that no other one pays for compiling it.
//
// Lifetime: a Session is kept alive by whatever it waits for (an operation on
// its socket, a task of the pool, a write of the store), and by nothing else.
// The server waits for the last Session to be gone before it lets go of what
// they use.

#include "service/http/rest_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "lsmkv/engine/mutex.h"
#include "service/core/error.h"
#include "service/core/kv_core.h"
#include "service/core/worker_pool.h"
#include "service/http/body_budget.h"
#include "service/http/http_head.h"
#include "service/observability/rest_observer.h"
#include "service/rest/error_body.h"
#include "service/rest/rest_handler.h"

namespace lsmkv::service {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What is read from a socket at a time, and what a connection keeps of it.
constexpr size_t kReadBytes = 64 << 10;

std::string_view ToStd(beast::string_view text) {
  return {text.data(), text.size()};
}

// A metric must not have as many series as clients can think of methods.
std::string_view MethodLabel(std::string_view method) {
  for (const std::string_view known :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    if (method == known) return known;
  }
  return "OTHER";
}

// A second more for each MiB.
milliseconds TimeFor(milliseconds base, uint64_t bytes) {
  return base + milliseconds((bytes >> 20) * 1000);
}

// A body for Beast's parser: counted as it arrives, and nothing allocated for a
// length that was only announced.
struct CountedBodyType {
  using value_type = CountedBody;

  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(http::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<uint64_t>&, error_code& error) {
      error = {};
    }
    template <class Buffers>
    size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      size_t bytes = 0;
      for (auto it = asio::buffer_sequence_begin(buffers);
           it != asio::buffer_sequence_end(buffers); ++it) {
        const asio::const_buffer buffer = *it;
        const std::string_view data(static_cast<const char*>(buffer.data()),
                                    buffer.size());
        if (!body_.Append(data)) {
          error = asio::error::no_buffer_space;
          return bytes;
        }
        bytes += data.size();
      }
      return bytes;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

class Session;

// Which sessions there are. Threads: safe for concurrent use.
class SessionRegistry {
 public:
  // False where there are too many, or the server drains.
  bool Add(const std::shared_ptr<Session>& session, size_t sessions_max)
      ABSL_LOCKS_EXCLUDED(mu_) {
    engine::MutexLock lock(&mu_);
    if (draining_ || sessions_.size() >= sessions_max) return false;
    sessions_[session.get()] = session;
    return true;
  }
  void Remove(const Session* session) ABSL_LOCKS_EXCLUDED(mu_) {
    engine::MutexLock lock(&mu_);
    sessions_.erase(session);
    changed_.SignalAll();
  }
  void Drain() ABSL_LOCKS_EXCLUDED(mu_) {
    engine::MutexLock lock(&mu_);
    draining_ = true;
  }
  bool draining() const ABSL_LOCKS_EXCLUDED(mu_) {
    engine::MutexLock lock(&mu_);
    return draining_;
  }
  std::vector<std::shared_ptr<Session>> Sessions() const
      ABSL_LOCKS_EXCLUDED(mu_) {
    std::vector<std::shared_ptr<Session>> sessions;
    engine::MutexLock lock(&mu_);
    for (const auto& [key, weak] : sessions_) {
      if (auto session = weak.lock()) sessions.push_back(std::move(session));
    }
    return sessions;
  }
  // Waits until there is no session; false if `deadline` comes first.
  bool WaitUntilEmpty(steady_clock::time_point deadline)
      ABSL_LOCKS_EXCLUDED(mu_) {
    engine::MutexLock lock(&mu_);
    while (!sessions_.empty()) {
      if (deadline == steady_clock::time_point::max()) {
        changed_.Wait(&mu_);
        continue;
      }
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
          deadline - steady_clock::now());
      if (left.count() <= 0) return false;
      changed_.WaitFor(&mu_, static_cast<uint64_t>(left.count()));
    }
    return true;
  }

 private:
  mutable engine::Mutex mu_;
  engine::CondVar changed_;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  std::map<const Session*, std::weak_ptr<Session>> sessions_
      ABSL_GUARDED_BY(mu_);
};

// What all sessions use. Outlives them.
struct Shared {
  Shared(const RestServerOptions& server_options, RestObserver* rest_observer,
         std::unique_ptr<RestHandler> rest_handler)
      : options(server_options),
        observer(rest_observer),
        handler(std::move(rest_handler)),
        budget(server_options.bodies_bytes_max),
        workers(std::max(1, server_options.worker_threads)) {}

  const RestServerOptions options;
  RestObserver* const observer;
  const std::unique_ptr<RestHandler> handler;
  BodyBudget budget;
  SessionRegistry sessions;
  WorkerPool workers;
};

// One connection: reads a request, answers it, and begins again. What a client
// sends ahead waits in the socket until the answer before is out.
//
// Threads: everything runs on the strand of the socket, except what is said to.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Shared* shared)
      : registration_{&shared->sessions, this},
        shared_(*shared),
        stream_(std::move(socket)),
        buffer_(shared_.options.header_bytes_max + 2 * kReadBytes) {}

  // Any thread.
  void Start() {
    Post([](Session* self) {
      error_code ignored;
      self->stream_.socket().set_option(tcp::no_delay(true), ignored);
      self->WaitForRequest();
    });
  }
  // Ends the connection if it is between requests. Any thread.
  void Drain() {
    Post([](Session* self) {
      if (self->idle_) self->Close();
    });
  }
  // Ends the connection. Any thread.
  void Cut() {
    Post([](Session* self) { self->Close(); });
  }

 private:
  using Parser = http::request_parser<CountedBodyType>;

  // Destroyed after every other member: then nothing of the server is used.
  struct Registration {
    SessionRegistry* const registry;
    const Session* const session;
    ~Registration() { registry->Remove(session); }
  };

  // Runs a function of the session on its strand. The reference goes with the
  // task, so that no other thread is left with the last one.
  template <typename Function>
  void Post(Function function) {
    auto executor = stream_.get_executor();
    asio::post(executor, [self = shared_from_this(),
                          function = std::move(function)]() mutable {
      function(self.get());
    });
  }

  // A completion handler: calls `member` with the result of the operation.
  auto Then(void (Session::*member)(error_code)) {
    return [self = shared_from_this(), member](error_code error, size_t) {
      (self.get()->*member)(error);
    };
  }

  void WaitForRequest() {
    started_ = steady_clock::now();
    if (buffer_.size() > 0) return ReadHead();
    if (shared_.sessions.draining()) return Close();
    idle_ = true;
    stream_.expires_after(shared_.options.idle_timeout);
    stream_.async_read_some(
        buffer_.prepare(kReadBytes / 16),
        [self = shared_from_this()](error_code error, size_t bytes) {
          self->idle_ = false;
          if (error) return self->Close();
          self->buffer_.commit(bytes);
          self->started_ = steady_clock::now();
          self->ReadHead();
        });
  }

  void ReadHead() {
    parser_.emplace();
    parser_->header_limit(shared_.options.header_bytes_max);
    parser_->get().body().set_budget(&shared_.budget);
    // Checked by OnHead, which knows what the request may have.
    parser_->body_limit(boost::none);
    stream_.expires_after(shared_.options.header_timeout);
    http::async_read_header(stream_, buffer_, *parser_, Then(&Session::OnHead));
  }

  void OnHead(error_code error) {
    request_ = HttpRequest();
    version_ = 11;
    keep_alive_ = false;
    head_only_ = false;
    method_label_ = MethodLabel("");
    if (error) return OnReadError(error);
    const auto& message = parser_->get();
    request_.method = ToStd(message.method_string());
    method_label_ = MethodLabel(request_.method);
    head_only_ = request_.method == "HEAD";
    request_.target = ToStd(message.target());
    for (const auto& field : message) {
      request_.headers.push_back({std::string(ToStd(field.name_string())),
                                  std::string(ToStd(field.value()))});
    }
    version_ = static_cast<int>(message.version());
    if (auto refusal = CheckRequestHead(request_, version_,
                                        shared_.options.header_fields_max)) {
      return Respond(*std::move(refusal));
    }
    const uint64_t body_max =
        shared_.handler->BodyBytesMax(request_.method, request_.target);
    const uint64_t body_length = parser_->content_length().value_or(0);
    if (body_length > body_max) return Respond(BodyTooLarge());
    parser_->body_limit(body_max);
    keep_alive_ = message.keep_alive();
    stream_.expires_after(TimeFor(shared_.options.body_timeout,
                                  parser_->chunked() ? body_max : body_length));
    const bool waits = FindHeader(request_.headers, "Expect").has_value() &&
                       version_ == 11 && !parser_->is_done();
    if (!waits) return ReadBody({});
    static constexpr std::string_view kContinue =
        "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      Then(&Session::ReadBody));
  }

  void ReadBody(error_code error) {
    if (error) return Close();
    http::async_read(stream_, buffer_, *parser_, Then(&Session::OnBody));
  }

  void OnBody(error_code error) {
    if (error) {
      keep_alive_ = false;
      return OnReadError(error);
    }
    // The parser stays: it goes on counting the bytes.
    request_.body = std::move(parser_->get().body().data);
    request_.cancelled = [cut = cut_] {
      return cut->load(std::memory_order_relaxed);
    };
    shared_.workers.Post(
        [self = shared_from_this(), request = std::move(request_)]() mutable {
          Handle(std::move(self), std::move(request));
        });
  }

  // A thread of the pool.
  static void Handle(std::shared_ptr<Session> self, HttpRequest request) {
    const RestHandler& handler = *self->shared_.handler;
    handler.Handle(std::move(request), [self = std::move(self)](
                                           HttpResponse response) mutable {
      auto executor = self->stream_.get_executor();
      asio::post(executor, [self = std::move(self),
                            response = std::move(response)]() mutable {
        self->Respond(std::move(response));
      });
    });
  }

  HttpResponse BodyTooLarge() const {
    return ErrorResponse(
        413, MakeError(absl::StatusCode::kResourceExhausted, "BODY_TOO_LARGE",
                       "the body is larger than this request's may be"));
  }

  void OnReadError(error_code error) {
    if (error == http::error::header_limit ||
        error == http::error::buffer_overflow) {
      return Respond(ErrorResponse(
          431, MakeError(absl::StatusCode::kInvalidArgument, "HEADER_TOO_LARGE",
                         "the header is too large")));
    }
    if (error == http::error::body_limit) return Respond(BodyTooLarge());
    if (error == asio::error::no_buffer_space) {
      return Respond(ErrorResponse(
          MakeError(absl::StatusCode::kUnavailable, "SERVER_BUSY",
                    "too many request bodies at a time; try again")));
    }
    const bool malformed =
        error.category() == make_error_code(http::error::bad_method).category();
    if (!malformed || error == http::error::end_of_stream ||
        error == http::error::partial_message) {
      return Close();
    }
    Respond(ErrorResponse(
        400, MakeError(absl::StatusCode::kInvalidArgument, "INVALID_HTTP",
                       absl::StrCat("not HTTP: ", error.message()))));
  }

  void Respond(HttpResponse response) {
    parser_.reset();  // with its share of the budget
    response_ = std::move(response);
    keep_alive_ = keep_alive_ && !shared_.sessions.draining();
    BodyFraming framing = BodyFraming::kLength;
    if (response_.stream != nullptr) {
      framing = version_ == 11 ? BodyFraming::kChunked : BodyFraming::kClose;
      keep_alive_ = keep_alive_ && version_ == 11;
      chunked_ = version_ == 11;
    }
    out_ = FormatResponseHead(response_, framing, keep_alive_);
    if (head_only_) {
      response_.body.clear();
      response_.stream.reset();
    }
    if (response_.stream == nullptr) {
      Observe();
      return Write(std::move(response_.body), &Session::OnAnswered);
    }
    WriteChunk(std::move(response_.body), &Session::PullChunk);
  }

  // Writes out_ and then `body`.
  void Write(std::string body, void (Session::*then)(error_code)) {
    body_ = std::move(body);
    stream_.expires_after(TimeFor(shared_.options.body_timeout, body_.size()));
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(out_),
                                                       asio::buffer(body_)};
    asio::async_write(stream_, buffers, Then(then));
  }

  void WriteChunk(std::string data, void (Session::*then)(error_code)) {
    if (chunked_ && !data.empty()) {
      absl::StrAppend(&out_, absl::Hex(data.size()), "\r\n");
      data.append("\r\n");
    }
    Write(std::move(data), then);
  }

  // Has the next chunk made by the pool; the one before has been written.
  void PullChunk(error_code error) {
    if (error) return OnAnswered(error);
    out_.clear();
    shared_.workers.Post([self = shared_from_this()]() mutable {
      std::optional<std::string> chunk = self->response_.stream->Next();
      auto executor = self->stream_.get_executor();
      asio::post(executor,
                 [self = std::move(self), chunk = std::move(chunk)]() mutable {
                   self->OnChunk(std::move(chunk));
                 });
    });
  }

  void OnChunk(std::optional<std::string> chunk) {
    if (chunk) return WriteChunk(*std::move(chunk), &Session::PullChunk);
    response_.stream.reset();
    if (chunked_) out_ = "0\r\n\r\n";
    Observe();
    Write("", &Session::OnAnswered);
  }

  // Counts the request once, before its last byte is sent: who has the answer
  // finds it counted.
  void Observe() {
    if (observed_ || shared_.observer == nullptr) return;
    observed_ = true;
    const std::chrono::duration<double> seconds =
        steady_clock::now() - started_;
    shared_.observer->OnRequest(
        response_.route.empty() ? "unknown" : response_.route, method_label_,
        response_.status, seconds.count());
  }

  void OnAnswered(error_code error) {
    Observe();  // a stream that was broken off
    observed_ = false;
    response_ = HttpResponse();
    body_ = std::string();
    out_.clear();
    if (error) return Close();
    if (keep_alive_) return WaitForRequest();
    // Closing with unread bytes resets the connection, and the client could
    // lose the answer: what it still sends is read first.
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    // A server that goes down does not wait for that.
    if (shared_.sessions.draining() && buffer_.size() == 0) return Close();
    stream_.expires_after(shared_.options.linger_timeout);
    idle_ = true;
    Linger({});
  }

  void Linger(error_code error) {
    if (error) return Close();
    buffer_.consume(buffer_.size());
    stream_.async_read_some(buffer_.prepare(kReadBytes),
                            Then(&Session::Linger));
  }

  void Close() {
    cut_->store(true, std::memory_order_relaxed);
    stream_.close();
  }

  const Registration registration_;
  Shared& shared_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;  // read but not yet parsed
  // Whether nobody waits for the answer any more: only a hint, set once.
  const std::shared_ptr<std::atomic<bool>> cut_ =
      std::make_shared<std::atomic<bool>>(false);
  bool idle_ = false;  // no request has begun

  // Of the request being answered.
  steady_clock::time_point started_;
  std::optional<Parser> parser_;
  HttpRequest request_;  // until a handler has it
  std::string_view method_label_;
  int version_ = 11;
  bool keep_alive_ = false;
  bool head_only_ = false;
  HttpResponse response_;
  bool chunked_ = false;
  bool observed_ = false;
  std::string out_;   // what is being written: head or chunk size, then
  std::string body_;  // this
};

struct Address {
  std::string host;
  std::string port;
};

absl::StatusOr<Address> ParseAddress(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  Address address;
  if (colon != std::string::npos) {
    address = {listen.substr(0, colon), listen.substr(colon + 1)};
  }
  std::string& host = address.host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const bool port_is_number =
      !address.port.empty() && address.port.size() <= 5 &&
      address.port.find_first_not_of("0123456789") == std::string::npos &&
      std::stoi(address.port) <= 65535;
  if (host.empty() || !port_is_number) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_ADDRESS",
                     absl::StrCat("REST: \"", listen, "\" is no HOST:PORT"));
  }
  return address;
}

absl::Status CannotListen(const std::string& listen, const char* what,
                          error_code error) {
  return MakeError(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
                   absl::StrCat("REST: cannot listen on ", listen, ": ", what,
                                ": ", error.message()));
}

}  // namespace

class RestServer::Impl {
 public:
  Impl(const RestServerOptions& options, RestObserver* observer,
       std::unique_ptr<RestHandler> handler)
      : shared_(options, observer, std::move(handler)),
        work_(asio::make_work_guard(io_)),
        acceptor_(asio::make_strand(io_)),
        retry_timer_(acceptor_.get_executor()) {}

  ~Impl() { Shutdown(milliseconds(0)); }

  absl::Status Listen() {
    const std::string& listen = shared_.options.listen;
    const absl::StatusOr<Address> address = ParseAddress(listen);
    if (!address.ok()) return address.status();
    error_code error;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(address->host, address->port,
                                        tcp::resolver::passive, error);
    if (error || found.empty()) return CannotListen(listen, "resolve", error);
    const tcp::endpoint endpoint = *found.begin();
    acceptor_.open(endpoint.protocol(), error);
    if (error) return CannotListen(listen, "open", error);
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (error) return CannotListen(listen, "bind", error);
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return CannotListen(listen, "listen", error);
    const tcp::endpoint bound = acceptor_.local_endpoint(error);
    if (error) return CannotListen(listen, "name", error);
    const std::string host = bound.address().to_string();
    address_ = absl::StrCat(bound.address().is_v6() ? "[" + host + "]" : host,
                            ":", bound.port());
    return absl::OkStatus();
  }

  void Serve() {
    Accept();
    for (int i = 0; i < std::max(1, shared_.options.io_threads); ++i) {
      threads_.emplace_back([this] { io_.run(); });
    }
  }

  const std::string& address() const { return address_; }

  void Shutdown(milliseconds grace) ABSL_LOCKS_EXCLUDED(shutdown_mu_) {
    engine::MutexLock lock(&shutdown_mu_);
    if (shut_down_) return;
    shut_down_ = true;
    const auto deadline = steady_clock::now() + grace;
    shared_.sessions.Drain();
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
      retry_timer_.cancel();
    });
    for (const auto& session : shared_.sessions.Sessions()) session->Drain();
    if (!threads_.empty() && !shared_.sessions.WaitUntilEmpty(deadline)) {
      for (const auto& session : shared_.sessions.Sessions()) session->Cut();
      // Calls into the core end by themselves, now that they are cancelled.
      shared_.sessions.WaitUntilEmpty(steady_clock::time_point::max());
    }
    work_.reset();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void Accept() {
    acceptor_.async_accept(
        asio::make_strand(io_), [this](error_code error, tcp::socket socket) {
          if (error == asio::error::operation_aborted || !acceptor_.is_open()) {
            return;
          }
          if (error) return AcceptLater();
          auto session = std::make_shared<Session>(std::move(socket), &shared_);
          if (shared_.sessions.Add(session, shared_.options.connections_max)) {
            session->Start();
          }
          Accept();
        });
  }

  // Accepting fails when files run out: trying again at once would spin.
  void AcceptLater() {
    retry_timer_.expires_after(milliseconds(50));
    retry_timer_.async_wait([this](error_code error) {
      if (!error && acceptor_.is_open()) Accept();
    });
  }

  // Before what its workers may still hand tasks to: they are joined first.
  asio::io_context io_;
  Shared shared_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;          // on its own strand
  asio::steady_timer retry_timer_;  // on the acceptor's
  std::string address_;
  std::vector<std::thread> threads_;
  engine::Mutex shutdown_mu_;
  bool shut_down_ ABSL_GUARDED_BY(shutdown_mu_) = false;
};

RestServer::RestServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RestServer::~RestServer() = default;

absl::StatusOr<std::unique_ptr<RestServer>> RestServer::Start(
    const RestServerOptions& options, KvCore* core, RestObserver* observer) {
  auto handler =
      RestHandler::Create(core, {options.server_version, options.started});
  if (!handler.ok()) return handler.status();
  auto impl = std::make_unique<Impl>(options, observer, *std::move(handler));
  absl::Status status = impl->Listen();
  if (!status.ok()) return status;
  impl->Serve();
  return std::unique_ptr<RestServer>(new RestServer(std::move(impl)));
}

std::string RestServer::address() const { return impl_->address(); }

void RestServer::Shutdown(milliseconds grace) { impl_->Shutdown(grace); }

}  // namespace lsmkv::service
