// MANIFEST and CURRENT: the decoder of version edits, and recovery of a store
// from edits that the input makes.
//
// Edits stand behind sound checksums, so that what they say is what is tested:
// tables that exist, at any level, with true or changed numbers and bounds;
// logs; raw fields. CURRENT may be raw, and so may be the name of a file that
// lies in the folder.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/src/format/file_names.h"
#include "engine/src/version/current_file.h"
#include "engine/src/version/version_edit.h"
#include "engine/src/wal/log_format.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/store_check.h"
#include "tests/fuzz/table_file.h"

namespace lsmkv::fuzz {
namespace {

using engine::FileMeta;
using engine::VersionEdit;

constexpr uint64_t kManifest = 20;
constexpr uint64_t kTables = 4;

std::string Entry(const std::string& user_key, uint64_t sequence) {
  return engine::MakeInternalKey(
      user_key, engine::PackTrailer(sequence, engine::ValueType::kPut));
}

// A table that is really there.
struct Table {
  std::string bytes;
  engine::TableSummary summary;
};

// Made once: inputs only refer to them. The last two overlap the others, and
// one of them has a range tombstone.
const std::vector<Table>& Tables() {
  static const auto* const tables = [] {
    auto* list = new std::vector<Table>(kTables);
    const Entries entries[kTables] = {
        {{Entry("a", 1), "1"}, {Entry("b", 2), "2"}},
        {{Entry("c", 3), "3"}, {Entry("d", 4), "4"}},
        {{Entry("b", 7), "5"}, {Entry("c", 6), "6"}},
        {{Entry("d", 9), "7"}}};
    for (size_t i = 0; i < kTables; ++i) {
      std::vector<engine::RangeTombstone> tombstones;
      if (i == 3) tombstones.push_back({"a", "d", 8});
      (*list)[i].bytes =
          BuildTable(entries[i], tombstones, {}, &(*list)[i].summary);
    }
    return list;
  }();
  return *tables;
}

std::shared_ptr<FileMeta> MetaOf(uint64_t number) {
  auto file = std::make_shared<FileMeta>();
  const engine::TableSummary& summary = Tables()[number % kTables].summary;
  file->number = number;
  file->file_id = kFileId;
  file->file_bytes = summary.file_bytes;
  file->checksum = summary.file_checksum;
  file->records = summary.records;
  file->tombstones = summary.tombstones;
  file->range_tombstones = summary.range_tombstones;
  file->smallest_sequence = summary.smallest_sequence;
  file->largest_sequence = summary.largest_sequence;
  file->smallest = summary.smallest;
  file->largest = summary.largest;
  return file;
}

void ChangeMeta(FuzzInput* in, FileMeta* file) {
  switch (in->Below(10)) {
    case 0:
      file->file_id = in->Number();
      break;
    case 1:
      file->file_bytes = in->Number();
      break;
    case 2:
      file->records = in->Number();
      break;
    case 3:
      file->range_tombstones = in->Number();
      break;
    case 4:
      file->smallest_sequence = in->Number();
      break;
    case 5:
      file->largest_sequence = in->Number();
      break;
    case 6:
      file->smallest = in->String();
      break;
    case 7:
      file->largest = in->String();
      break;
    case 8:
      file->smallest = engine::MakeInternalKey(in->Key(), in->Number());
      break;
    default:
      file->largest = engine::MakeInternalKey(in->Key(), in->Number());
  }
}

// One field of an edit.
void AddField(FuzzInput* in, VersionEdit* edit) {
  switch (in->Below(9)) {
    case 0:
      edit->store_id = in->Number();
      break;
    case 1:
      edit->next_file_number = in->Number();
      break;
    case 2:
      edit->flushed_sequence = in->Number();
      break;
    case 3:
      edit->added_wals.push_back(in->Number());
      break;
    case 4:
      edit->removed_wals.push_back(in->Number());
      break;
    case 5:
      edit->removed_files.push_back(
          {static_cast<int>(in->Below(engine::kLevels)), in->Number()});
      break;
    case 6:
      edit->wal_facts.push_back({in->Number(), in->Number(), in->Number()});
      break;
    default: {
      const auto level = static_cast<int>(in->Below(engine::kLevels));
      auto file = MetaOf(in->Below(2 * kTables));
      if (in->Below(4) == 0) ChangeMeta(in, file.get());
      edit->added_files.push_back({level, std::move(file)});
    }
  }
}

// decode(encode(x)) == x, as far as bytes tell.
void CheckCodec(std::string_view bytes) {
  const auto edit = VersionEdit::Decode(bytes, "/db/MANIFEST-000020", 48);
  if (!edit.ok()) return CheckDamageError(edit.status(), "/db/MANIFEST-000020");
  const std::string encoded = edit->Encode();
  const auto again = VersionEdit::Decode(encoded, "", 0);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->Encode() == encoded);
}

std::string MakeEdit(FuzzInput* in) {
  if (in->Below(8) == 7) return std::string(in->String());
  VersionEdit edit;
  for (size_t n = in->Below(8); n > 0; --n) AddField(in, &edit);
  return edit.Encode();
}

void WriteManifest(FuzzInput* in, SimEnv* env) {
  const engine::LogIdentity identity{engine::LogKind::kManifest, kManifest, 5};
  std::string manifest = engine::EncodeLogHeader(identity);
  uint64_t ordinal = 0;
  for (size_t n = in->Below(8); n > 0; --n) {
    const std::string payload = MakeEdit(in);
    CheckCodec(payload);
    engine::LogRecord record;
    record.type = engine::LogRecordType::kEdit;
    record.sequence = ++ordinal;
    if (in->Below(16) == 15) {
      record.type = static_cast<engine::LogRecordType>(in->Below(4));
      record.sequence = in->Number();
    }
    record.durable_upto = record.sequence - (record.sequence == 0 ? 0 : 1);
    record.payload = payload;
    engine::AppendLogRecord(identity, manifest.size(), record, {}, &manifest);
  }
  if (in->Below(8) == 7) {
    manifest.resize(static_cast<size_t>(in->Number() % manifest.size()));
  }
  const std::string path = engine::ManifestPath("/db", kManifest);
  FUZZ_CHECK(env->WriteFile(path, std::move(manifest)).ok());
}

void Run(FuzzInput* in) {
  SimEnv env;
  FUZZ_CHECK(env.CreateDir("/db").ok());
  for (uint64_t number = 0; number < 2 * kTables; ++number) {
    FUZZ_CHECK(env.WriteFile(engine::TablePath("/db", number),
                             Tables()[number % kTables].bytes)
                   .ok());
  }
  FUZZ_CHECK(engine::WriteCurrent(&env, "/db", kManifest).ok());
  if (in->Below(16) == 15) {
    FUZZ_CHECK(
        env.WriteFile(engine::CurrentPath("/db"), std::string(in->String()))
            .ok());
  }
  WriteManifest(in, &env);
  const std::string name(in->String());
  if (!name.empty() && name.find('/') == std::string::npos && name != "." &&
      name != ".." && !env.FileExists("/db/" + name).value_or(true)) {
    FUZZ_CHECK(env.WriteFile("/db/" + name, std::string(in->String())).ok());
  }
  // What is read need not be in order, nor stay: a MANIFEST may lie about
  // levels and bounds, which DB::Verify finds and compactions resolve.
  OpenTwice(&env);
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  if (in.Below(4) == 0) {
    lsmkv::fuzz::CheckCodec(in.Rest());
  } else {
    lsmkv::fuzz::Run(&in);
  }
  return 0;
}
