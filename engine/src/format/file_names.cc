#include "engine/src/format/file_names.h"

#include <charconv>

namespace lsmkv::engine {
namespace {

constexpr std::string_view kManifestPrefix = "MANIFEST-";
constexpr std::string_view kWalSuffix = ".wal";
constexpr std::string_view kTableSuffix = ".sst";
constexpr std::string_view kValueSuffix = ".val";

std::string Padded(uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits;
}

// True if `digits` is exactly what Padded makes of a number.
bool ParseNumber(std::string_view digits, uint64_t* number) {
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, *number);
  return result.ec == std::errc() && result.ptr == end &&
         Padded(*number) == digits;
}

}  // namespace

std::string CurrentPath(const std::string& dir) { return dir + "/CURRENT"; }
std::string CurrentTempPath(const std::string& dir) {
  return dir + "/CURRENT.tmp";
}
std::string LockPath(const std::string& dir) { return dir + "/LOCK"; }
std::string ManifestName(uint64_t number) {
  return std::string(kManifestPrefix) + Padded(number);
}
std::string ManifestPath(const std::string& dir, uint64_t number) {
  return dir + "/" + ManifestName(number);
}
std::string WalPath(const std::string& dir, uint64_t number) {
  return dir + "/" + Padded(number) + std::string(kWalSuffix);
}
std::string TablePath(const std::string& dir, uint64_t number) {
  return dir + "/" + Padded(number) + std::string(kTableSuffix);
}
std::string ValuePath(const std::string& dir, uint64_t number) {
  return dir + "/" + Padded(number) + std::string(kValueSuffix);
}

ParsedName ParseFileName(std::string_view name) {
  if (name == "CURRENT") return {FileKind::kCurrent, 0};
  if (name == "CURRENT.tmp") return {FileKind::kCurrentTemp, 0};
  if (name == "LOCK") return {FileKind::kLock, 0};
  uint64_t number;
  if (name.starts_with(kManifestPrefix)) {
    if (ParseNumber(name.substr(kManifestPrefix.size()), &number)) {
      return {FileKind::kManifest, number};
    }
  } else if (name.ends_with(kWalSuffix)) {
    name.remove_suffix(kWalSuffix.size());
    if (ParseNumber(name, &number)) return {FileKind::kWal, number};
  } else if (name.ends_with(kTableSuffix)) {
    name.remove_suffix(kTableSuffix.size());
    if (ParseNumber(name, &number)) return {FileKind::kTable, number};
  } else if (name.ends_with(kValueSuffix)) {
    name.remove_suffix(kValueSuffix.size());
    if (ParseNumber(name, &number)) return {FileKind::kValues, number};
  }
  return {};
}

}  // namespace lsmkv::engine
