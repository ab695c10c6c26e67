// What the command line client reads: lines of the prompt, options, records to
// import, and the encodings of bytes.

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/args.h"
#include "client/cli/encoding.h"
#include "client/cli/escape.h"
#include "client/cli/json.h"
#include "client/cli/line_reader.h"
#include "client/cli/records.h"
#include "client/cli/tokenizer.h"
#include "client/cli/utf8.h"
#include "tests/fuzz/fuzz_input.h"

namespace lsmkv::fuzz {
namespace {

using cli::Encoding;
using cli::RecordFormat;

void CheckLine(std::string_view line) {
  const auto words = cli::Tokenize(line);
  if (!words.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(words.status()));
    return;
  }
  const std::vector<cli::OptionSpec> options = {
      {"limit", 'n', "N", ""}, {"json", 'j', "", ""}, {"prefix", 0, "P", ""}};
  size_t at = 0;
  const auto args = cli::ParseArgs(*words, options, cli::ParseUntil::kEnd, &at);
  FUZZ_CHECK(at <= words->size());
  if (!args.ok()) {
    FUZZ_CHECK(cli::IsValidUtf8(std::string(args.status().message())));
    return;
  }
  FUZZ_CHECK(at == words->size());
  FUZZ_CHECK(args->positionals.size() <= words->size());
  if (const auto count = args->GetCount("limit", 7); count.ok()) {
    FUZZ_CHECK(*count >= 1);
  }
}

// Every byte quoted as \xNN is the word again.
void CheckQuoting(std::string_view bytes) {
  std::string line = "\"";
  for (const char c : bytes) {
    line += "\\x";
    cli::AppendHexByte(static_cast<unsigned char>(c), &line);
  }
  const auto words = cli::Tokenize(line + "\"");
  FUZZ_CHECK(words.ok() && words->size() == 1);
  FUZZ_CHECK(words->front().literal && words->front().text == bytes);
}

void CheckEncodings(std::string_view bytes) {
  for (const Encoding encoding : {Encoding::kRaw, Encoding::kHex,
                                  Encoding::kBase64, Encoding::kEscaped}) {
    const std::string text = cli::Encode(encoding, bytes);
    FUZZ_CHECK(cli::Decode(encoding, text).value() == bytes);
    const auto decoded = cli::Decode(encoding, bytes);
    if (!decoded.ok()) {
      FUZZ_CHECK(absl::IsInvalidArgument(decoded.status()));
    } else if (encoding == Encoding::kEscaped) {
      FUZZ_CHECK(decoded->size() <= bytes.size());
    }
  }
  const std::string escaped = cli::Escape(bytes);
  FUZZ_CHECK(cli::IsValidUtf8(escaped));
  for (const char c : escaped) FUZZ_CHECK(static_cast<uint8_t>(c) >= 0x20);
}

void CheckRecord(std::string_view line) {
  for (const RecordFormat format :
       {RecordFormat::kNdjson, RecordFormat::kTsv}) {
    const auto record = cli::ParseRecordLine(format, line);
    if (!record.ok()) {
      FUZZ_CHECK(absl::IsInvalidArgument(record.status()));
      const std::string message(record.status().message());
      for (const char c : message) FUZZ_CHECK(static_cast<uint8_t>(c) >= 0x20);
      continue;
    }
    FUZZ_CHECK(!record->key.empty());
    for (const RecordFormat written :
         {RecordFormat::kNdjson, RecordFormat::kTsv}) {
      std::string out;
      cli::AppendRecordLine(written, record->key, record->value, 7, &out);
      FUZZ_CHECK(out.find('\n') == out.size() - 1);
      out.pop_back();
      const auto again = cli::ParseRecordLine(written, out);
      FUZZ_CHECK(again.ok());
      FUZZ_CHECK(again->key == record->key);
      FUZZ_CHECK(again->value == record->value);
    }
  }
}

void CheckLines(std::string_view bytes) {
  std::istringstream in{std::string(bytes)};
  cli::LineReader reader(&in, 32);
  std::string_view line;
  size_t at = 0;
  while (true) {
    const auto more = reader.Next(&line);
    if (!more.ok()) {
      FUZZ_CHECK(absl::IsInvalidArgument(more.status()));
      return;
    }
    if (!*more) break;
    FUZZ_CHECK(bytes.substr(at, line.size()) == line);
    FUZZ_CHECK(line.find('\n') == std::string_view::npos);
    at += line.size() + 1;
  }
  FUZZ_CHECK(at >= bytes.size() && at <= bytes.size() + 1);
  FUZZ_CHECK(reader.bytes_read() == bytes.size());
}

void Run(FuzzInput* in) {
  const size_t what = in->Below(4);
  const std::string_view bytes = in->Rest();
  if (what == 0) {
    CheckLine(bytes);
    CheckQuoting(bytes);
  } else if (what == 1) {
    CheckEncodings(bytes);
  } else if (what == 2) {
    CheckRecord(bytes);
    if (const auto members = cli::ParseFlatJson(bytes); members.ok()) {
      for (const auto& member : *members) {
        FUZZ_CHECK(cli::IsValidUtf8(member.name));
        FUZZ_CHECK(cli::IsValidUtf8(member.text));
      }
    }
  } else {
    CheckLines(bytes);
  }
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  lsmkv::fuzz::Run(&in);
  return 0;
}
