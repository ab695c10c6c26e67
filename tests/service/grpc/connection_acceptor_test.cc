// The socket of the gRPC server: it outlives a lack of descriptors.

#include "service/grpc/connection_acceptor.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include <arpa/inet.h>
#include <netinet/in.h>

#include "service/core/error.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

// A connection that ends with the object; -1 if none was made.
class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address),
                           sizeof(address)) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  bool connected() const { return connected_; }
  // Waits for the byte that the server's side writes.
  bool IsServed() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, 0) == 1;
  }

 private:
  const int fd_;
  bool connected_;
};

class ConnectionAcceptorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(acceptor_, ConnectionAcceptor::Listen("127.0.0.1:0"));
  }
  // Greets whoever comes, and hangs up.
  void Start() {
    acceptor_->Start([](int, int fd) {
      EXPECT_EQ(::send(fd, "x", 1, MSG_NOSIGNAL), 1);
      ::close(fd);
    });
  }
  std::unique_ptr<ConnectionAcceptor> acceptor_;
};

TEST_F(ConnectionAcceptorTest, EveryConnectionIsPassedOn) {
  Start();
  for (int i = 0; i < 20; ++i) {
    const Client client(acceptor_->port());
    EXPECT_TRUE(client.IsServed());
  }
}

TEST_F(ConnectionAcceptorTest, StoppedItRefusesWhoComes) {
  Start();
  const int port = acceptor_->port();
  acceptor_->Stop();
  acceptor_->Stop();
  EXPECT_FALSE(Client(port).connected());
}

TEST_F(ConnectionAcceptorTest, AnAddressInUseIsNamed) {
  const std::string address = "127.0.0.1:" + std::to_string(acceptor_->port());
  EXPECT_STATUS_CONTAINS(ConnectionAcceptor::Listen(address),
                         absl::StatusCode::kUnavailable, address);
  EXPECT_STATUS(ConnectionAcceptor::Listen("no such host.invalid:1"),
                absl::StatusCode::kUnavailable);
}

TEST_F(ConnectionAcceptorTest, NameOfThisMachineIsReached) {
  ASSERT_OK_AND_ASSIGN(acceptor_, ConnectionAcceptor::Listen("localhost:0"));
  Start();
  EXPECT_TRUE(Client(acceptor_->port()).IsServed());
}

TEST_F(ConnectionAcceptorTest, ItGoesOnAfterDescriptorsRanOut) {
  Start();
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  auto waiting = std::make_unique<Client>(acceptor_->port());
  ASSERT_TRUE(waiting->IsServed());
  // The next client's own socket is the last descriptor there is.
  const auto client = std::make_unique<Client>(-1);
  const int next = ::dup(STDIN_FILENO);
  ::close(next);
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(next) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const Client late(acceptor_->port());
  EXPECT_TRUE(late.connected());  // by the kernel; nobody could accept it yet
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(late.IsServed());
}

}  // namespace
}  // namespace lsmkv::service
