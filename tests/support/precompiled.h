// What most tests include: parsed once for all of them. A test still includes
// what it uses.

#ifndef LSMKV_TESTS_SUPPORT_PRECOMPILED_H_
#define LSMKV_TESTS_SUPPORT_PRECOMPILED_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#endif  // LSMKV_TESTS_SUPPORT_PRECOMPILED_H_
