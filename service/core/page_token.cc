#include "service/core/page_token.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "service/core/bytes.h"
#include "service/core/error.h"

namespace lsmkv::service {
namespace {

// magic | instance | request hash | snapshot id | remaining | last key | mac
constexpr std::string_view kMagic = "LKT1";
constexpr size_t kInstanceBytes = 8;
constexpr size_t kMacBytes = 16;
constexpr size_t kHeadBytes = 4 + kInstanceBytes;
constexpr size_t kFixedBytes = kHeadBytes + kMacBytes + 8 + 8 + kMacBytes;

void AppendU64(uint64_t value, std::string* out) {
  for (int shift = 0; shift < 64; shift += 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

uint64_t TakeU64(std::string_view* in) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>((*in)[i])) << (8 * i);
  }
  in->remove_prefix(8);
  return value;
}

void AppendBytes(std::string_view bytes, std::string* out) {
  AppendU64(bytes.size(), out);
  out->append(bytes);
}

template <typename Mac>
bool SameMac(const Mac& mac, std::string_view bytes) {
  return bytes.size() == mac.size() &&
         CRYPTO_memcmp(mac.data(), bytes.data(), mac.size()) == 0;
}

template <typename Mac>
void AppendMac(const Mac& mac, std::string* out) {
  out->append(reinterpret_cast<const char*>(mac.data()), mac.size());
}

absl::Status InvalidToken(std::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN",
                   message);
}

// Without randomness no token could be trusted, so there is no going on.
void FillRandom(unsigned char* out, size_t size) {
  if (RAND_bytes(out, static_cast<int>(size)) != 1) std::abort();
}

}  // namespace

absl::Status SnapshotExpired() {
  return MakeError(absl::StatusCode::kOutOfRange, "SNAPSHOT_EXPIRED",
                   "the snapshot of this page token is gone; start the scan "
                   "again");
}

PageTokens::PageTokens() {
  FillRandom(key_.data(), key_.size());
  std::array<unsigned char, kInstanceBytes> instance;
  FillRandom(instance.data(), instance.size());
  AppendMac(instance, &instance_);
}

PageTokens::Mac PageTokens::Sign(std::string_view bytes) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> full{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
       full.data(), &size);
  if (size < kMacBytes) std::abort();  // out of memory
  Mac mac;
  std::copy_n(full.begin(), mac.size(), mac.begin());
  return mac;
}

PageTokens::Mac PageTokens::RequestHash(const ScanRequest& request) const {
  std::string bytes = "request";
  AppendBytes(request.range.start, &bytes);
  AppendBytes(request.range.end, &bytes);
  AppendBytes(request.range.prefix, &bytes);
  AppendBytes(request.key_contains, &bytes);
  AppendU64(request.limit, &bytes);
  bytes.push_back(request.reverse ? 1 : 0);
  bytes.push_back(request.keys_only ? 1 : 0);
  return Sign(bytes);
}

std::string PageTokens::Make(const ScanRequest& request,
                             const ScanPosition& position) const {
  std::string bytes(kMagic);
  bytes.append(instance_);
  AppendMac(RequestHash(request), &bytes);
  AppendU64(position.snapshot_id, &bytes);
  AppendU64(position.remaining, &bytes);
  bytes.append(position.last_key);
  AppendMac(Sign(bytes), &bytes);
  std::string token;
  absl::WebSafeBase64Escape(bytes, &token);
  return token;
}

absl::StatusOr<ScanPosition> PageTokens::Read(
    const ScanRequest& request) const {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(request.page_token, &bytes) ||
      bytes.size() < kFixedBytes ||
      std::string_view(bytes).substr(0, kMagic.size()) != kMagic) {
    return InvalidToken("the page token is not one of this server");
  }
  const std::string_view all = bytes;
  if (all.substr(kMagic.size(), kInstanceBytes) != instance_) {
    return SnapshotExpired();
  }
  const size_t signed_bytes = all.size() - kMacBytes;
  if (!SameMac(Sign(all.substr(0, signed_bytes)), all.substr(signed_bytes))) {
    return InvalidToken("the page token is not one of this server");
  }
  if (!SameMac(RequestHash(request), all.substr(kHeadBytes, kMacBytes))) {
    return InvalidToken("the page token belongs to another query");
  }
  std::string_view rest = all.substr(0, signed_bytes);
  rest.remove_prefix(kHeadBytes + kMacBytes);
  ScanPosition position;
  position.snapshot_id = TakeU64(&rest);
  position.remaining = TakeU64(&rest);
  position.last_key = std::string(rest);
  return position;
}

}  // namespace lsmkv::service
