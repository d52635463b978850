// Spawn: see the header.
#include "base/spawn.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>

namespace ktel {
namespace {

constexpr int lowest = 10;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

int raise(const int (&ends)[2], Descriptor& first, Descriptor& second) {
  const Descriptor low_first(ends[0]);
  const Descriptor low_second(ends[1]);
  first = Descriptor(::fcntl(ends[0], F_DUPFD_CLOEXEC, lowest));
  second = Descriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, lowest));
  return first.get() < 0 || second.get() < 0 ? EMFILE : 0;
}

}  // namespace

int make_pipe(Pipe& pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
  return raise(ends, pipe.read, pipe.write);
}

int make_stream(Stream& stream) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  return raise(ends, stream.ours, stream.theirs);
}

Spawn::Spawn() {
  ::posix_spawnattr_init(&attributes_);
  ::posix_spawn_file_actions_init(&actions_);
}

Spawn::~Spawn() {
  ::posix_spawn_file_actions_destroy(&actions_);
  ::posix_spawnattr_destroy(&attributes_);
}

// A dup2 to its own number takes close-on-exec off it, which an embedder may have set on 0 to 2.
void Spawn::give(int fd) {
  if (::fcntl(fd, F_GETFD) < 0) return give_null();
  ::posix_spawn_file_actions_adddup2(&actions_, fd, given_++);
}

void Spawn::give_null() {
  ::posix_spawn_file_actions_addopen(&actions_, given_++, "/dev/null", O_RDWR, 0);
}

int Spawn::run(const std::string& file, std::vector<std::string> arguments,
               std::vector<std::string> environment, pid_t& pid) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes_, &none);
  ::posix_spawnattr_setsigdefault(&attributes_, &all);
  int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (session_) flags |= POSIX_SPAWN_SETSID;
  ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  ::posix_spawn_file_actions_addclosefrom_np(&actions_, given_);
  arguments.insert(arguments.begin(), file);
  return ::posix_spawn(&pid, file.c_str(), &actions_, &attributes_, pointers_to(arguments).data(),
                       pointers_to(environment).data());
}

}  // namespace ktel
