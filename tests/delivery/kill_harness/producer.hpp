// What kill_producer and the harness agree on.
#pragma once

#include <cstddef>

namespace ktel::test::harness {

// Bytes of text in a report that is to be rejected, and a size between it and any other body, or
// request, compressed or not.
inline constexpr std::size_t poison_size = 20'000;
inline constexpr std::size_t poison_limit = 5'000;

}  // namespace ktel::test::harness
