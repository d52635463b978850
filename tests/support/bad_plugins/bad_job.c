/* A plugin whose jobs do wrong while they run, in the way that the parameter `kind` names.
 *
 * acme-bad and acme-late do the same; acme-late has 300 ms for it. What a kind tries and may not
 * have is in its report: what the system answered, by name, 0 where it let it happen. AT_START and
 * AT_LOAD name a kind that start() or a constructor commits. */
#include <ktel/abi/plugin.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { answers, items_count, share_ratio, version_text };
enum { kind_param, port_param, file_param };

static const char* file_of_the_user; /* one that the child's user may write */
static uint16_t port_of_the_test;

/* What came of a call that gives -1 where it fails. */
static void tell(ktel_call* call, const char* what, long result) {
  ktel_value value = {.type = KTEL_V_I64, .i64 = result < 0 ? errno : 0};
  call->host->put_entry(call, answers, ktel_text(what), &value);
}

/* ---- faults ---- */

static void segv(ktel_call* call) {
  (void)call;
  volatile int* volatile nowhere = NULL;
  *nowhere = 1;
}

static int deeper(volatile char* above) {
  volatile char here[4096];
  here[0] = above[0];
  return deeper(here) + here[0];
}
static void overflow_stack(ktel_call* call) {
  (void)call;
  volatile char first = 1;
  deeper(&first);
}

static void abort_it(ktel_call* call) {
  (void)call;
  abort();
}

static void exit_0(ktel_call* call) {
  (void)call;
  exit(0);
}

static void exit_3(ktel_call* call) {
  (void)call;
  exit(3);
}

static void kill_itself(ktel_call* call) {
  (void)call;
  kill(getpid(), SIGKILL);
}

static void end_its_thread(ktel_call* call) {
  (void)call;
  pthread_exit(NULL);
}

/* ---- no end ---- */

static void spin(ktel_call* call) {
  (void)call;
  for (volatile int i = 0;; i = 1) {
  }
}

static void sleep_on(ktel_call* call) {
  (void)call;
  for (;;) pause();
}

static void ignore_signals(ktel_call* call) {
  sigset_t all;
  sigfillset(&all);
  for (int s = 1; s < 32; ++s) signal(s, SIG_IGN);
  sigprocmask(SIG_BLOCK, &all, NULL);
  sleep_on(call);
}

static void stop_itself(ktel_call* call) {
  (void)call;
  kill(getpid(), SIGSTOP);
}

/* ---- what it is not given ---- */

static void run_programs(ktel_call* call) {
  const pid_t forked = fork();
  if (forked == 0) _exit(0);
  tell(call, "fork", forked);
  char name[] = "/bin/true";
  char* const arguments[] = {name, NULL};
  tell(call, "exec", execv(name, arguments));
  tell(call, "vm_clone", syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0));
}

static void reach_network(ktel_call* call) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port_of_the_test)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  tell(call, "socket", fd);
  tell(call, "connect", connect(fd >= 0 ? fd : 3, (struct sockaddr*)&to, sizeof to));
  tell(call, "unix_socket", socket(AF_UNIX, SOCK_STREAM, 0));
}

static void use_files(ktel_call* call) {
  tell(call, "passwd", open("/etc/passwd", O_RDONLY));
  tell(call, "environ", open("/proc/self/environ", O_RDONLY));
  char of_the_parent[64];
  snprintf(of_the_parent, sizeof of_the_parent, "/proc/%d/environ", getppid());
  tell(call, "parent_environ", open(of_the_parent, O_RDONLY));
  tell(call, "read", open(file_of_the_user, O_RDONLY));
  tell(call, "write", open(file_of_the_user, O_WRONLY));
  tell(call, "truncate", truncate(file_of_the_user, 0));
  tell(call, "chmod", chmod(file_of_the_user, 0777));
  tell(call, "chown", chown(file_of_the_user, 1, 1));
  tell(call, "times", utimensat(AT_FDCWD, file_of_the_user, NULL, 0));
  tell(call, "unlink", unlink(file_of_the_user));
  tell(call, "list", open("/", O_RDONLY | O_DIRECTORY));
}

