// TempDir: a directory of its own for one test, made under $TMPDIR (else
// /tmp), mode 0700, removed with all it holds when the object goes.
//
// With LSMKV_TEST_KEEP_DIR set the directory stays and its path is printed.

#ifndef LSMKV_TESTS_SUPPORT_TEMP_DIR_H_
#define LSMKV_TESTS_SUPPORT_TEMP_DIR_H_

#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace lsmkv {

class TempDir {
 public:
  TempDir() {
    const char* base = std::getenv("TMPDIR");
    if (base == nullptr || *base == '\0') base = "/tmp";
    path_ = std::string(base) + "/lsmkv_test.XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) {
      std::perror(path_.c_str());
      std::abort();  // no test can say anything without its directory
    }
  }
  ~TempDir() {
    if (std::getenv("LSMKV_TEST_KEEP_DIR") != nullptr) {
      std::fprintf(stderr, "kept: %s\n", path_.c_str());
      return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  // Absolute, without a slash at the end.
  const std::string& path() const { return path_; }

  // The path of `name` in the directory.
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_TEMP_DIR_H_
