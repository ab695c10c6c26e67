#include "tests/engine/model/comparison.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/engine/model/executor.h"
#include "tests/engine/model/model_store.h"
#include "tests/engine/model/shapes.h"

namespace lsmkv::model {
namespace {

Script Without(const Script& script, size_t begin, size_t end) {
  Script rest(script.begin(), script.begin() + static_cast<ptrdiff_t>(begin));
  rest.insert(rest.end(), script.begin() + static_cast<ptrdiff_t>(end),
              script.end());
  return rest;
}

// Leaves out ever smaller parts, as long as what is left still fails. The
// first operation opens the store and stays.
void Shorten(Script* script, const OptionSet& set) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (size_t part = script->size() / 2; part > 0; part /= 2) {
    for (size_t begin = 1; begin < script->size();) {
      if (std::chrono::steady_clock::now() > deadline) return;
      const size_t end = std::min(begin + part, script->size());
      Script shorter = Without(*script, begin, end);
      const Outcome outcome = Compare(shorter, Expect(shorter), set);
      if (outcome.first_difference) {
        shorter.resize(*outcome.first_difference + 1);
        *script = std::move(shorter);
      } else {
        begin = end;
      }
    }
  }
}

// What the last operation of the script answers.
std::string LastAnswer(const Script& script, Store* store) {
  Executor executor(store);
  std::string trace;
  for (size_t i = 0; i < script.size(); ++i) {
    if (i + 1 == script.size()) executor.set_trace(&trace);
    executor.Run(script[i]);
  }
  return trace;
}

}  // namespace

Answers Expect(const Script& script) {
  ModelStore store(kKeyBytesMax, kValueBytesMax);
  Executor executor(&store);
  Answers answers;
  for (const Operation& operation : script) {
    answers.hashes.push_back(executor.Run(operation));
  }
  answers.operations = executor.operations();
  return answers;
}

Outcome Compare(const Script& script, const Answers& expected,
                const OptionSet& set) {
  StoreOnDisk store(set);
  Executor executor(store.get());
  Outcome outcome;
  for (size_t i = 0; i < script.size(); ++i) {
    outcome.hash = executor.Run(script[i]);
    if (outcome.hash != expected.hashes[i]) {
      outcome.first_difference = i;
      break;
    }
  }
  outcome.operations = executor.operations();
  outcome.jobs = store->jobs();
  outcome.open_error = store->open_error();
  return outcome;
}

std::string Explain(const Script& script, size_t first_difference,
                    const OptionSet& set) {
  Script failing(script.begin(),
                 script.begin() + static_cast<ptrdiff_t>(first_difference + 1));
  Shorten(&failing, set);
  std::string out =
      "these " + std::to_string(failing.size()) + " operations are enough:\n";
  for (size_t i = 0; i < failing.size(); ++i) {
    out += "  " + Describe(failing[i]) + "\n";
  }
  ModelStore model(kKeyBytesMax, kValueBytesMax);
  out += "model: " + LastAnswer(failing, &model) + "\n";
  StoreOnDisk engine(set);
  out += "engine:" + LastAnswer(failing, engine.get()) + "\n";
  return out;
}

}  // namespace lsmkv::model
