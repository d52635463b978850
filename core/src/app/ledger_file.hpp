// Opening the ledger for a run or a command, so that a damaged one never goes unnoticed.
#pragma once

#include <ktel/result.hpp>

#include <filesystem>
#include <memory>

#include "base/logger.hpp"
#include "delivery/ledger.hpp"

namespace ktel::app {

// As Ledger::open, with these bounds; a corrupt file that was set aside is said as an error in the
// log.
Result<std::unique_ptr<delivery::Ledger>> open_ledger_file(const std::filesystem::path& file,
                                                           const Logger& log,
                                                           delivery::Ledger::Options bounds = {});

// The same of one that is there. not_found: it is not.
Result<std::unique_ptr<delivery::Ledger>> open_existing_ledger(const std::filesystem::path& file,
                                                               const Logger& log);

// Is there a ledger of this name?
bool ledger_exists(const std::filesystem::path& file);

// The same for what the ledger found out since.
void say_warning(const delivery::Ledger& ledger, const Logger& log);

}  // namespace ktel::app
