// The scenarios, each with a site of its own. They throw where they cannot be set up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "delivery/kill_harness/fault.hpp"
#include "delivery/kill_harness/setup.hpp"
#include "delivery/kill_harness/trouble.hpp"

namespace ktel::test::harness {

// One cell of the matrix: a server that does this wrong, programs that this befalls, one producer
// or four, and one courier.
struct Cell {
  Fault fault = Fault::none;
  Trouble trouble = Trouble::none;
  std::size_t producers = 1;
};
Outcome run_cell(const Setup& setup, const Cell& cell, std::uint64_t seed);

// Four producers and a courier, until so many of them were killed.
Outcome run_kills(const Setup& setup, std::size_t kills, std::uint64_t seed);

// Four times the command `ktel workflows run`, again and again, until so many were killed; the
// server comes and goes.
Outcome run_commands(const Setup& setup, std::size_t kills, std::uint64_t seed);

// So many reports wait while the server is away; then it comes back, and one courier sends them.
Outcome run_backlog(const Setup& setup, std::size_t reports, std::uint64_t seed);

}  // namespace ktel::test::harness
