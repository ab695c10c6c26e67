// Subject: an engine under damage, with one set of options.

#ifndef LSMKV_TESTS_BENCH_DAMAGE_SUBJECT_H_
#define LSMKV_TESTS_BENCH_DAMAGE_SUBJECT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lsmkv::damage {

class OpenStore {
 public:
  using Visit = std::function<void(std::string_view, std::string_view)>;

  virtual ~OpenStore() = default;
  // Durable when they return.
  virtual absl::Status Put(std::string_view key, std::string_view value) = 0;
  virtual absl::Status Delete(std::string_view key) = 0;
  // Moves what was written from the log to a table.
  virtual absl::Status Flush() = 0;
  // nullopt where the engine says that the key is absent.
  virtual absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) = 0;
  // Every record, in the engine's order; the iterator's status at the end.
  virtual absl::Status Scan(const Visit& visit) = 0;
  virtual absl::Status Close() = 0;
};

struct Subject {
  std::string engine;
  std::string version;
  std::string options;  // in words
  // Opens the store in a folder; `create` only where it is not there yet.
  std::function<absl::StatusOr<std::unique_ptr<OpenStore>>(
      const std::string& path, bool create)>
      open;
};

// Those that this program was built with.
std::vector<Subject> AllSubjects();

void AddLsmkv(std::vector<Subject>* subjects);
void AddLeveldb(std::vector<Subject>* subjects);
void AddRocksdb(std::vector<Subject>* subjects);

}  // namespace lsmkv::damage

#endif  // LSMKV_TESTS_BENCH_DAMAGE_SUBJECT_H_
