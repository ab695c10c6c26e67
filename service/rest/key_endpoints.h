// The documented endpoints: /keys, /keys/search and /stats_all.
//
// Keys and values are UTF-8 text here. Bytes that are not UTF-8 come back as
// "key_base64" and "value_base64", which requests may use as well. Versions are
// strings, since JSON readers lose digits of large numbers.

#ifndef LSMKV_SERVICE_REST_KEY_ENDPOINTS_H_
#define LSMKV_SERVICE_REST_KEY_ENDPOINTS_H_

#include "service/core/kv_core.h"
#include "service/rest/routes.h"

namespace lsmkv::service {

// `core` must outlive the table.
//
//   GET    /keys/{key}
//   POST   /keys                {"key":"…","value":"…","durability":"sync"}
//   DELETE /keys/{key}          ?durability=sync|interval|os
//   GET    /keys/search?q=…     &prefix=true, &pageSize=n, &pageToken=…
//   GET    /stats_all
//   GET    /healthz
void AddKeyRoutes(KvCore* core, RouteTable* table);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_KEY_ENDPOINTS_H_
