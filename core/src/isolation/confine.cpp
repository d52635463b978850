// no_new_privs, limits, one seccomp filter, Landlock.
#include "isolation/confine.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include "base/descriptor.hpp"

namespace ktel::isolation {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "ktel-child knows the system calls of x86-64 and of 64-bit ARM"
#endif

std::string why(int number) { return std::generic_category().message(number); }

sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
// Skips `yes` instructions if the loaded word is `value`, else `no`.
sock_filter if_equal(std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

constexpr std::size_t call_number = offsetof(seccomp_data, nr);
// The lower half of an argument, where all that is compared here lies.
constexpr std::size_t argument(unsigned n) {
  return offsetof(seccomp_data, args) + n * sizeof(std::uint64_t);
}
constexpr std::uint32_t denied = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t unknown = SECCOMP_RET_ERRNO | ENOSYS;

// The first number behind those this list was made from; both architectures number alike there.
constexpr std::uint32_t first_unknown_call = 451;

class Filter {
 public:
  Filter() {
    add({load(offsetof(seccomp_data, arch)), if_equal(architecture, 1, 0),
         answer(SECCOMP_RET_KILL_PROCESS), load(call_number)});
#if defined(__x86_64__)
    // The 32-bit-pointer calls of x86-64 have numbers of their own.
    add({BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1), answer(SECCOMP_RET_KILL_PROCESS)});
#endif
    // What a newer kernel adds may be a new way to what is denied here; libraries do without it.
    add({BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first_unknown_call, 0, 1), answer(unknown)});
  }

  void deny(std::uint32_t call, std::uint32_t action = denied) {
    add({if_equal(call, 0, 1), answer(action)});
  }

  // Denied unless argument `n` is `value`.
  void only_for(std::uint32_t call, unsigned n, std::uint32_t value) {
    add({if_equal(call, 0, 4), load(argument(n)), if_equal(value, 1, 0), answer(denied),
         answer(SECCOMP_RET_ALLOW)});
  }

  // Denied where argument `n` is `value`.
  void not_for(std::uint32_t call, unsigned n, std::uint32_t value) {
    add({if_equal(call, 0, 4), load(argument(n)), if_equal(value, 0, 1), answer(denied),
         load(call_number)});
  }

  // Denied unless argument `n` has `bit`.
  void only_with(std::uint32_t call, unsigned n, std::uint32_t bit) {
    add({if_equal(call, 0, 4), load(argument(n)), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, 1, 0),
         answer(denied), answer(SECCOMP_RET_ALLOW)});
  }

  std::string install() {
    add({answer(SECCOMP_RET_ALLOW)});
    sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return why(errno);
    return {};
  }

 private:
  void add(std::initializer_list<sock_filter> more) { code_.insert(code_.end(), more); }

  std::vector<sock_filter> code_;
};

