#include "service/grpc/rpc_methods.h"

#include <set>
#include <string>
#include <tuple>

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "lsmkv/v1/admin.pb.h"
#include "lsmkv/v1/kv.pb.h"

namespace lsmkv::service {
namespace {

TEST(RpcMethodsTest, ListIsThatOfTheDescriptors) {
  using Entry = std::tuple<std::string, std::string, std::string>;
  std::set<Entry> described;
  for (const auto* file : {v1::PutRequest::descriptor()->file(),
                           v1::GetStatsRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        const auto* method = service->method(m);
        ASSERT_FALSE(method->client_streaming());
        described.emplace(
            method->server_streaming() ? "server_stream" : "unary",
            service->full_name(), method->name());
      }
    }
  }
  std::set<Entry> listed;
  for (const RpcMethod& method : AllRpcMethods()) {
    listed.emplace(method.type, method.service, method.method);
  }
  EXPECT_EQ(listed, described);
  EXPECT_EQ(AllRpcMethods().size(), described.size());
}

TEST(RpcMethodsTest, NumbersAreThoseOfTheList) {
  const auto name = [](RpcId id) {
    return AllRpcMethods()[static_cast<size_t>(id)].method;
  };
  EXPECT_EQ(name(RpcId::kPut), "Put");
  EXPECT_EQ(name(RpcId::kGet), "Get");
  EXPECT_EQ(name(RpcId::kDelete), "Delete");
  EXPECT_EQ(name(RpcId::kBatchGet), "BatchGet");
  EXPECT_EQ(name(RpcId::kBatchWrite), "BatchWrite");
  EXPECT_EQ(name(RpcId::kDeleteRange), "DeleteRange");
  EXPECT_EQ(name(RpcId::kScan), "Scan");
  EXPECT_EQ(name(RpcId::kStreamScan), "StreamScan");
  EXPECT_EQ(name(RpcId::kGetStats), "GetStats");
  EXPECT_EQ(name(RpcId::kGetLimits), "GetLimits");
  EXPECT_EQ(name(RpcId::kFlush), "Flush");
  EXPECT_EQ(name(RpcId::kCompact), "Compact");
}

}  // namespace
}  // namespace lsmkv::service
