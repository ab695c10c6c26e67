#include "tests/bench/generators.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace lsmkv::bench {
namespace {

constexpr double kTheta = 0.99;
// Within a value the second half of every so many bytes repeats the first.
constexpr size_t kRepeatBytes = 128;
constexpr size_t kPoolBytes = 1 << 20;
constexpr size_t kPoolValuesMin = 16;
constexpr size_t kDecimalDigits = 16;  // of the largest number
constexpr std::string_view kHashedPrefix = "user";
// Hashed and skewed keys end in 12 hex digits, or 8 letters, from a bijection
// on just as many bits: no two records have the same.
constexpr uint32_t kScatterHalfBits = 24;
constexpr char kLetters[] =
    "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
constexpr std::array<std::string_view, 16> kWords = {
    "account/", "address/", "comment/", "country/", "invoice/", "message/",
    "payment/", "picture/", "product/", "project/", "receipt/", "session/",
    "setting/", "student/", "teacher/", "vehicle/"};

uint64_t LowBits(uint32_t bits) { return (uint64_t{1} << bits) - 1; }

// A bijection on 2 * half_bits bits, by a Feistel network of four rounds.
uint64_t Feistel(uint64_t x, uint32_t half_bits, uint64_t seed) {
  const uint64_t mask = LowBits(half_bits);
  uint64_t left = x >> half_bits;
  uint64_t right = x & mask;
  for (uint64_t round = 0; round < 4; ++round) {
    const uint64_t next = left ^ (Mix64(right + seed + (round << 56)) & mask);
    left = right;
    right = next;
  }
  return left << half_bits | right;
}

}  // namespace

uint64_t Mix64(uint64_t x) {  // the finaliser of SplitMix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64_t Random::Next() {
  state_ += 0x9e3779b97f4a7c15;
  return Mix64(state_);
}

uint64_t Random::Below(uint64_t n) {
  return static_cast<uint64_t>(Fraction() * static_cast<double>(n));
}

double Random::Fraction() {
  return static_cast<double>(Next() >> 11) * 0x1p-53;
}

Keys::Keys(KeyShape shape, size_t key_bytes)
    : shape_(shape), buffer_(key_bytes, '0') {
  if (shape_ == KeyShape::kHashed) {
    buffer_.replace(0, kHashedPrefix.size(), kHashedPrefix);
  }
}

std::string_view Keys::Encode(uint64_t number) {
  switch (shape_) {
    case KeyShape::kDecimal:
      EncodeDecimal(number);
      break;
    case KeyShape::kHashed:
      EncodeHashed(number);
      break;
    case KeyShape::kBinary:
      EncodeBinary(number);
      break;
    case KeyShape::kSkewed:
      EncodeSkewed(number);
      break;
  }
  return buffer_;
}

void Keys::EncodeDecimal(uint64_t number) {
  for (size_t at = buffer_.size(); at > 0; number /= 10) {
    const char digit = static_cast<char>('0' + number % 10);
    buffer_[--at] = digit;
    // The places in front of a key's first digit may hold another key's.
    if (number == 0 && buffer_.size() - at >= kDecimalDigits) break;
  }
}

void Keys::EncodeHashed(uint64_t number) {
  uint64_t scattered = Feistel(number, kScatterHalfBits, 0);
  for (size_t digit = 0; digit < 2 * kScatterHalfBits / 4; ++digit) {
    buffer_[buffer_.size() - 1 - digit] = "0123456789abcdef"[scattered & 15];
    scattered >>= 4;
  }
}

void Keys::EncodeBinary(uint64_t number) {
  // The first eight bytes are a bijection of the number.
  for (size_t at = 0; at < buffer_.size(); at += sizeof(number)) {
    const uint64_t bytes = Mix64(number + (uint64_t{at} << 56));
    std::memcpy(buffer_.data() + at, &bytes,
                std::min(sizeof(bytes), buffer_.size() - at));
  }
}

void Keys::EncodeSkewed(uint64_t number) {
  const auto rank = static_cast<size_t>(std::countr_zero(Mix64(~number)));
  // The popular words are not the first in order.
  const std::string_view word =
      kWords[(5 + 7 * std::min(rank, kWords.size() - 1)) % kWords.size()];
  word.copy(buffer_.data(), word.size());
  uint64_t scattered = Feistel(number, kScatterHalfBits, 0);
  for (size_t digit = 0; digit < 2 * kScatterHalfBits / 6; ++digit) {
    buffer_[buffer_.size() - 1 - digit] = kLetters[scattered & 63];
    scattered >>= 6;
  }
}

Values::Values(size_t value_bytes, uint64_t seed) : value_bytes_(value_bytes) {
  if (value_bytes_ == 0) return;
  const size_t values = std::max(kPoolBytes / value_bytes_, kPoolValuesMin);
  pool_.resize(values * value_bytes_);
  Random random(seed);
  for (size_t value = 0; value < pool_.size(); value += value_bytes_) {
    for (size_t at = 0; at < value_bytes_; at += kRepeatBytes) {
      const size_t size = std::min(kRepeatBytes, value_bytes_ - at);
      char* const unit = pool_.data() + value + at;
      for (size_t i = 0; i < size; ++i) {
        unit[i] = i < (size + 1) / 2 ? static_cast<char>(random.Next())
                                     : unit[i - (size + 1) / 2];
      }
    }
  }
}

void Values::Make(uint64_t i, uint64_t salt, std::string* value) const {
  if (value_bytes_ == 0) return value->clear();
  const uint64_t values = pool_.size() / value_bytes_;
  const uint64_t pick = Mix64(i + (salt << 48)) % values;
  value->assign(pool_, pick * value_bytes_, value_bytes_);
  std::memcpy(value->data(), &i, std::min(sizeof(i), value_bytes_));
}

bool Values::BelongsTo(uint64_t i, std::string_view value) const {
  return value.size() == value_bytes_ &&
         std::memcmp(value.data(), &i, std::min(sizeof(i), value_bytes_)) == 0;
}

Permutation::Permutation(uint64_t n, uint64_t seed)
    : n_(n), seed_(Mix64(seed)) {
  while (half_bits_ < 32 && n_ - 1 > LowBits(2 * half_bits_)) ++half_bits_;
}

uint64_t Permutation::Scatter(uint64_t x) const {
  return Feistel(x, half_bits_, seed_);
}

uint64_t Permutation::At(uint64_t i) const {
  // The domain is up to four times too large: walk on until back inside.
  do {
    i = Scatter(i);
  } while (i >= n_);
  return i;
}

Zipf::Zipf(uint64_t n) : n_(n) {
  double zeta2 = 0;
  for (uint64_t i = 1; i <= n_; ++i) {
    zeta_ += std::pow(static_cast<double>(i), -kTheta);
    if (i <= 2) zeta2 = zeta_;
  }
  alpha_ = 1 / (1 - kTheta);
  eta_ = n_ <= 2 ? 1
                 : (1 - std::pow(2.0 / static_cast<double>(n_), 1 - kTheta)) /
                       (1 - zeta2 / zeta_);
}

uint64_t Zipf::Rank(double fraction) const {
  const double uz = fraction * zeta_;
  if (uz < 1 || n_ < 2) return 0;
  if (uz < 1 + std::pow(0.5, kTheta)) return 1;
  const double rank =
      static_cast<double>(n_) * std::pow(eta_ * fraction - eta_ + 1, alpha_);
  return std::min(static_cast<uint64_t>(rank), n_ - 1);
}

}  // namespace lsmkv::bench
