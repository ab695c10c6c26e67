// The same operations on the engine under every set of options and on a model
// in memory: every answer must be the same, whatever the options are.
//
// LSMKV_MODEL_SET=<name> runs one set only.

#include <cstdlib>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/model/comparison.h"
#include "tests/engine/model/option_sets.h"
#include "tests/engine/model/script.h"
#include "tests/engine/model/shapes.h"
#include "tests/support/random_seed.h"
#include "tests/support/test_scale.h"

namespace lsmkv::model {

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

namespace {

// Of 8 shapes.
constexpr uint64_t kOperationsPerShape = 4'000'000 / 8;
constexpr size_t kScriptLength = 10'000;

bool IsWanted(const OptionSet& set) {
  const char* only = std::getenv("LSMKV_MODEL_SET");
  return only == nullptr || set.name == only;
}

class ModelTest : public ::testing::TestWithParam<Shape> {
 protected:
  // One list of operations under every set of options; that with real files,
  // whose syncs take their time, only if `in_files`.
  void RunScript(uint64_t seed, size_t length, bool in_files) {
    const Script script = MakeScript(GetParam(), seed, length);
    const Answers expected = Expect(script);
    for (const OptionSet& set : AllOptionSets()) {
      if (!IsWanted(set)) continue;
      if (set.kind == OptionSet::kPosix && !in_files) continue;
      const Outcome outcome = Compare(script, expected, set);
      operations_ += outcome.operations;
      jobs_ += outcome.jobs;
      if (!outcome.first_difference) {
        ASSERT_EQ(outcome.hash, expected.hashes.back());
        ASSERT_EQ(outcome.operations, expected.operations);
        continue;
      }
      FAIL() << "with the options " << set.name << " the answer to operation "
             << *outcome.first_difference << " is not the model's; again with\n"
             << "  LSMKV_TEST_SEED=" << first_seed_
             << " LSMKV_MODEL_SET=" << set.name
             << " model_test --gtest_filter='*/" << GetParam().name << "'\n"
             << outcome.open_error << "\n"
             << Explain(script, *outcome.first_difference, set);
    }
  }

  const uint64_t first_seed_ = TestSeed();
  uint64_t operations_ = 0;
  uint64_t jobs_ = 0;
};

TEST_P(ModelTest, EveryAnswerIsTheModelsUnderEveryOptionSet) {
  const auto length = static_cast<size_t>(Scaled(kScriptLength));
  Random seeds(first_seed_);
  for (int i = 0; i < GetParam().scripts; ++i) {
    ASSERT_NO_FATAL_FAILURE(
        RunScript(seeds.Next(), length, /*in_files=*/i == 0));
  }
  ReportCount("model operations", operations_);
  ReportCount("flushes and compactions under the model", jobs_);
  if (IsWanted({}) && TestScale() >= 1) {
    ASSERT_GE(operations_, kOperationsPerShape);
    ASSERT_GE(jobs_, 1000u);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ModelTest, ::testing::ValuesIn(AllShapes()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace lsmkv::model
