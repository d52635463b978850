// The ledger's file: made, opened, checked, set aside when it is damaged; and the sentence for
// every way in which SQLite can fail on it.
//
// Used by ledger.cpp alone.
#pragma once

#include <ktel/result.hpp>

#include <filesystem>
#include <string>

#include "delivery/ledger.hpp"
#include "delivery/sqlite.hpp"

namespace ktel::delivery {

struct OpenedLedger {
  Connection db;
  std::string warning;  // empty, or what was set aside
};

// Ready for use, of this version's format. A file that is damaged, or that cannot be one, is
// renamed and a new one begun; never deleted.
Result<OpenedLedger> open_ledger_file(const Ledger::Options& options);

Connection open_ledger_in_memory();  // throws SqliteError

Error ledger_error(const SqliteError& error, const Ledger::Options& options, Errc code);

}  // namespace ktel::delivery
