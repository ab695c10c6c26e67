#include "tests/engine/model/operation.h"

#include <cstdio>

namespace lsmkv::model {
namespace {

const char* Name(OpKind kind) {
  static constexpr const char* kNames[] = {
      "Write",         "WriteAsync",   "Get",          "Pin",
      "ReadPinned",    "Walk",         "OpenIterator", "MoveIterator",
      "CloseIterator", "TakeSnapshot", "DropSnapshot", "Flush",
      "Compact",       "SyncWal",      "Reopen"};
  return kNames[static_cast<size_t>(kind)];
}

const char* Name(Start start) {
  static constexpr const char* kNames[] = {"here", "first", "last", "seek",
                                           "seek_for_prev"};
  return kNames[static_cast<size_t>(start)];
}

const char* Name(Change::Kind kind) {
  static constexpr const char* kNames[] = {"Put", "Delete", "DeleteRange"};
  return kNames[kind];
}

}  // namespace

std::string Quote(std::string_view bytes) {
  constexpr size_t kShown = 48;
  std::string out = "\"";
  for (const char c : bytes.substr(0, kShown)) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
      out += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\%03o",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escaped;
    }
  }
  out += '"';
  if (bytes.size() > kShown) {
    out += "...(" + std::to_string(bytes.size()) + " bytes)";
  }
  return out;
}

std::string Describe(const Operation& operation) {
  std::string out = Name(operation.kind);
  out += " slot=" + std::to_string(operation.slot);
  if (operation.snapshot >= 0) {
    out += " snapshot=" + std::to_string(operation.snapshot);
  }
  for (const Change& change : operation.changes) {
    out += std::string(" ") + Name(change.kind) + "(" + Quote(change.key);
    if (change.kind != Change::kDelete) out += ", " + Quote(change.value);
    out += ")";
  }
  if (!operation.key.empty()) out += " key=" + Quote(operation.key);
  if (!operation.lower.empty()) out += " lower=" + Quote(operation.lower);
  if (!operation.upper.empty()) out += " upper=" + Quote(operation.upper);
  if (operation.start != Start::kHere || !operation.moves.empty()) {
    out +=
        std::string(" from ") + Name(operation.start) + " " + operation.moves;
  }
  return out;
}

}  // namespace lsmkv::model
