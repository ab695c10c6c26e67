#include "service/http/body_budget.h"

#include <utility>

#include "gtest/gtest.h"

namespace lsmkv::service {
namespace {

TEST(BodyBudgetTest, WhatDoesNotFitIsNotTaken) {
  BodyBudget budget(10);
  EXPECT_TRUE(budget.Take(8));
  EXPECT_FALSE(budget.Take(3));
  EXPECT_TRUE(budget.Take(2));
  budget.Give(10);
  EXPECT_TRUE(budget.Take(10));
}

TEST(BodyBudgetTest, BodiesGiveBackWhatTheyTook) {
  BodyBudget budget(4);
  {
    CountedBody body;
    body.set_budget(&budget);
    EXPECT_TRUE(body.Append("abc"));
    EXPECT_FALSE(body.Append("de"));
    EXPECT_EQ(body.data, "abc");
    EXPECT_TRUE(body.Append("d"));
    const std::string taken = std::move(body.data);
    EXPECT_EQ(taken, "abcd");
    EXPECT_FALSE(budget.Take(1)) << "the body still counts what was taken";
  }
  EXPECT_TRUE(budget.Take(4));
}

}  // namespace
}  // namespace lsmkv::service
