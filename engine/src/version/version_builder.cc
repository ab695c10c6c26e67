#include "engine/src/version/version_builder.h"

#include "engine/src/util/status.h"

namespace lsmkv::engine {

absl::Status VersionBuilder::Apply(const VersionEdit& edit,
                                   std::string_view path) {
  for (const VersionEdit::Removed& removed : edit.removed_files) {
    const auto it = tables_.find(removed.number);
    if (it == tables_.end() || it->second.level != removed.level) {
      return DataLoss(path, 0, "table ", removed.number,
                      " is removed but is not in level ", removed.level);
    }
    tables_.erase(it);
  }
  for (const VersionEdit::Added& added : edit.added_files) {
    if (!tables_.emplace(added.file->number, added).second) {
      return DataLoss(path, 0, "table ", added.file->number,
                      " is added but is there");
    }
  }
  for (const auto& values : edit.added_values) {
    if (!values_.emplace(values->number, values).second) {
      return DataLoss(path, 0, "value file ", values->number,
                      " is added but is there");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Version>> VersionBuilder::Build(
    std::string_view path) const {
  VersionEdit all;
  all.added_files.reserve(tables_.size());
  for (const auto& [number, added] : tables_) all.added_files.push_back(added);
  // Version::Apply leaves out those that no table refers to.
  for (const auto& [number, values] : values_)
    all.added_values.push_back(values);
  return Version().Apply(all, path);
}

}  // namespace lsmkv::engine
