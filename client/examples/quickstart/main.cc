// Puts, gets and scans a few records of the server at HOST:PORT.

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "lsmkv/client/client.h"

namespace kv = lsmkv::client;

absl::Status Run(const kv::Client& client) {
  const absl::StatusOr<uint64_t> version = client.Put("quickstart:1", "data");
  if (!version.ok()) return version.status();
  std::cout << "put at version " << *version << "\n";

  kv::WriteBatch batch;
  batch.Put("quickstart:2", "more data");
  batch.Put("quickstart:3", "yet more data");
  const absl::StatusOr<uint64_t> written = client.BatchWrite(std::move(batch));
  if (!written.ok()) return written.status();

  const absl::StatusOr<kv::Value> value = client.Get("quickstart:1");
  if (!value.ok()) return value.status();
  std::cout << "get " << value->data << "\n";

  kv::ScanOptions scan;
  scan.range = kv::KeyRange::Prefix("quickstart:");
  kv::ScanRange range = client.Scan(scan);
  for (const absl::StatusOr<kv::Record>& record : range) {
    if (!record.ok()) return record.status();
    std::cout << record->key << " = " << record->value << "\n";
  }
  return absl::OkStatus();
}

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  if (argc != 2) {
    std::cerr << "usage: quickstart HOST:PORT\n";
    return 2;
  }
  const kv::Client client(kv::MakeConnection({.endpoint = argv[1]}));
  const absl::Status status = Run(client);
  if (!status.ok()) {
    std::cerr << status << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
