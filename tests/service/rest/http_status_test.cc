#include "service/rest/http_status.h"

#include <map>

#include "gtest/gtest.h"

namespace lsmkv::service {
namespace {

TEST(HttpStatusTest, EveryCodeHasTheStatusOfGrpcGateway) {
  const std::map<int, int> kStatusOfCode = {
      {0, 200},  {1, 499},  {2, 500},  {3, 400},  {4, 504},  {5, 404},
      {6, 409},  {7, 403},  {8, 429},  {9, 400},  {10, 409}, {11, 400},
      {12, 501}, {13, 500}, {14, 503}, {15, 500}, {16, 401}};
  ASSERT_EQ(kStatusOfCode.size(), 17U);
  for (const auto& [code, status] : kStatusOfCode) {
    EXPECT_EQ(HttpStatusOf(static_cast<absl::StatusCode>(code)), status)
        << code;
    EXPECT_NE(HttpReasonPhrase(status), "Unknown") << status;
  }
}

TEST(HttpStatusTest, CodesOfTheFutureAreServerErrors) {
  EXPECT_EQ(HttpStatusOf(static_cast<absl::StatusCode>(99)), 500);
}

}  // namespace
}  // namespace lsmkv::service
