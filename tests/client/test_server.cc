#include "tests/client/test_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include <arpa/inet.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <netinet/in.h>

namespace lsmkv::client {
namespace {

grpc::Status Error(grpc::StatusCode code, const std::string& message,
                   const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("lsmkv.v1");
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  details.add_details()->PackFrom(info);
  return grpc::Status(code, message, details.SerializeAsString());
}

}  // namespace

TestServer::TestServer(int port) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(-1);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port),
                           grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

TestServer::~TestServer() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

void TestServer::Release() { release_.set_value(); }

void TestServer::Drain() { server_->Shutdown(); }

std::string TestServer::last_user_agent() const {
  const std::lock_guard<std::mutex> lock(mu_);
  return user_agent_;
}

void TestServer::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

grpc::Status TestServer::Put(grpc::ServerContext* context,
                             const v1::PutRequest* request,
                             v1::PutResponse* response) {
  const std::lock_guard<std::mutex> lock(mu_);
  const auto agent = context->client_metadata().find("user-agent");
  if (agent != context->client_metadata().end()) {
    user_agent_.assign(agent->second.data(), agent->second.size());
  }
  v1::Record& record = records_[request->key()];
  record.set_key(request->key());
  record.set_value(request->value());
  record.set_version(++version_);
  response->set_version(version_);
  return grpc::Status::OK;
}

grpc::Status TestServer::Get(grpc::ServerContext*,
                             const v1::GetRequest* request,
                             v1::GetResponse* response) {
  if (request->key() == "blocked") {
    blocked_.set_value();
    released_.wait();
  }
  if (request->key() == "refused") {
    return Error(grpc::StatusCode::FAILED_PRECONDITION, "writes are stopped",
                 "WRITES_STOPPED");
  }
  const std::lock_guard<std::mutex> lock(mu_);
  const auto it = records_.find(request->key());
  if (it == records_.end()) {
    return Error(grpc::StatusCode::NOT_FOUND, "no such key", "KEY_NOT_FOUND");
  }
  response->set_value(it->second.value());
  response->set_version(it->second.version());
  return grpc::Status::OK;
}

grpc::Status TestServer::BatchWrite(grpc::ServerContext*,
                                    const v1::BatchWriteRequest* request,
                                    v1::BatchWriteResponse* response) {
  const std::lock_guard<std::mutex> lock(mu_);
  for (const auto& operation : request->operations()) {
    v1::Record& record = records_[operation.put().key()];
    record.set_key(operation.put().key());
    record.set_value(operation.put().value());
    record.set_version(++version_);
  }
  response->set_version(version_);
  return grpc::Status::OK;
}

grpc::Status TestServer::StreamScan(
    grpc::ServerContext* context, const v1::StreamScanRequest* request,
    grpc::ServerWriter<v1::StreamScanResponse>* writer) {
  v1::StreamScanResponse chunk;
  if (request->range().prefix() == "endless") {
    chunk.add_records()->set_key(std::string(10000, 'k'));
    while (!context->IsCancelled() && writer->Write(chunk)) {
    }
    scan_ended_.set_value();
    return grpc::Status::CANCELLED;
  }
  const std::lock_guard<std::mutex> lock(mu_);
  chunk.set_snapshot_version(version_);
  for (const auto& [key, record] : records_) {
    chunk.clear_records();
    *chunk.add_records() = record;
    writer->Write(chunk);
  }
  return grpc::Status::OK;
}

DeadPort::DeadPort(bool listening)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd_, generic, size) != 0) return;
  if (listening && listen(fd_, 8) != 0) return;
  if (getsockname(fd_, generic, &size) != 0) return;
  port_ = ntohs(address.sin_port);
}

DeadPort::~DeadPort() { close(fd_); }

}  // namespace lsmkv::client
