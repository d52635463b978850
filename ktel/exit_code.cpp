// Exit codes: README.md lists them; they are a promise to whoever scripts the command.
#include "exit_code.hpp"

namespace ktel::cli {

int exit_code(const Error& error) {
  switch (error.code) {
    case Errc::internal:
      return 1;
    case Errc::bad_input:
    case Errc::not_found:
      return 2;
    case Errc::no_result:
      return 3;
    case Errc::forbidden:
      return 4;
    case Errc::unreachable:
    case Errc::undelivered:
    case Errc::timed_out:
      return 5;
    case Errc::not_allowed:
      return 6;
    case Errc::check_failed:
      return 7;
    case Errc::stopped:
      return 130;
  }
  return 1;
}

}  // namespace ktel::cli
