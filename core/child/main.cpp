// ktel-child: where plugins are looked at and run without trusting them. Started by ktel, never by
// hand.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "isolation/confine.hpp"
#include "plugin/scan.hpp"
#include "workflow/child_runs.hpp"

namespace {

constexpr int stream_fd = 3;

// Nothing here needs a file, a core dump or more rights than it was started with.
void confine() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit nothing{0, 0};
  ::setrlimit(RLIMIT_CORE, &nothing);
  ::setrlimit(RLIMIT_FSIZE, &nothing);
  if (::chdir("/") != 0) fmt::print(stderr, "ktel-child: cannot go to /\n");
}

// What a plugin is kept from here, a line a part, for `ktel status`.
void say_what_holds() {
  for (const ktel::isolation::Held& held : ktel::isolation::confine("/")) {
    fmt::print("{}\t{}\n", held.part, held.missing);
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (!(what == "scan" && argc == 4) && !(what == "run" && argc == 3) &&
      !(what == "confine" && argc == 2)) {
    fmt::print(stderr,
               "ktel-child {} is started by ktel, with: scan FILE VERSION, run VERSION, or "
               "confine\n",
               KTEL_VERSION);
    return 2;
  }
  try {
    if (what == "confine") {
      say_what_holds();
      ::_exit(0);  // as below, and what sanitizers do at an exit is denied, too
    }
    if (what == "run") ::_exit(ktel::workflow::serve_runs(stream_fd, KTEL_VERSION));
    confine();
    ktel::plugin::scan_for_parent(argv[2], argv[3], KTEL_VERSION, stream_fd);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ktel-child: {}\n", error.what());
    std::fflush(stderr);
    ::_exit(1);
  }
  // What the plugin registered to run at exit has no business here.
  ::_exit(0);
}
