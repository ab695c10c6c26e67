// The body of GET /stats_all.

#ifndef LSMKV_SERVICE_REST_STATS_JSON_H_
#define LSMKV_SERVICE_REST_STATS_JSON_H_

#include <string>

#include "lsmkv/engine/stats.h"

namespace lsmkv::service {

// One JSON object of numbers, except background_error. Names ending in _kb are
// in units of 1024 bytes, rounded up; memtable_max_size is in bytes.
std::string StatsJson(const engine::Stats& stats);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_STATS_JSON_H_
