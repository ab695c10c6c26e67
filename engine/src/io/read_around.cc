#include "engine/src/io/read_around.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace lsmkv::engine {
namespace {

constexpr uint64_t kBits = 64;
// So many windows behind the one that a reader waits for are asked for with it.
constexpr uint64_t kWindowsAhead = 3;

class ReadAroundFile final : public RandomAccessFile {
 public:
  ReadAroundFile(std::unique_ptr<RandomAccessFile> file, uint64_t file_bytes,
                 ReadAroundBudget* budget)
      : file_(std::move(file)),
        file_bytes_(file_bytes),
        budget_(budget),
        done_(file_bytes / budget->window_bytes() / kBits + 1) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    const uint64_t window_bytes = budget_->window_bytes();
    // Who asks for as much by himself knows what he will need.
    if (n == 0 || n >= window_bytes || offset >= file_bytes_) {
      return file_->Read(offset, n, scratch);
    }
    const uint64_t window = offset / window_bytes;
    // To ask whether it is there costs 80 ns.
    if (Done(window) && budget_->full()) return file_->Read(offset, n, scratch);
    const std::optional<std::string_view> resident =
        file_->ReadIfResident(offset, n, scratch);
    if (resident.has_value()) {
      if (Done(window)) budget_->GiveBack();
      return *resident;
    }
    const uint64_t last = (file_bytes_ - 1) / window_bytes;
    for (uint64_t i = window; i <= std::min(window + kWindowsAhead, last);
         ++i) {
      FetchOnce(i);
    }
    return file_->Read(offset, n, scratch);
  }

  absl::StatusOr<uint64_t> Size() const override { return file_->Size(); }
  void ReadAhead(uint64_t offset, size_t n) const override {
    file_->ReadAhead(offset, n);
  }
  std::optional<std::string_view> ReadIfResident(uint64_t offset, size_t n,
                                                 char* scratch) const override {
    return file_->ReadIfResident(offset, n, scratch);
  }

 private:
  static uint64_t Bit(uint64_t window) {
    return uint64_t{1} << (window % kBits);
  }
  bool Done(uint64_t window) const {
    return (done_[window / kBits].load(std::memory_order_relaxed) &
            Bit(window)) != 0;
  }
  // Two threads may both do it, at the price of a call.
  void FetchOnce(uint64_t window) const {
    if (Done(window) || !budget_->Take()) return;
    done_[window / kBits].fetch_or(Bit(window), std::memory_order_relaxed);
    file_->ReadAhead(window * budget_->window_bytes(), budget_->window_bytes());
  }

  const std::unique_ptr<RandomAccessFile> file_;
  const uint64_t file_bytes_;
  ReadAroundBudget* const budget_;
  // A bit for every window that was fetched. Relaxed: hints.
  mutable std::vector<std::atomic<uint64_t>> done_;
};

}  // namespace

std::unique_ptr<RandomAccessFile> ReadAround(
    std::unique_ptr<RandomAccessFile> file, uint64_t file_bytes,
    ReadAroundBudget* budget) {
  if (budget->window_bytes() == 0) return file;
  return std::make_unique<ReadAroundFile>(std::move(file), file_bytes, budget);
}

}  // namespace lsmkv::engine
