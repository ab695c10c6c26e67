// HttpGet: one HTTP request for a test, on a connection of its own.

#ifndef LSMKV_TESTS_SERVICE_HTTP_GET_H_
#define LSMKV_TESTS_SERVICE_HTTP_GET_H_

#include <string>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace lsmkv {

struct HttpAnswer {
  unsigned status = 0;
  std::string type;
  std::string body;
};

// `address` is HOST:PORT. An answer of status 0 where there was none.
inline HttpAnswer HttpGet(
    const std::string& address, const std::string& path,
    boost::beast::http::verb method = boost::beast::http::verb::get) {
  namespace http = boost::beast::http;
  const size_t colon = address.rfind(':');
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  boost::asio::ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto found = resolver.resolve(address.substr(0, colon),
                                      address.substr(colon + 1), error);
  if (!error) boost::asio::connect(socket, found, error);
  http::request<http::empty_body> request(method, path, 11);
  request.set(http::field::host, address);
  request.set(http::field::connection, "close");
  if (!error) http::write(socket, request, error);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  if (!error) http::read(socket, buffer, response, error);
  HttpAnswer answer;
  if (error && error != http::error::end_of_stream) {
    answer.body = error.message();
    return answer;
  }
  answer.status = response.result_int();
  answer.type = std::string(response[http::field::content_type]);
  answer.body = response.body();
  return answer;
}

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SERVICE_HTTP_GET_H_
