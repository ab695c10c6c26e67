// Comparison: a script's answers on an engine beside those of the model; and,
// where they differ, the shortest script that shows it.

#ifndef LSMKV_TESTS_ENGINE_MODEL_COMPARISON_H_
#define LSMKV_TESTS_ENGINE_MODEL_COMPARISON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/engine/model/operation.h"
#include "tests/engine/model/option_sets.h"

namespace lsmkv::model {

// After each operation, the hash of all answers up to it.
struct Answers {
  std::vector<uint64_t> hashes;
  uint64_t operations = 0;
};

// What the model answers.
Answers Expect(const Script& script);

struct Outcome {
  uint64_t operations = 0;
  uint64_t jobs = 0;
  uint64_t hash = 0;
  std::string open_error;
  std::optional<size_t> first_difference;  // an index in the script
};

// Runs the script on an engine until its answers differ.
Outcome Compare(const Script& script, const Answers& expected,
                const OptionSet& set);

// The operations before `first_difference` that it takes to fail, and what is
// answered; tries for some seconds to leave out the others.
std::string Explain(const Script& script, size_t first_difference,
                    const OptionSet& set);

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_COMPARISON_H_
