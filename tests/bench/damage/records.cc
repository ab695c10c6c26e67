#include "tests/bench/damage/records.h"

#include <cstdint>
#include <cstdio>
#include <functional>

#include "tests/support/random_seed.h"

namespace lsmkv::damage {
namespace {

constexpr int kParts = 3;  // two tables, one log
constexpr int kKeysPerPart = 100;

std::string KeyOf(int number) {
  char key[16];
  std::snprintf(key, sizeof(key), "key%05d", number);
  return key;
}

// Says whose it is and from when; half of it compresses.
std::string ValueOf(const std::string& key, int part) {
  Random rng(static_cast<uint64_t>(part) * 1'000'003 +
             static_cast<uint64_t>(std::stoi(key.substr(3))));
  return key + " of part " + std::to_string(part) + ' ' + rng.Letters(40) +
         std::string(40, '.');
}

struct Writes {
  std::function<void(const std::string& key, const std::string& value)> put;
  std::function<void(const std::string& key)> erase;
  std::function<void()> end_part;
};

void MakeWrites(const Writes& writes) {
  for (int part = 0; part < kParts; ++part) {
    const int old_keys = part * kKeysPerPart;
    for (int i = 0; i < old_keys + kKeysPerPart; ++i) {
      const std::string key = KeyOf(i);
      if (i >= old_keys || i % 5 == part) {
        writes.put(key, ValueOf(key, part));
      } else if (i % 7 == part) {
        writes.erase(key);
      }
    }
    if (part + 1 < kParts) writes.end_part();
  }
}

}  // namespace

absl::Status Fill(OpenStore* store) {
  absl::Status status;
  MakeWrites(
      {[&](const std::string& key, const std::string& value) {
         status.Update(store->Put(key, value));
       },
       [&](const std::string& key) { status.Update(store->Delete(key)); },
       [&] { status.Update(store->Flush()); }});
  return status;
}

const Records& Expected() {
  static const Records records = [] {
    Records made;
    MakeWrites({[&](const std::string& key, const std::string& value) {
                  made.live[key] = value;
                  made.deleted.erase(key);
                },
                [&](const std::string& key) {
                  made.live.erase(key);
                  made.deleted.insert(key);
                },
                [] {}});
    return made;
  }();
  return records;
}

}  // namespace lsmkv::damage
