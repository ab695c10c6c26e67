// RawClient: a blocking TCP client that sends exactly the bytes it is given, so
// that tests can send what no HTTP library would.

#ifndef LSMKV_TESTS_SERVICE_HTTP_RAW_CLIENT_H_
#define LSMKV_TESTS_SERVICE_HTTP_RAW_CLIENT_H_

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include <arpa/inet.h>
#include <netinet/in.h>

namespace lsmkv::service {

struct RawResponse {
  int status = 0;  // 0: the connection ended instead
  std::map<std::string, std::string> headers;
  std::string body;  // with chunks put together
  int chunks = 0;
  bool complete = false;
};

class RawClient {
 public:
  // "127.0.0.1:PORT". A small receive buffer makes a slow reader felt at once.
  explicit RawClient(const std::string& address, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                   sizeof(receive_buffer));
    }
    // So that a test that waits for what never comes fails, not hangs.
    const timeval patience{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    EXPECT_TRUE(Connect(fd_, address));
  }
  // Whether anyone accepts connections there.
  static bool CanConnect(const std::string& address) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = Connect(fd, address);
    ::close(fd);
    return connected;
  }
  ~RawClient() { Close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // False once the other side has gone.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent =
          ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Reads one response; `has_body` is false for answers to HEAD.
  RawResponse Receive(bool has_body = true) {
    RawResponse response;
    std::string line;
    if (!Line(&line) || line.size() < 12) return response;
    EXPECT_EQ(line.substr(0, 9), "HTTP/1.1 ") << line;
    response.status = std::atoi(line.substr(9, 3).c_str());
    while (Line(&line) && !line.empty()) {
      const size_t colon = line.find(": ");
      response.headers[line.substr(0, colon)] = line.substr(colon + 2);
    }
    if (response.status == 100) return response;
    if (response.headers.count("Transfer-Encoding") > 0) {
      response.complete = Chunks(&response);
    } else if (response.headers.count("Content-Length") == 0) {
      while (Fill()) {
      }
      response.body.swap(buffer_);
      response.complete = true;
    } else {
      const std::string& length = response.headers["Content-Length"];
      response.complete =
          !has_body || Bytes(static_cast<size_t>(std::atoll(length.c_str())),
                             &response.body);
    }
    return response;
  }

  // Whether the connection ends in that time, with nothing sent before.
  bool EndsWithin(std::chrono::milliseconds time) {
    pollfd readable{fd_, POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(time.count())) <= 0) return false;
    return AtEnd();
  }

  // Waits for the end of the connection; false if more bytes came first.
  bool AtEnd() { return buffer_.empty() && !Fill(); }

 private:
  static bool Connect(int fd, const std::string& address) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int port = std::atoi(address.substr(address.rfind(':') + 1).c_str());
    to.sin_port = htons(static_cast<uint16_t>(port));
    return ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  }
  bool Fill() {
    char bytes[16384];
    const ssize_t got = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (got < 0 && errno == EAGAIN) ADD_FAILURE() << "nothing came";
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(got));
    return true;
  }
  bool Line(std::string* line) {
    size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      if (!Fill()) return false;
    }
    *line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }
  bool Bytes(size_t size, std::string* out) {
    while (buffer_.size() < size) {
      if (!Fill()) return false;
    }
    out->append(buffer_, 0, size);
    buffer_.erase(0, size);
    return true;
  }
  bool Chunks(RawResponse* response) {
    while (true) {
      std::string line;
      if (!Line(&line)) return false;
      const size_t size = std::strtoul(line.c_str(), nullptr, 16);
      if (!Bytes(size, &response->body) || !Line(&line)) return false;
      EXPECT_EQ(line, "");
      if (size == 0) return true;
      ++response->chunks;
    }
  }

  int fd_;
  std::string buffer_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_TESTS_SERVICE_HTTP_RAW_CLIENT_H_
