#include "tests/bench/damage/damages.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace lsmkv::damage {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kPageBytes = 4096;

bool IsLogOrManifest(const std::string& name) {
  const std::string extension = fs::path(name).extension();
  return extension == ".log" || extension == ".wal" ||
         name.rfind("MANIFEST-", 0) == 0;
}

bool IsData(const std::string& name) {
  const std::string extension = fs::path(name).extension();
  return IsLogOrManifest(name) || extension == ".sst" || extension == ".ldb" ||
         name == "CURRENT";
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

absl::Status WriteAll(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  return out ? absl::OkStatus() : absl::InternalError("cannot write " + path);
}

uint64_t WrittenBytes(const std::string& path) {
  const std::string bytes = ReadAll(path);
  const size_t last = bytes.find_last_not_of('\0');
  return last == std::string::npos ? 0 : last + 1;
}

void AddDamagesOf(const std::string& file, uint64_t size, uint64_t places,
                  std::vector<Damage>* list) {
  const uint64_t step = std::max<uint64_t>(1, (size + places - 1) / places);
  for (uint64_t at = 0; at < size; at += step) {
    list->push_back({DamageKind::kFlip, file, at, ""});
    if (IsLogOrManifest(file)) {
      list->push_back({DamageKind::kTruncate, file, at, ""});
    }
  }
  for (uint64_t at = 0; at < size; at += kPageBytes) {
    list->push_back({DamageKind::kZeroPage, file, at, ""});
  }
  list->push_back({DamageKind::kDelete, file, 0, ""});
}

}  // namespace

const char* Name(DamageKind kind) {
  static constexpr const char* kNames[kDamageKinds] = {
      "bit flipped", "file cut", "page zeroed", "file deleted",
      "files swapped"};
  return kNames[static_cast<size_t>(kind)];
}

absl::StatusOr<std::vector<Damage>> ListDamages(const std::string& folder,
                                                uint64_t places_per_file) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (IsData(name)) files.push_back(name);
  }
  if (error) return absl::InternalError(folder + ": " + error.message());
  std::sort(files.begin(), files.end());
  std::vector<Damage> list;
  for (size_t i = 0; i < files.size(); ++i) {
    AddDamagesOf(files[i], WrittenBytes(folder + "/" + files[i]),
                 places_per_file, &list);
    for (size_t j = i + 1; j < files.size(); ++j) {
      list.push_back({DamageKind::kSwap, files[i], 0, files[j]});
    }
  }
  return list;
}

absl::Status Apply(const Damage& damage, const std::string& folder) {
  const std::string path = folder + "/" + damage.file;
  const auto offset = static_cast<size_t>(damage.offset);
  std::error_code error;
  switch (damage.kind) {
    case DamageKind::kFlip: {
      std::string bytes = ReadAll(path);
      if (offset >= bytes.size()) return absl::InternalError(path + ": short");
      bytes[offset] = static_cast<char>(bytes[offset] ^ (1 << (offset % 8)));
      return WriteAll(path, bytes);
    }
    case DamageKind::kTruncate:
      fs::resize_file(path, damage.offset, error);
      break;
    case DamageKind::kZeroPage: {
      std::string bytes = ReadAll(path);
      const size_t end = std::min<size_t>(bytes.size(), offset + kPageBytes);
      std::fill(bytes.begin() + static_cast<ptrdiff_t>(offset),
                bytes.begin() + static_cast<ptrdiff_t>(end), '\0');
      return WriteAll(path, bytes);
    }
    case DamageKind::kDelete:
      fs::remove(path, error);
      break;
    case DamageKind::kSwap: {
      const std::string other = folder + "/" + damage.other;
      const std::string spare = path + ".spare";
      fs::rename(path, spare, error);
      if (!error) fs::rename(other, path, error);
      if (!error) fs::rename(spare, other, error);
      break;
    }
  }
  return error ? absl::InternalError(path + ": " + error.message())
               : absl::OkStatus();
}

}  // namespace lsmkv::damage
