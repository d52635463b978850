// The ledger's file: made, opened, checked, set aside when it is damaged; and the sentence for
// every way in which SQLite can fail on it.
//
// Used by ledger.cpp alone.
#pragma once

#include <ktel/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

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

// The same for damage met while the file was in use, which opening it again might not meet.
Result<OpenedLedger> replace_ledger_file(const Ledger::Options& options, const Connection& damaged,
                                         const std::string& why);

Connection open_ledger_in_memory();  // throws SqliteError

// Only a newer ktel writes this format, or this state where one is given.
Error newer_ledger(const Ledger::Options& options, std::int64_t version,
                   std::string_view state = {});

Error ledger_error(const SqliteError& error, const Ledger::Options& options, Errc code);

}  // namespace ktel::delivery
