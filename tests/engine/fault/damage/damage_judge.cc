#include "tests/engine/fault/damage/damage_judge.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "gtest/gtest.h"

#include "tests/support/test_scale.h"

namespace lsmkv::engine {

void Tally::Report(const std::string& what, uint64_t want) const {
  ReportCount(what + ": right", right);
  ReportCount(what + ": unsynced tail cut", cut);
  ReportCount(what + ": refused by opening", refused);
  ReportCount(what + ": refused by reading", refused_reading);
  ReportCount(what + ": wrong, short, unnamed", failures);
  ReportCount(what, total());
  EXPECT_EQ(failures, 0u);
  if (TestScale() >= 1) EXPECT_GE(total(), want);
}

void Judge::Fail(const Case& damage, const std::string& why) {
  ++tally_.failures;
  ADD_FAILURE() << NameOf(store_->kind) << ", " << damage.what << ": " << why;
}

bool Judge::IsNamed(const absl::Status& status) {
  const std::string message(status.message());
  const size_t path = message.find("/db/");
  const size_t offset = message.find(": offset ");
  return absl::IsDataLoss(status) && path == 0 && offset != std::string::npos &&
         offset + 9 < message.size() && message[offset + 9] >= '0' &&
         message[offset + 9] <= '9';
}

const Data* Judge::Expected(const Case& damage) const {
  const Data* all = &store_->data();
  if (store_->kind != StoreKind::kKilled || damage.changes.size() != 1) {
    return all;
  }
  const Change& change = damage.changes[0];
  if (!change.path.ends_with(".wal") || !change.bytes) return all;
  // The first record that is not whole any more; and the most that the whole
  // ones say was durable.
  const std::string& before = store_->files.at(change.path);
  const LogPlace* first = nullptr;
  uint64_t durable = 0;
  for (const LogPlace& record : store_->records) {
    const size_t begin = static_cast<size_t>(record.begin);
    const size_t n = static_cast<size_t>((record.end + 7) / 8 * 8) - begin;
    const bool damaged =
        record.path == change.path &&
        (record.end > change.bytes->size() ||
         before.compare(begin, n, *change.bytes, begin,
                        std::min(n, change.bytes->size() - begin)) != 0);
    const bool cut_in_padding =
        damaged && record.end <= change.bytes->size() &&
        before.substr(begin, record.end - begin) ==
            change.bytes->substr(begin, record.end - begin) &&
        change.bytes->find_first_not_of('\0', record.end) == std::string::npos;
    if (damaged && !cut_in_padding) {
      if (first == nullptr) first = &record;
    } else {
      durable = std::max(durable, record.durable_upto);
    }
  }
  if (first == nullptr || first->seal) return all;
  if (durable >= first->first_sequence) return nullptr;
  return &store_->states.at(first->first_sequence - 1);
}

void Judge::Try(const Case& damage) {
  FileBytes files;
  {
    files = store_->files;
    for (const Change& change : damage.changes) {
      if (change.bytes) {
        files[change.path] = *change.bytes;
      } else {
        files.erase(change.path);
      }
    }
  }
  const std::unique_ptr<SimEnv> env = EnvWith(files);
  Options options = DamageOptions(env.get());
  options.block_cache_bytes = rng_.OneIn(2) ? 0 : 1 << 20;
  options.create_if_missing = true;  // a store must not be taken for a new one
  auto opened = DB::Open(options, "/db");
  if (opened.ok()) return JudgeOpened(damage, opened->get());
  if (!IsNamed(opened.status())) {
    return Fail(damage,
                "refused without a name: " + opened.status().ToString());
  }
  FileBytes after = FilesIn(env.get());
  if (after != files) return Fail(damage, "the refusal changed files");
  ++tally_.refused;
}

void Judge::JudgeOpened(const Case& damage, DB* db) {
  const Data* data = Expected(damage);
  std::string why;
  if (data == nullptr) {
    return Fail(damage, "opened though writes known durable are damaged");
  }
  const Answer answer = ReadAll(*db, *data, damage.every_key, &why);
  if (answer == Answer::kWrong) return Fail(damage, why);
  const bool prefix = data != &store_->data();
  if (prefix && db->GetStats().recovery_cut_bytes == 0) {
    // Nothing is left of what a cut where a record ends has taken.
    const Change& change = damage.changes[0];
    if (change.bytes->find_first_not_of('\0', damage.offset) !=
        std::string::npos) {
      return Fail(damage, "bytes were cut and are not counted");
    }
  }
  if (damage.verify) {
    uint64_t found = 0;
    const auto verified = db->Verify(
        {},
        [&](const VerifyFinding& finding) {
          if (finding.path == damage.changes[0].path &&
              finding.offset <= damage.offset && IsNamed(finding.status)) {
            ++found;
          }
        },
        [](const VerifyProgress&) {});
    if (!verified.ok()) return Fail(damage, verified.status().ToString());
    if (found == 0) return Fail(damage, "Verify has not found it");
  }
  const absl::Status closed = db->Close();
  if (!closed.ok()) return Fail(damage, "Close: " + closed.ToString());
  if (answer == Answer::kRefused) {
    ++tally_.refused_reading;
  } else if (prefix) {
    ++tally_.cut;
  } else {
    ++tally_.right;
  }
}

Judge::Answer Judge::ReadAll(const DB& db, const Data& data, bool every_key,
                             std::string* why) {
  const Answer answers[] = {
      Scan(db, data, true, why), Scan(db, data, false, why),
      GetSome(db, data, every_key, why), SeekSome(db, data, why)};
  Answer worst = Answer::kRight;
  for (const Answer answer : answers) worst = std::max(worst, answer);
  return worst;
}

Judge::Answer Judge::Scan(const DB& db, const Data& data, bool forward,
                          std::string* why) {
  const std::unique_ptr<Iterator> it = db.NewIterator({});
  auto next = data.begin();
  auto previous = data.rbegin();
  size_t seen = 0;
  if (forward) {
    it->SeekToFirst();
  } else {
    it->SeekToLast();
  }
  for (; it->Valid(); ++seen) {
    if (seen == data.size() ||
        it->key() != (forward ? next->first : previous->first) ||
        it->value() != (forward ? next->second : previous->second)) {
      *why = "a scan gives a wrong record: " + std::string(it->key());
      return Answer::kWrong;
    }
    if (forward) {
      ++next;
      it->Next();
    } else {
      ++previous;
      it->Prev();
    }
  }
  const absl::Status status = it->status();
  if (status.ok()) {
    if (seen == data.size()) return Answer::kRight;
    *why = "a scan ends early and says OK";
    return Answer::kWrong;
  }
  if (IsNamed(status)) return Answer::kRefused;
  *why = "a scan fails without a name: " + status.ToString();
  return Answer::kWrong;
}

Judge::Answer Judge::GetSome(const DB& db, const Data& data, bool every_key,
                             std::string* why) {
  Answer answer = Answer::kRight;
  // Present, deleted and absent keys.
  const uint64_t first = every_key ? 0 : rng_.Uniform(100);
  for (uint64_t i = first; i < 100; i += every_key ? 1 : 7) {
    const std::string key = "user" + std::to_string(1000 + i);
    const auto value = db.Get(key);
    const auto it = data.find(key);
    if (value.ok() && it != data.end() && *value == it->second) continue;
    if (absl::IsNotFound(value.status()) && it == data.end()) continue;
    if (IsNamed(value.status())) {
      answer = Answer::kRefused;
      continue;
    }
    *why = "Get gives the wrong answer for " + key + ": " +
           value.status().ToString();
    return Answer::kWrong;
  }
  return answer;
}

Judge::Answer Judge::SeekSome(const DB& db, const Data& data,
                              std::string* why) {
  Answer answer = Answer::kRight;
  const std::unique_ptr<Iterator> it = db.NewIterator({});
  for (int i = 0; i < 3; ++i) {
    const std::string key = "user" + std::to_string(1000 + rng_.Uniform(100));
    const bool forward = rng_.OneIn(2);
    auto want = forward ? data.lower_bound(key) : data.upper_bound(key);
    if (forward) {
      it->Seek(key);
    } else {
      it->SeekForPrev(key);
      want = want == data.begin() ? data.end() : std::prev(want);
    }
    if (!it->status().ok()) {
      if (!IsNamed(it->status())) {
        *why = "a seek fails without a name: " + it->status().ToString();
        return Answer::kWrong;
      }
      answer = Answer::kRefused;
    } else if (it->Valid() != (want != data.end()) ||
               (it->Valid() &&
                (it->key() != want->first || it->value() != want->second))) {
      *why = "a seek to " + key + " ends at the wrong place";
      return Answer::kWrong;
    }
  }
  return answer;
}

}  // namespace lsmkv::engine
