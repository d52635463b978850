// What a plugin or a stranger's server wrote, made fit for one line: of a log, a receipt, the
// ledger.
//
// Pure. Secrets are scrubbed before: half of one, where a line was cut, would not be found.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ktel {

// Valid UTF-8 of at most `most` bytes, cut between characters. Blanks stand for what moves a cursor
// or turns the direction of writing (C0, C1, line ends, bidirectional controls), U+FFFD for each
// byte that is no UTF-8.
std::string one_line(std::string_view text, std::size_t most);

// How many bytes the character at the front of `text` takes; 0: it is no UTF-8, or there is none.
std::size_t utf8_length(std::string_view text) noexcept;

}  // namespace ktel
