// ToAbsl: std::string_view is not absl::string_view everywhere absl is
// packaged, and neither turns into the other by itself.

#ifndef LSMKV_SERVICE_CORE_BYTES_H_
#define LSMKV_SERVICE_CORE_BYTES_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace lsmkv::service {

inline absl::string_view ToAbsl(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_BYTES_H_
