// `check_kept`: is what a ledger keeps of a report what was written, and what was declared? Pure.
//
// The hash says that no byte has changed; the declarations that lie beside the body say which
// fields it may hold, and of which type.
#pragma once

#include <optional>
#include <string>

#include "delivery/ledger.hpp"

namespace ktel::delivery {

// What is wrong with it, as the end of a sentence: "its body ...". Nothing: all is well, or the
// body has been erased. Whoever can write the file can make both fit.
std::optional<std::string> check_kept(const Row& row);

}  // namespace ktel::delivery
