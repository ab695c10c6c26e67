// lsmkv_damage_bench: the same damage to the files of LevelDB, RocksDB and
// lsmkv, and what a reader is told after it. tests/bench/README.md says what is
// fair.

#include <string.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tests/bench/damage/damages.h"
#include "tests/bench/damage/report.h"
#include "tests/bench/damage/subject.h"
#include "tests/bench/damage/trial.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::damage {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kTimeoutSeconds = 20;

struct Arguments {
  uint64_t places_per_file = 400;
  std::string json;
};

constexpr std::string_view kHelp =
    "lsmkv_damage_bench [--places N] [--json FILE]\n"
    "\n"
    "  --places N   flips and cuts at N places of each file (default 400)\n"
    "  --json FILE  the counts by kind of damage, and every bad trial\n"
    "\n"
    "Works in $TMPDIR, or /tmp: a memory file system makes it faster.\n";

std::optional<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view value = argv[i + 1];
    if (name == "--json") {
      arguments.json = value;
      continue;
    }
    const char* const end = value.data() + value.size();
    uint64_t* const places = &arguments.places_per_file;
    const auto [stop, error] = std::from_chars(value.data(), end, *places);
    if (name != "--places" || error != std::errc() || stop != end ||
        *places == 0) {
      return std::nullopt;
    }
  }
  if (argc % 2 == 0) return std::nullopt;
  return arguments;
}

std::string Describe(const Damage& damage, Outcome outcome, int signal) {
  std::string text = Name(outcome);
  if (signal != 0) text += " by " + std::string(::strsignal(signal));
  return text + ": " + Name(damage.kind) + ", " + damage.file + " " +
         (damage.other.empty() ? std::to_string(damage.offset) : damage.other);
}

// Every damage to one store of one subject.
absl::StatusOr<Line> Run(const Subject& subject, bool closed,
                         uint64_t places_per_file) {
  const TempDir folder;
  const std::string sound = folder.File("sound");
  const std::string hurt = folder.File("hurt");
  fs::create_directory(sound);
  absl::Status made = MakeStore(subject, sound, closed);
  if (!made.ok()) return made;
  auto damages = ListDamages(sound, places_per_file);
  if (!damages.ok()) return damages.status();

  const auto copy = [&] {
    fs::remove_all(hurt);
    fs::copy(sound, hurt, fs::copy_options::recursive);
  };
  copy();
  if (Try(subject, hurt, kTimeoutSeconds) != Outcome::kRight) {
    return absl::InternalError(subject.engine + " misreads a sound store");
  }
  Line line{subject.engine, subject.version, subject.options, closed, {}, {}};
  for (const Damage& damage : *damages) {
    copy();
    const absl::Status applied = Apply(damage, hurt);
    if (!applied.ok()) return applied;
    int signal = 0;
    const Outcome outcome = Try(subject, hurt, kTimeoutSeconds, &signal);
    ++line.counts
          .of[static_cast<size_t>(damage.kind)][static_cast<size_t>(outcome)];
    if (outcome > Outcome::kRefused) {
      line.bad.push_back(Describe(damage, outcome, signal));
    }
  }
  return line;
}

int Main(int argc, char** argv) {
  const std::optional<Arguments> arguments = Parse(argc, argv);
  if (!arguments) {
    std::fputs(kHelp.data(), argc == 2 ? stdout : stderr);
    return 2;
  }
  std::vector<Line> lines;
  for (const Subject& subject : AllSubjects()) {
    for (const bool closed : {true, false}) {
      const auto line = Run(subject, closed, arguments->places_per_file);
      if (!line.ok()) {
        std::fprintf(stderr, "%s\n", line.status().ToString().c_str());
        return 1;
      }
      lines.push_back(*line);
      std::fprintf(stderr, "%s, %s options: done\n", subject.engine.c_str(),
                   subject.options.c_str());
    }
  }
  std::fputs(MakeTable(lines).c_str(), stdout);
  if (arguments->json.empty()) return 0;
  std::ofstream json(arguments->json);
  json << MakeJson(lines, arguments->places_per_file);
  json.close();
  return json ? 0 : 1;
}

}  // namespace
}  // namespace lsmkv::damage

int main(int argc, char** argv) { return lsmkv::damage::Main(argc, argv); }
