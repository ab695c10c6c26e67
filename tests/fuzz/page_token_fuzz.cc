// Page tokens: what this server made for a query it reads back for the same
// query, and it reads nothing else.

#include <string>
#include <utility>

#include "service/core/page_token.h"
#include "tests/fuzz/fuzz_input.h"

namespace lsmkv::fuzz {
namespace {

using service::PageTokens;
using service::ScanPosition;
using service::ScanRequest;

ScanRequest ReadRequest(FuzzInput* in) {
  ScanRequest request;
  request.range.start = std::string(in->Bytes(in->Below(8)));
  request.range.end = std::string(in->Bytes(in->Below(8)));
  request.range.prefix = std::string(in->Bytes(in->Below(8)));
  request.key_contains = std::string(in->Bytes(in->Below(8)));
  request.limit = in->Number();
  request.reverse = in->Bool();
  request.keys_only = in->Bool();
  return request;
}

bool SameQuery(const ScanRequest& a, const ScanRequest& b) {
  return a.range.start == b.range.start && a.range.end == b.range.end &&
         a.range.prefix == b.range.prefix && a.key_contains == b.key_contains &&
         a.limit == b.limit && a.reverse == b.reverse &&
         a.keys_only == b.keys_only;
}

void CheckRefused(const absl::Status& status) {
  FUZZ_CHECK(absl::IsInvalidArgument(status) || absl::IsOutOfRange(status));
}

void Run(FuzzInput* in) {
  static const PageTokens tokens;
  static const PageTokens others;
  const ScanRequest request = ReadRequest(in);
  ScanRequest later = in->Bool() ? ReadRequest(in) : request;
  ScanPosition position;
  position.snapshot_id = in->Number();
  position.remaining = in->Number();
  position.last_key = std::string(in->String());
  std::string token = tokens.Make(request, position);
  for (const char c : token) {
    FUZZ_CHECK(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ||
               c == '_');
  }
  const std::string made = token;
  switch (in->Below(4)) {
    case 0:
      token = std::string(in->Rest());
      break;
    case 1:
      token.resize(static_cast<size_t>(in->Number() % (token.size() + 1)));
      token += in->Rest();
      break;
    case 2:
      while (!in->empty()) {
        char& c = token[static_cast<size_t>(in->Number() % token.size())];
        c = static_cast<char>(in->Byte());
      }
      break;
    default:
      break;
  }
  later.page_token = token;
  const auto read = tokens.Read(later);
  if (token == made) FUZZ_CHECK(read.ok() == SameQuery(request, later));
  if (read.ok()) {
    FUZZ_CHECK(SameQuery(request, later));
    FUZZ_CHECK(read->snapshot_id == position.snapshot_id);
    FUZZ_CHECK(read->remaining == position.remaining);
    FUZZ_CHECK(read->last_key == position.last_key);
  } else {
    CheckRefused(read.status());
  }
  CheckRefused(others.Read(later).status());
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  lsmkv::fuzz::Run(&in);
  return 0;
}