static void reach_parent(ktel_call* call) {
  const pid_t parent = getppid();
  char bytes[16] = "";
  const struct iovec here = {bytes, sizeof bytes};
  tell(call, "parent_memory", process_vm_readv(parent, &here, 1, &here, 1, 0));
  tell(call, "parent_kill", kill(parent, SIGKILL));
  tell(call, "group_kill", kill(0, SIGKILL));
  tell(call, "parent_tgkill", syscall(SYS_tgkill, parent, parent, SIGKILL));
  tell(call, "parent_pidfd", syscall(SYS_pidfd_open, parent, 0));
  /* A signal to whoever owns a descriptor, each time something comes on it. */
  tell(call, "own_descriptor", fcntl(3, F_SETOWN, parent));
  tell(call, "signal_descriptor", fcntl(3, F_SETSIG, SIGKILL));
  tell(call, "parent_priority", setpriority(PRIO_PROCESS, (id_t)parent, 19));
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  tell(call, "parent_processors", sched_setaffinity(parent, sizeof first, &first));
  struct rlimit none = {0, 0};
  tell(call, "parent_limit", prlimit(parent, RLIMIT_NOFILE, &none, NULL));
}

static void raise_limits(ktel_call* call) {
  const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
  tell(call, "processor_time", setrlimit(RLIMIT_CPU, &more));
  tell(call, "file_size", setrlimit(RLIMIT_FSIZE, &more));
  tell(call, "core", setrlimit(RLIMIT_CORE, &more));
  tell(call, "shared_memory", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
  tell(call, "remove_shared_memory", shmctl(-1, IPC_RMID, NULL));
  tell(call, "keys", syscall(SYS_keyctl, 0, -3, 1));
}

/* ---- too much ---- */

static void flood_memory(ktel_call* call) {
  const size_t at_once = (size_t)64 << 20;
  long all = 0;
  for (char* block; all < 1024 && (block = malloc(at_once)) != NULL; ++all) {
    for (size_t i = 0; i < at_once; i += (size_t)1 << 20) ((volatile char*)block)[i] = 1;
  }
  /* 64 MiB each, and 4 GiB are what it has for everything. */
  ktel_put_i64(call, items_count, all >= 32 && all <= 64);
}

static void flood_descriptors(ktel_call* call) {
  long all = 0;
  while (all < 100000 && dup(2) >= 0) ++all;
  ktel_put_i64(call, items_count, all < 64);
}

static void flood(int fd) {
  static char line[4096];
  memset(line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  for (int i = 0; i < 25000; ++i) {
    if (write(fd, line, sizeof line) < 0) return;
  }
}
static void flood_stdout(ktel_call* call) {
  flood(1);
  ktel_put_i64(call, items_count, 1);
}
static void flood_stderr(ktel_call* call) {
  flood(2);
  ktel_put_i64(call, items_count, 1);
}

static void flood_log(ktel_call* call) {
  for (int i = 0; i < 100000; ++i) call->host->log(call, KTEL_LOG_INFO, ktel_text("again"));
  ktel_put_i64(call, items_count, 1);
}

static void put_a_giant(ktel_call* call) {
  static char text[2 << 20];
  memset(text, '1', sizeof text);
  ktel_put_i64(call, items_count, 1);
  ktel_put_text(call, version_text, (ktel_str){text, sizeof text});
}

static void put_ten_million(ktel_call* call) {
  for (int i = 0; i < 10000000; ++i) ktel_put_i64(call, items_count, i);
}

static void add_ten_million(ktel_call* call) {
  for (int i = 0; i < 10000000; ++i) call->host->add(call, items_count, ktel_text(""), 1);
}

/* ---- wrong values ---- */

static void put_bad_text(ktel_call* call) {
  ktel_put_i64(call, items_count, 1);
  call->host->log(call, KTEL_LOG_WARN, ktel_text("caf\xe9 \xc3\x28 \x1b[2J"));
  ktel_put_text(call, version_text, ktel_text("1.0-\xc3\x28"));
}

static void put_out_of_range(ktel_call* call) {
  ktel_put_i64(call, items_count, 1);
  ktel_put_i64(call, UINT32_MAX, 1);
}

static void put_wrong_type(ktel_call* call) {
  ktel_put_text(call, version_text, ktel_text("1.0.0"));
  ktel_put_text(call, items_count, ktel_text("one"));
}

static void put_nan(ktel_call* call) {
  ktel_put_i64(call, items_count, 1);
  const ktel_value value = {.type = KTEL_V_F64, .f64 = NAN};
  call->host->put(call, share_ratio, &value);
}

static void put_no_type(ktel_call* call) {
  ktel_put_i64(call, items_count, 1);
  const ktel_value value = {.type = 4711};
  call->host->put(call, share_ratio, &value);
}

/* ---- after its return ---- */

static void* call_on(void* call) {
  for (;;) ktel_put_i64(call, items_count, 7);
  return NULL;
}
static void call_after_return(ktel_call* call) {
  ktel_put_i64(call, items_count, 1);
  pthread_t thread;
  if (pthread_create(&thread, NULL, call_on, call) != 0) abort();
}

static void* spin_on(void* call) { return spin(call), NULL; }
static void leave_a_thread(ktel_call* call) {
  ktel_put_i64(call, items_count, 1);
  pthread_t thread;
  if (pthread_create(&thread, NULL, spin_on, call) != 0) abort();
}

/* ---- on the stream to the parent ---- */

static void close_all(ktel_call* call) {
  (void)call;
  for (int fd = 0; fd < 64; ++fd) close(fd);
}

static void say(const void* bytes, size_t size) {
  if (write(3, bytes, size) < 0) abort();
}

static void say_no_length(ktel_call* call) { say("\xff\xff\xff\xff\x08\x00", 6), sleep_on(call); }
static void say_no_kind(ktel_call* call) { say("\x02\x00\x00\x00\x63\x00", 6), sleep_on(call); }
static void say_a_beginning(ktel_call* call) {
  say("\x00\x00\x01\x00\x08\x00half", 10), sleep_on(call);
}
static void say_no_result(ktel_call* call) {
  say("\x06\x00\x00\x00\x08\x00\xff\xff\xff\xff", 10), sleep_on(call);
}
static void say_hello_again(ktel_call* call) { say("\x02\x00\x00\x00\x01\x00", 6), sleep_on(call); }
static void say_without_end(ktel_call* call) {
  (void)call;
  static char frame[(1 << 20) + 6] = {2, 0, 16, 0, 8, 1};
  for (;;) say(frame, sizeof frame);
}

/* ---- the plugin ---- */

static const struct {
  const char* name;
  void (*commit)(ktel_call*);
} kinds[] = {{"segv", segv},
             {"overflow-stack", overflow_stack},
             {"abort", abort_it},
             {"exit-0", exit_0},
             {"exit-3", exit_3},
             {"kill-itself", kill_itself},
             {"end-its-thread", end_its_thread},
             {"spin", spin},
             {"sleep", sleep_on},
             {"ignore-signals", ignore_signals},
             {"stop-itself", stop_itself},
             {"run-programs", run_programs},
             {"reach-network", reach_network},
             {"use-files", use_files},
             {"reach-parent", reach_parent},
             {"raise-limits", raise_limits},
             {"flood-memory", flood_memory},
             {"flood-descriptors", flood_descriptors},
             {"flood-stdout", flood_stdout},
             {"flood-stderr", flood_stderr},
             {"flood-log", flood_log},
             {"put-a-giant", put_a_giant},
             {"put-ten-million", put_ten_million},
             {"add-ten-million", add_ten_million},
             {"put-bad-text", put_bad_text},
             {"put-out-of-range", put_out_of_range},
             {"put-wrong-type", put_wrong_type},
             {"put-nan", put_nan},
             {"put-no-type", put_no_type},
             {"call-after-return", call_after_return},
             {"leave-a-thread", leave_a_thread},
             {"close-all", close_all},
             {"say-no-length", say_no_length},
             {"say-no-kind", say_no_kind},
             {"say-a-beginning", say_a_beginning},
             {"say-no-result", say_no_result},
             {"say-hello-again", say_hello_again},
             {"say-without-end", say_without_end}};

static void commit(ktel_call* call, ktel_str kind) {
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    const size_t length = strlen(kinds[i].name);
    if (length == kind.len && memcmp(kinds[i].name, kind.ptr, length) == 0) kinds[i].commit(call);
  }
}

static ktel_status run(ktel_call* call, void* self, const ktel_job* job) {
  (void)self, (void)job;
  ktel_value kind, port, file;
  if (call->host->param(call, port_param, &port) == KTEL_OK) port_of_the_test = (uint16_t)port.i64;
  if (call->host->param(call, file_param, &file) == KTEL_OK) {
    file_of_the_user = strndup(file.str.ptr, file.str.len);
  }
  if (call->host->param(call, kind_param, &kind) == KTEL_OK) {
    commit(call, kind.str);
  } else {
    ktel_put_i64(call, items_count, 1);
  }
  return KTEL_OK;
}

static ktel_status start(ktel_call* call, void** self) {
  (void)self, (void)call;
#ifdef AT_START
  commit(call, ktel_text(AT_START));
#endif
  return KTEL_OK;
}

__attribute__((constructor)) static void constructor(void) {
#ifdef AT_LOAD
  /* Whoever only looks at it has no bound on processor time. */
  struct rlimit time;
  if (getrlimit(RLIMIT_CPU, &time) == 0 && time.rlim_cur != RLIM_INFINITY) {
    commit(NULL, ktel_text(AT_LOAD));
  }
#endif
}

static const ktel_read reads[] = {{.id = "nodes",
                                   .verb = KTEL_READ_COUNT,
                                   .scope = KTEL_CLUSTER,
                                   .versions = "v1",
                                   .resource = "nodes",
                                   .why = "A field is made of a read."}};

static const ktel_label calls[] = {{.value = "fork", .label = "Makes a process."},
                                   {.value = "exec", .label = "Runs a program."},
                                   {.value = "vm_clone", .label = "Makes a process."},
                                   {.value = "socket", .label = "Opens a socket."},
                                   {.value = "connect", .label = "Connects it."},
                                   {.value = "unix_socket", .label = "Opens a local socket."},
                                   {.value = "passwd", .label = "Opens a file of the system."},
                                   {.value = "environ", .label = "Opens its environment."},
                                   {.value = "parent_environ", .label = "Opens the parent's."},
                                   {.value = "read", .label = "Opens a file to read."},
                                   {.value = "write", .label = "Opens a file to write."},
                                   {.value = "truncate", .label = "Empties a file."},
                                   {.value = "chmod", .label = "Opens a file to all."},
                                   {.value = "chown", .label = "Gives a file away."},
                                   {.value = "times", .label = "Changes a file's times."},
                                   {.value = "unlink", .label = "Removes a file."},
                                   {.value = "list", .label = "Opens a directory."},
                                   {.value = "parent_memory", .label = "Reads the parent."},
                                   {.value = "parent_kill", .label = "Ends the parent."},
                                   {.value = "group_kill", .label = "Ends the group."},
                                   {.value = "parent_tgkill", .label = "Ends its thread."},
                                   {.value = "parent_pidfd", .label = "Takes hold of it."},
                                   {.value = "own_descriptor", .label = "Names a receiver."},
                                   {.value = "signal_descriptor", .label = "Names a signal."},
                                   {.value = "parent_priority", .label = "Slows the parent."},
                                   {.value = "parent_processors", .label = "Binds the parent."},
                                   {.value = "parent_limit", .label = "Limits the parent."},
                                   {.value = "processor_time", .label = "Raises a limit."},
                                   {.value = "file_size", .label = "Raises a limit."},
                                   {.value = "core", .label = "Raises a limit."},
                                   {.value = "shared_memory", .label = "Makes what outlives it."},
                                   {.value = "remove_shared_memory", .label = "Removes another's."},
                                   {.value = "keys", .label = "Takes the user's keys."}};

static const ktel_field fields[] = {{.name = "answers",
                                     .type = KTEL_T_MAP,
                                     .item = KTEL_T_INT,
                                     KTEL_VALUES(calls),
                                     .sensitivity = KTEL_S_PRODUCT,
                                     .unit = "1",
                                     .from = "nodes",
                                     .description = "What the system answered to each call.",
                                     .example = "{\"fork\": 1}",
                                     .absent_when = "Nothing was tried."},
                                    {.name = "items_count",
                                     .type = KTEL_T_COUNT,
                                     .sensitivity = KTEL_S_SCALE,
                                     .granularity = KTEL_G_EXACT,
                                     .unit = "{item}",
                                     .from = "nodes",
                                     .description = "Items, of which there is one.",
                                     .example = "1",
                                     .absent_when = "There are none."},
                                    {.name = "share_ratio",
                                     .type = KTEL_T_RATIO,
                                     .sensitivity = KTEL_S_PRODUCT,
                                     .unit = "1",
                                     .from = "nodes",
                                     .description = "A share of them.",
                                     .example = "0.5",
                                     .absent_when = "It is not known."},
                                    {.name = "version_text",
                                     .type = KTEL_T_SEMVER,
                                     .sensitivity = KTEL_S_PRODUCT,
                                     .granularity = KTEL_G_FULL,
                                     .from = "nodes",
                                     .description = "Their version.",
                                     .example = "\"1.0.0\"",
                                     .absent_when = "It is not known."}};

static const ktel_param params[] = {
    {.name = "kind", .type = KTEL_T_TEXT, .description = "What it does wrong."},
    {.name = "port", .type = KTEL_T_COUNT, .description = "A loopback port somebody listens on."},
    {.name = "file", .type = KTEL_T_TEXT, .description = "A file the user may write."}};

#define JOB(name_, timeout_)                                                                     \
  {                                                                                              \
    .name = name_, .title = "Bad", .summary = "Does wrong.", .question = "What happens then?",   \
    .benefit = "Its own part is lost.", .owner = "team-acme", .contact = "https://acme.example", \
    .since = "1.0.0", .expires = "2099-12-31", .timeout_ms = timeout_, KTEL_FIELDS(fields),      \
    KTEL_READS(reads), KTEL_PARAMS(params), .run = run                                           \
  }

static const ktel_job jobs[] = {JOB("acme-bad", 30000), JOB("acme-late", 300)};

KTEL_PLUGIN(.id = "io.acme.bad", .version = "1.0.0", .summary = "Does wrong", KTEL_JOBS(jobs),
            .start = start);
