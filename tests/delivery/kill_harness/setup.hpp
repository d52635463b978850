// What all scenarios share: how thorough to be, and what this machine lets them do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ktel::test::harness {

using Words = std::vector<std::string>;

struct Setup {
  bool full = false;
  std::uint64_t seed = 0;
  std::string no_disk = {};          // why no small disk can be had; empty: it can
  std::string no_strace = {};        // the same of system calls that fail on purpose
  std::filesystem::path cache = {};  // of ktel's plugin catalog, for all
};

// What became of one scenario: a line for people, and what was wrong.
struct Outcome {
  std::string line = {};
  std::vector<std::string> problems = {};
  std::string skipped = {};  // why it did not run; empty: it did
};

}  // namespace ktel::test::harness
