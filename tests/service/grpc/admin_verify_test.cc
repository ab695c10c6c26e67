#include <chrono>
#include <future>
#include <memory>

#include <gtest/gtest.h>

#include "service/core/verify_stream.h"
#include "tests/service/grpc/grpc_fixture.h"

namespace lsmkv::service {
namespace {

using lsmkv::testing::MemStore;

class AdminVerifyTest : public GrpcTest {
 protected:
  grpc::Status ReadAll(grpc::ClientReader<v1::VerifyResponse>* reader) {
    v1::VerifyResponse message;
    while (reader->Read(&message)) {
      for (const auto& finding : message.findings()) {
        *all_.add_findings() = finding;
      }
      *all_.mutable_progress() = message.progress();
    }
    return reader->Finish();
  }

  v1::VerifyResponse all_;
};

TEST_F(AdminVerifyTest, DamageIsInTheMessagesAndTheCallIsOk) {
  store_.SetVerify(MemStore::Finds({7, 8}));
  grpc::ClientContext context;
  const auto reader = admin_->Verify(&context, {});
  EXPECT_TRUE(ReadAll(reader.get()).ok());
  ASSERT_EQ(all_.findings_size(), 2);
  EXPECT_EQ(all_.findings(0).file(), "/store/1.sst");
  EXPECT_EQ(all_.findings(0).offset(), 7u);
  EXPECT_EQ(all_.findings(0).smallest_key(), "a");
  EXPECT_EQ(all_.findings(0).largest_key(), "b");
  EXPECT_EQ(all_.findings(0).message(), "/store/1.sst: offset 7: damaged");
  EXPECT_EQ(all_.progress().findings(), 2u);
  EXPECT_EQ(all_.progress().bytes(), 1000u);
  EXPECT_EQ(observer_.handled(RpcId::kVerify, grpc::StatusCode::OK), 1);
}

TEST_F(AdminVerifyTest, SecondOneIsRefusedWhileOneRuns) {
  store_.SetVerify(MemStore::RunsUntilCancelled());
  grpc::ClientContext first_context;
  const auto first = admin_->Verify(&first_context, {});
  v1::VerifyResponse message;
  ASSERT_TRUE(first->Read(&message));
  grpc::ClientContext context;
  const auto second = admin_->Verify(&context, {});
  const grpc::Status status = ReadAll(second.get());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(InfoOf(status).reason(), "VERIFY_RUNNING");
  first_context.TryCancel();
  EXPECT_EQ(ReadAll(first.get()).error_code(), grpc::StatusCode::CANCELLED);
  // The client that went away has made room.
  store_.SetVerify(MemStore::Finds({}));
  EXPECT_TRUE(Eventually([this] {
    grpc::ClientContext again;
    return ReadAll(admin_->Verify(&again, {}).get()).ok();
  }));
}

TEST_F(AdminVerifyTest, EndOfTheServerDoesNotWaitForIt) {
  store_.SetVerify(MemStore::RunsUntilCancelled());
  grpc::ClientContext context;
  const auto reader = admin_->Verify(&context, {});
  v1::VerifyResponse message;
  ASSERT_TRUE(reader->Read(&message));
  core_->StopVerify();
  auto down = std::async(std::launch::async,
                         [this] { server_->Shutdown(std::chrono::hours(1)); });
  const grpc::Status status = ReadAll(reader.get());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(InfoOf(status).reason(), "SHUTTING_DOWN");
  down.get();
}

}  // namespace
}  // namespace lsmkv::service
