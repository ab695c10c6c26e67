// SimChoices: where a simulated disk asks what happens. Answers are drawn from
// a seed, or all of them are gone through one after another.

#ifndef LSMKV_TESTS_SUPPORT_SIM_CHOICES_H_
#define LSMKV_TESTS_SUPPORT_SIM_CHOICES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/support/random_seed.h"

namespace lsmkv {

class SimChoices {
 public:
  virtual ~SimChoices() = default;
  // In [0, n). REQUIRES: n > 0.
  virtual uint64_t Pick(uint64_t n) = 0;
  bool Flip() { return Pick(2) == 1; }
};

class RandomChoices : public SimChoices {
 public:
  explicit RandomChoices(uint64_t seed) : rng_(seed) {}
  uint64_t Pick(uint64_t n) override { return rng_.Uniform(n); }

 private:
  Random rng_;
};

// Every sequence of answers once: ask in the same way each time, and call Next
// in between, until it returns false.
class EnumeratedChoices : public SimChoices {
 public:
  uint64_t Pick(uint64_t n) override {
    if (asked_ == answers_.size()) answers_.push_back({0, n});
    return answers_[asked_++].value;
  }

  // Moves on to the next sequence; false if there is none.
  bool Next() {
    asked_ = 0;
    while (!answers_.empty()) {
      if (++answers_.back().value < answers_.back().of) return true;
      answers_.pop_back();
    }
    return false;
  }

 private:
  struct Answer {
    uint64_t value;
    uint64_t of;
  };
  std::vector<Answer> answers_;
  size_t asked_ = 0;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_CHOICES_H_
