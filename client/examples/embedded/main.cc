// Puts, gets and iterates over a few records of a store in a directory.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/db.h"

namespace engine = lsmkv::engine;

absl::Status Run(const std::string& directory) {
  absl::StatusOr<std::unique_ptr<engine::DB>> db =
      engine::DB::Open({}, directory);
  if (!db.ok()) return db.status();

  const absl::StatusOr<uint64_t> version = (*db)->Put({}, "embedded:1", "data");
  if (!version.ok()) return version.status();
  std::cout << "put at version " << *version << "\n";

  engine::WriteBatch batch;
  batch.Put("embedded:2", "more data");
  batch.Put("embedded:3", "yet more data");
  const absl::StatusOr<uint64_t> written = (*db)->Write({}, batch);
  if (!written.ok()) return written.status();

  const absl::StatusOr<std::string> value = (*db)->Get("embedded:1");
  if (!value.ok()) return value.status();
  std::cout << "get " << *value << "\n";

  {
    const auto it = (*db)->NewIterator({});
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      std::cout << it->key() << " = " << it->value() << "\n";
    }
    if (!it->status().ok()) return it->status();
  }  // iterators go before their store
  return (*db)->Close();
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: embedded DIRECTORY\n";
    return 2;
  }
  const absl::Status status = Run(argv[1]);
  if (!status.ok()) {
    std::cerr << status << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
