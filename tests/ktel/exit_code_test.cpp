// The promise to whoever scripts the command.
#include "exit_code.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace ktel;

TEST_SUITE_BEGIN("ktel/exit_code");

TEST_CASE("each code of an error has the exit code that is documented") {
  for (const auto& [code, exit] : std::vector<std::pair<Errc, int>>{{Errc::internal, 1},
                                                                    {Errc::bad_input, 2},
                                                                    {Errc::not_found, 2},
                                                                    {Errc::no_result, 3},
                                                                    {Errc::forbidden, 4},
                                                                    {Errc::unreachable, 5},
                                                                    {Errc::undelivered, 5},
                                                                    {Errc::timed_out, 5},
                                                                    {Errc::not_allowed, 6},
                                                                    {Errc::check_failed, 7},
                                                                    {Errc::stopped, 130}}) {
    CAPTURE(exit);
    CHECK(cli::exit_code({code, "why"}) == exit);
  }
}

TEST_SUITE_END();