std::string restrict_calls() {
  Filter filter;
  const auto self = static_cast<std::uint32_t>(::getpid());
  for (const std::uint32_t call :
       {__NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen, __NR_execve,
        __NR_execveat, __NR_process_vm_readv, __NR_process_vm_writev, __NR_ptrace, __NR_pidfd_open,
        __NR_pidfd_getfd, __NR_pidfd_send_signal, __NR_io_uring_setup, __NR_tkill,
        __NR_rt_sigqueueinfo, __NR_rt_tgsigqueueinfo, __NR_bpf, __NR_perf_event_open,
        __NR_userfaultfd, __NR_unshare, __NR_setns, __NR_mount, __NR_setsid, __NR_setpgid,
        // Of files, what Landlock does not know, or not everywhere.
        __NR_truncate, __NR_fchmod, __NR_fchmodat, __NR_fchown, __NR_fchownat, __NR_utimensat,
        __NR_setxattr, __NR_lsetxattr, __NR_fsetxattr, __NR_removexattr, __NR_lremovexattr,
        __NR_fremovexattr, __NR_open_by_handle_at,
        // What another process of the user would feel.
        __NR_setpriority, __NR_ioprio_set, __NR_migrate_pages, __NR_move_pages,
        __NR_process_madvise, __NR_process_mrelease, __NR_kcmp,
        // What would outlive it, and the keys of the user.
        __NR_shmget, __NR_semget, __NR_msgget, __NR_mq_open, __NR_add_key, __NR_request_key,
        __NR_keyctl,
        // Those of System V need no get: their numbers can be guessed, and removed.
        __NR_shmat, __NR_shmctl, __NR_semop, __NR_semtimedop, __NR_semctl, __NR_msgsnd, __NR_msgrcv,
        __NR_msgctl}) {
    filter.deny(static_cast<std::uint32_t>(call));
  }
#if defined(__x86_64__)
  for (const std::uint32_t call : {__NR_fork, __NR_vfork, __NR_chmod, __NR_chown, __NR_lchown,
                                   __NR_utime, __NR_utimes, __NR_futimesat}) {
    filter.deny(call);
  }
#endif
  // glibc then makes its threads with clone, whose flags can be looked at.
  filter.deny(__NR_clone3, unknown);
  // The owner of a descriptor gets a signal when something comes on it: any signal, SIGKILL too.
  filter.not_for(__NR_fcntl, 1, F_SETOWN);
  filter.not_for(__NR_fcntl, 1, F_SETOWN_EX);
  filter.not_for(__NR_fcntl, 1, F_SETSIG);
  filter.not_for(__NR_ioctl, 1, FIOSETOWN);
  filter.not_for(__NR_ioctl, 1, SIOCSPGRP);
  filter.only_with(__NR_clone, 0, CLONE_THREAD);
  filter.only_for(__NR_kill, 0, self);
  filter.only_for(__NR_tgkill, 0, self);
  filter.only_for(__NR_prlimit64, 0, 0);
  filter.only_for(__NR_sched_setaffinity, 0, 0);
  filter.only_for(__NR_sched_setscheduler, 0, 0);
  filter.only_for(__NR_sched_setparam, 0, 0);
  filter.only_for(__NR_sched_setattr, 0, 0);
  return filter.install();
}

// Where ktel runs as root, or with rights of its own.
bool give_up_rights() {
  __user_cap_header_struct of_this_process{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_capset, &of_this_process, none) == 0;
}

bool limit(int which, rlim_t most) {
  const rlimit bound{most, most};
  return ::setrlimit(static_cast<__rlimit_resource_t>(which), &bound) == 0;
}

std::string set_limits() {
  bool all = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 64) &&
             limit(RLIMIT_CPU, 600);
#if !defined(KTEL_SANITIZE)
  all = limit(RLIMIT_AS, rlim_t{4} << 30) && all;  // sanitizers map far more than they use
#endif
  return all ? "" : why(errno);
}

constexpr std::uint64_t reading =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t of_a_file = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;

// What is not there needs no rule.
void allow(int rules, const char* path, std::uint64_t what) {
  const Descriptor at(::open(path, O_PATH | O_CLOEXEC));
  if (at.get() < 0) return;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = what;
  rule.parent_fd = at.get();
  ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

std::string restrict_files(const std::filesystem::path& plugin_directory) {
  // Of the first version of Landlock: newer kernels know more, this set every one of them does.
  constexpr std::uint64_t everything = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = everything;
  const Descriptor rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  if (rules.get() < 0) return why(errno);
  for (const char* libraries : {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"}) {
    allow(rules.get(), libraries, reading);
  }
  allow(rules.get(), "/etc/ld.so.cache", of_a_file);
  allow(rules.get(), plugin_directory.c_str(), reading);
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) return why(errno);
  return {};
}

}  // namespace

std::vector<Held> confine(const std::filesystem::path& plugin_directory) {
  std::vector<Held> held;
  held.push_back({"privileges", give_up_rights() ? "" : why(errno)});
  // Same-user processes cannot look into it, nor it leave a core.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  held.push_back({"resources", set_limits()});
  held.push_back({"files", restrict_files(plugin_directory)});
  held.push_back({"system calls", restrict_calls()});
  return held;
}

}  // namespace ktel::isolation
