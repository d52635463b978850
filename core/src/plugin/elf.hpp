// What an ELF file says of itself, read without loading it: no code of it runs.
//
// Trusts nothing in the file: offsets and sizes are checked against its size. No thread rules.
#pragma once

#include <string>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::plugin {

struct ElfFacts {
  std::vector<unsigned> entries;    // N of each exported ktel_plugin_vN, ascending
  std::vector<std::string> needed;  // the libraries it asks for
};

// bad_input: it is no shared library for this machine.
Result<ElfFacts> read_elf(int fd);

// bad_input, with the next step, unless the file has the entry of this host's ABI major.
Result<void> check_entry(const ElfFacts& facts);

}  // namespace ktel::plugin
