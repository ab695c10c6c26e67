#include "tests/bench/damage/report.h"

#include <numeric>

#include "tests/bench/json_writer.h"

namespace lsmkv::damage {
namespace {

std::string StoreOf(const Line& line) {
  return line.closed ? "closed" : "killed";
}

}  // namespace

uint64_t Counts::Of(Outcome outcome) const {
  uint64_t sum = 0;
  for (const auto& kind : of) sum += kind[static_cast<size_t>(outcome)];
  return sum;
}

uint64_t Counts::all() const {
  uint64_t sum = 0;
  for (const auto& kind : of) {
    sum += std::accumulate(kind.begin(), kind.end(), uint64_t{0});
  }
  return sum;
}

std::string MakeTable(const std::vector<Line>& lines) {
  std::string table = "| engine | options | store | trials |";
  std::string rule = "|---|---|---|--:|";
  for (int i = 0; i < kOutcomes; ++i) {
    table += std::string(" ") + Name(static_cast<Outcome>(i)) + " |";
    rule += "--:|";
  }
  table += "\n" + rule + "\n";
  for (const Line& line : lines) {
    table += "| " + line.engine + " " + line.version + " | " + line.options +
             " | " + StoreOf(line) + " | " + std::to_string(line.counts.all()) +
             " |";
    for (int i = 0; i < kOutcomes; ++i) {
      table +=
          " " + std::to_string(line.counts.Of(static_cast<Outcome>(i))) + " |";
    }
    table += "\n";
  }
  return table;
}

std::string MakeJson(const std::vector<Line>& lines, uint64_t places_per_file) {
  bench::JsonWriter json;
  json.OpenObject();
  json.Integer("places_per_file", places_per_file);
  json.OpenArray("lines");
  for (const Line& line : lines) {
    json.OpenObject();
    json.String("engine", line.engine);
    json.String("version", line.version);
    json.String("options", line.options);
    json.String("store", StoreOf(line));
    for (int kind = 0; kind < kDamageKinds; ++kind) {
      json.OpenObject(Name(static_cast<DamageKind>(kind)));
      for (int i = 0; i < kOutcomes; ++i) {
        json.Integer(
            Name(static_cast<Outcome>(i)),
            line.counts.of[static_cast<size_t>(kind)][static_cast<size_t>(i)]);
      }
      json.CloseObject();
    }
    json.OpenArray("bad");
    for (const std::string& trial : line.bad) json.String({}, trial);
    json.CloseArray();
    json.CloseObject();
  }
  json.CloseArray();
  json.CloseObject();
  return json.Take();
}

}  // namespace lsmkv::damage
