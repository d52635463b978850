// What a ledger gives up, and the account of it: finished reports make room, reports that waited
// too long expire, and where the operator chose so the oldest that wait make room for new ones.
//
// Whatever is given up unsent is counted, by destination, until a report has told the destination.
// Queries over the ledger's connection, within the caller's transaction; they throw SqliteError.
// Used by ledger.cpp alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "delivery/ledger.hpp"
#include "delivery/sqlite.hpp"

namespace ktel::delivery {

// Queued for longer than options.max_age at `now_us`: expired.
void expire(Connection& db, const Ledger::Options& options, std::int64_t now_us);

// Of what was rejected, the newest that fit into a tenth of options.max_bytes stay; at least one.
void bound_dead(Connection& db, const Ledger::Options& options, std::int64_t now_us);

// For so many bytes. False: what is left waits to be sent, or was rejected, and is not given up.
bool make_room(Connection& db, const Ledger::Options& options, std::size_t bytes,
               std::int64_t now_us);

// What this destination has not been told of yet, and that it has been. None while a report that
// tells it of others waits: an outage has one, which is never given up.
std::vector<Loss> losses(Connection& db, const std::string& destination);
void forget_losses(Connection& db, const std::string& destination);

// This delivery was given up while another process sent it, and has arrived: no loss after all,
// unless that has been told already. Before its state changes.
void found_again(Connection& db, std::int64_t seq);

}  // namespace ktel::delivery
