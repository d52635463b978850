// What an operator asks of a ledger as a whole: how things stand with each destination.
//
// Queries over the ledger's connection; they throw SqliteError. Used by ledger.cpp alone.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "delivery/ledger.hpp"
#include "delivery/sqlite.hpp"

namespace ktel::delivery {

std::vector<DestinationState> destination_states(Connection& db);

// Dead rows go back to the queue, as if they had not been tried: of the report with this id, or
// all; of this destination, or all. Gives how many.
std::size_t put_back_dead(Connection& db, const std::string& id, const std::string& destination);

LedgerSize size_of(Connection& db);

}  // namespace ktel::delivery
