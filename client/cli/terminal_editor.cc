#include "client/cli/terminal_editor.h"

#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>

#include <string_view>
#include <vector>

#include "client/cli/commands.h"

namespace lsmkv::cli {
namespace {

constexpr int kHistoryLinesMax = 1000;

// libedit edits characters; without a UTF-8 locale it refuses most of them.
void UseUtf8() {
  setlocale(LC_CTYPE, "");
  if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") {
    setlocale(LC_CTYPE, "C.UTF-8");
  }
}

const char* Prompt(EditLine*) { return "lsmkv> "; }

// What all of `words` start with.
std::string CommonPrefix(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    size_t same = 0;
    while (same < common.size() && same < word.size() &&
           common[same] == word[same]) {
      ++same;
    }
    common.resize(same);
  }
  return common;
}

// Bound to the tab key.
unsigned char Complete(EditLine* editor, int) {
  const LineInfo* info = el_line(editor);
  const std::string_view line(info->buffer,
                              static_cast<size_t>(info->cursor - info->buffer));
  const std::vector<std::string> words = Completions(line);
  if (words.empty()) return CC_REFRESH_BEEP;
  const size_t typed = line.size() - (line.find_last_of(' ') + 1);
  std::string rest = CommonPrefix(words);
  // The common part may be spelled in another case; it is replaced as a whole.
  if (words.size() > 1 && rest.size() <= typed) {
    FILE* out = nullptr;
    el_get(editor, EL_GETFP, 1, &out);
    fputc('\n', out);
    for (const std::string& word : words) fprintf(out, "%s  ", word.c_str());
    fputc('\n', out);
    return CC_REDISPLAY;
  }
  if (words.size() == 1) rest.push_back(' ');
  el_deletestr(editor, static_cast<int>(typed));
  if (el_insertstr(editor, rest.c_str()) != 0) return CC_REFRESH_BEEP;
  return CC_REFRESH;
}

class TerminalEditor : public LineEditor {
 public:
  TerminalEditor(const std::string& history_path, bool out_is_terminal)
      : history_path_(history_path), history_(history_init()) {
    UseUtf8();
    editor_ =
        el_init("lsmkv", stdin, out_is_terminal ? stdout : stderr, stderr);
    el_set(editor_, EL_PROMPT, &Prompt);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_SIGNAL, 1);
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_ADDFN, "complete", "Complete a command", &Complete);
    el_set(editor_, EL_BIND, "^I", "complete", nullptr);
    el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    HistEvent event;
    history(history_, &event, H_SETSIZE, kHistoryLinesMax);
    history(history_, &event, H_SETUNIQUE, 1);
    if (!history_path_.empty()) {
      history(history_, &event, H_LOAD, history_path_.c_str());
    }
  }
  ~TerminalEditor() override {
    el_end(editor_);
    history_end(history_);
  }
  TerminalEditor(const TerminalEditor&) = delete;
  TerminalEditor& operator=(const TerminalEditor&) = delete;

  std::optional<std::string> Read() override {
    int size = 0;
    const char* text = el_gets(editor_, &size);
    if (text == nullptr || size <= 0) return std::nullopt;
    std::string line(text, static_cast<size_t>(size));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
      line.pop_back();
    }
    if (line.find_first_not_of(" \t") != std::string::npos) Remember(line);
    return line;
  }

 private:
  void Remember(const std::string& line) {
    HistEvent event;
    history(history_, &event, H_ENTER, line.c_str());
    if (!history_path_.empty()) {
      history(history_, &event, H_SAVE, history_path_.c_str());
    }
  }

  const std::string history_path_;
  History* const history_;
  EditLine* editor_ = nullptr;
};

}  // namespace

std::unique_ptr<LineEditor> MakeTerminalEditor(const std::string& history_path,
                                               bool out_is_terminal) {
  return std::make_unique<TerminalEditor>(history_path, out_is_terminal);
}

}  // namespace lsmkv::cli
