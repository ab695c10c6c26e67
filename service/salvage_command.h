// lsmkvd --salvage: says what can be saved of a damaged store, and saves it.

#ifndef LSMKV_SERVICE_SALVAGE_COMMAND_H_
#define LSMKV_SERVICE_SALVAGE_COMMAND_H_

#include <ostream>
#include <string>

#include "lsmkv/engine/salvage.h"
#include "service/config/server_config.h"

namespace lsmkv::service {

// Prints the report to `out`, errors to `err`. Returns what to exit with: 0
// nothing is lost, 9 something is, 4 the store is in use, there is none, or the
// target is not empty, 1 any other error.
int RunSalvage(const SalvageCommand& command, const ServerConfig& config,
               std::ostream* out, std::ostream* err);

// The report for people. `target` empty: of a dry run.
std::string SalvageText(const engine::SalvageReport& report,
                        const SalvageCommand& command);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_SALVAGE_COMMAND_H_
