// ktel-child: where plugins are looked at without trusting them. Started by ktel, never by hand.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "plugin/scan.hpp"

namespace {

constexpr int answer_fd = 3;

// Nothing here needs a file, a core dump or more rights than it was started with.
void confine() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit nothing{0, 0};
  ::setrlimit(RLIMIT_CORE, &nothing);
  ::setrlimit(RLIMIT_FSIZE, &nothing);
  if (::chdir("/") != 0) fmt::print(stderr, "ktel-child: cannot go to /\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || std::string_view(argv[1]) != "scan") {
    fmt::print(stderr, "ktel-child {} is started by ktel, with: scan FILE VERSION\n", KTEL_VERSION);
    return 2;
  }
  try {
    confine();
    ktel::plugin::scan_for_parent(argv[2], argv[3], KTEL_VERSION, answer_fd);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ktel-child: {}\n", error.what());
    std::fflush(stderr);
    ::_exit(1);
  }
  // What the plugin registered to run at exit has no business here.
  ::_exit(0);
}
