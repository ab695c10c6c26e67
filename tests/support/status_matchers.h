// Assertions on absl::Status and absl::StatusOr for googletest.
//
//   ASSERT_OK(db->Put(...)) << "while loading";
//   ASSERT_OK_AND_ASSIGN(auto db, DB::Open(options));
//   EXPECT_STATUS(db->Get("x"), absl::StatusCode::kNotFound);
//   EXPECT_STATUS_CONTAINS(Open(), absl::StatusCode::kDataLoss, "offset 12");
//
// A failure prints the expression and the whole status.

#ifndef LSMKV_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define LSMKV_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace lsmkv {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

template <typename S>
::testing::AssertionResult IsOkPredFormat(const char* expr, const S& result) {
  const absl::Status& status = StatusOf(result);
  if (status.ok()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << expr << "\n  is " << status.ToString() << "\n  expected OK";
}

template <typename S>
::testing::AssertionResult HasCodePredFormat(const char* expr, const char*,
                                             const S& result,
                                             absl::StatusCode code) {
  const absl::Status& status = StatusOf(result);
  if (status.code() == code) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << expr << "\n  is " << status.ToString() << "\n  expected "
         << absl::StatusCodeToString(code);
}

template <typename S>
::testing::AssertionResult HasCodeAndTextPredFormat(
    const char* expr, const char* code_expr, const char*, const S& result,
    absl::StatusCode code, const std::string& text) {
  auto has_code = HasCodePredFormat(expr, code_expr, result, code);
  if (!has_code) return has_code;
  const absl::Status& status = StatusOf(result);
  const std::string message(status.message().data(), status.message().size());
  if (message.find(text) != std::string::npos) return has_code;
  return ::testing::AssertionFailure()
         << expr << "\n  is " << status.ToString()
         << "\n  expected the message to contain \"" << text << "\"";
}

}  // namespace lsmkv

#define EXPECT_OK(expr) EXPECT_PRED_FORMAT1(::lsmkv::IsOkPredFormat, expr)
#define ASSERT_OK(expr) ASSERT_PRED_FORMAT1(::lsmkv::IsOkPredFormat, expr)

#define EXPECT_STATUS(expr, code) \
  EXPECT_PRED_FORMAT2(::lsmkv::HasCodePredFormat, expr, code)
#define ASSERT_STATUS(expr, code) \
  ASSERT_PRED_FORMAT2(::lsmkv::HasCodePredFormat, expr, code)

#define EXPECT_STATUS_CONTAINS(expr, code, text) \
  EXPECT_PRED_FORMAT3(::lsmkv::HasCodeAndTextPredFormat, expr, code, text)

#define LSMKV_TEST_CONCAT_INNER(a, b) a##b
#define LSMKV_TEST_CONCAT(a, b) LSMKV_TEST_CONCAT_INNER(a, b)
#define ASSERT_OK_AND_ASSIGN(lhs, expr)                                       \
  ASSERT_OK_AND_ASSIGN_IMPL(LSMKV_TEST_CONCAT(lsmkv_test_or_, __LINE__), lhs, \
                            expr)
#define ASSERT_OK_AND_ASSIGN_IMPL(var, lhs, expr)             \
  auto var = (expr);                                          \
  ASSERT_PRED_FORMAT1(::lsmkv::IsOkPredFormat, var) << #expr; \
  lhs = *std::move(var)

#endif  // LSMKV_TESTS_SUPPORT_STATUS_MATCHERS_H_
