// Opening, format versions, and corruption.
#include "delivery/ledger_file.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace ktel::delivery {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t application_id = 0x6b74656c;  // "ktel"
constexpr std::int64_t format = 1;                   // user_version; later formats only add

// A report is written once and not changed, its body may be erased; a delivery is that report on
// its way to one destination. A local report has one delivery, to nowhere. `outcome` numbers what
// became of deliveries in the order in which it became known, whatever the clock says; 0: nothing.
constexpr const char* schema = R"(
CREATE TABLE report (
  ref        INTEGER PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE,
  created_us INTEGER NOT NULL,
  time_s     INTEGER NOT NULL,
  signal     TEXT    NOT NULL,
  sha256     TEXT    NOT NULL,
  body       BLOB,
  record     TEXT    NOT NULL,
  decl       TEXT    NOT NULL,
  findings   INTEGER NOT NULL
) STRICT;
CREATE TABLE delivery (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  report      INTEGER NOT NULL REFERENCES report (ref) ON DELETE CASCADE,
  destination TEXT    NOT NULL,
  state       TEXT    NOT NULL,
  attempts    INTEGER NOT NULL,
  next_at_us  INTEGER NOT NULL,
  code        INTEGER NOT NULL,
  text        TEXT    NOT NULL,
  done_us     INTEGER NOT NULL,
  outcome     INTEGER NOT NULL,
  UNIQUE (report, destination)
) STRICT;
CREATE INDEX delivery_by_state ON delivery (destination, state, seq);
CREATE INDEX delivery_by_outcome ON delivery (outcome);
)";

// Added later, and made where it is missing. What was given up unsent (`state`: expired, evicted)
// and this destination does not know of yet; when the first and the last of it was recorded. How
// often a process ended while a backend was at work on a report.
constexpr const char* added = R"(
CREATE TABLE IF NOT EXISTS loss (
  destination TEXT    NOT NULL,
  state       TEXT    NOT NULL,
  count       INTEGER NOT NULL,
  first_us    INTEGER NOT NULL,
  last_us     INTEGER NOT NULL,
  PRIMARY KEY (destination, state)
) STRICT;
CREATE TABLE IF NOT EXISTS crash (
  delivery INTEGER PRIMARY KEY REFERENCES delivery (seq) ON DELETE CASCADE,
  count    INTEGER NOT NULL
) STRICT;
)";

std::string path_of(const Ledger::Options& options) { return options.file.string(); }

fs::path journal_of(const fs::path& file) { return file.string() + "-journal"; }

Error refused(const std::string& what, const fs::path& path, int why) {
  return {
      Errc::bad_input,
      fmt::format("{} {} cannot be used ({}): make it readable and writable for this user, name "
                  "another ledger with --ledger, or keep none with --no-ledger",
                  what, path.string(), std::strerror(why))};
}

class Directory {
 public:
  explicit Directory(const fs::path& path)
      : fd_(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~Directory() {
    if (fd_ >= 0) ::close(fd_);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  int fd() const noexcept { return fd_; }

  // What was made or renamed in it lasts. Not every file system can do that: best effort.
  void sync() const {
    if (fd_ >= 0) static_cast<void>(::fsync(fd_));
  }

 private:
  int fd_;
};

Result<void> make_directory(const fs::path& directory) {
  if (directory.empty() || ::access(directory.c_str(), F_OK) == 0) return {};
  if (Result<void> parent = make_directory(directory.parent_path()); !parent) return parent;
  if (::mkdir(directory.c_str(), 0700) == 0) {
    Directory(directory.parent_path()).sync();
    return {};
  }
  if (errno == EEXIST) return {};
  return refused("ledger directory", directory, errno);
}

// SQLite would create it with the umask's mode. A file that exists is not opened here: closing it
// again would drop the locks another connection of this process has on it.
Result<void> make_file(const fs::path& file) {
  if (Result<void> made = make_directory(file.parent_path()); !made) return made;
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno != EEXIST) return refused("ledger", file, errno);
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return refused("ledger", file, errno);
  if (S_ISDIR(status.st_mode)) return refused("ledger", file, EISDIR);
  if (::faccessat(AT_FDCWD, file.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
    return refused("ledger", file, errno);
  }
  return {};
}

void configure(Connection& db) {
  db.script(
      "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
      "PRAGMA secure_delete=ON;");  // an erased body leaves the file, too
}

void create(Connection& db) {
  db.script(schema);
  db.run(fmt::format("PRAGMA application_id={}", application_id));
  db.run(fmt::format("PRAGMA user_version={}", format));
}

// A journal is left, and nobody is using it.
bool somebody_died_within_a_change(const Connection& db, const fs::path& file) {
  std::error_code ignored;
  const auto journal = fs::file_size(journal_of(file), ignored);
  return !ignored && journal > 0 && !db.being_written();
}

Result<Connection> open_once(const Ledger::Options& options) {
  if (Result<void> made = make_file(options.file); !made) return std::move(made).error();
  Connection db(path_of(options), options.busy_timeout);
  const bool unclean = somebody_died_within_a_change(db, options.file);
  configure(db);
  Transaction transaction(db);  // shows here and now that it can be written
  const std::int64_t owner = db.integer("PRAGMA application_id");
  const std::int64_t version = db.integer("PRAGMA user_version");
  if (owner == 0 && version == 0 && db.integer("SELECT count(*) FROM sqlite_schema") == 0) {
    create(db);
  } else if (owner != application_id) {
    return Error{Errc::bad_input,
                 fmt::format("{} is a database of another program, not a ledger: name another file "
                             "with --ledger",
                             path_of(options))};
  } else if (version > format) {
    return newer_ledger(options, version);
  } else if (unclean) {
    Statement check = db.query("PRAGMA quick_check(1)");
    if (!check.step() || check.text(0) != "ok") throw SqliteError(SQLITE_CORRUPT, check.text(0));
  }
  db.script(added);
  transaction.commit();
  return db;
}

// Which file has the name; all zero: none.
struct FileId {
  explicit FileId(const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return;
    device = status.st_dev;
    number = status.st_ino;
  }
  bool operator==(const FileId&) const = default;

  dev_t device = 0;
  ino_t number = 0;
};

std::string locked(std::string_view what, const Ledger::Options& options, const fs::path& path) {
  return fmt::format(
      "{} {} is locked by another process, for more than {:g} s: run again when that has ended "
      "(fuser {} names it)",
      what, path.string(), static_cast<double>(options.busy_timeout.count()) / 1000, path.string());
}

// As patient as with the ledger itself.
Result<void> lock(const Directory& directory, const fs::path& path,
                  const Ledger::Options& options) {
  const auto limit = std::chrono::steady_clock::now() + options.busy_timeout;
  while (::flock(directory.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return refused("ledger directory", path, errno);
    if (std::chrono::steady_clock::now() >= limit) {
      return Error{Errc::bad_input, locked("ledger directory", options, path)};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return {};
}

std::string set_aside_by_another(const Ledger::Options& options) {
  return fmt::format("ledger {} was damaged; another ktel process has set it aside",
                     path_of(options));
}

// One process at a time, by a lock on the directory: of two that find the damage, the second must
// not rename what the first has just begun.
Result<std::string> set_aside(const Ledger::Options& options, const FileId& damaged,
                              const std::string& why) {
  const fs::path path = options.file.has_parent_path() ? options.file.parent_path() : ".";
  const Directory directory(path);
  if (directory.fd() < 0) return refused("ledger directory", path, errno);
  if (Result<void> taken = lock(directory, path, options); !taken) return std::move(taken).error();
  if (FileId(options.file) != damaged) return set_aside_by_another(options);
  const auto stamp = std::chrono::system_clock::to_time_t(options.clock());
  const std::string base =
      fmt::format("{}.corrupt-{:%Y%m%dT%H%M%SZ}", path_of(options), fmt::gmtime(stamp));
  fs::path aside = base;
  for (int n = 2; ::access(aside.c_str(), F_OK) == 0; ++n) aside = fmt::format("{}-{}", base, n);

  // The journal first: left behind, it would be played back into the new file.
  if (::rename(journal_of(options.file).c_str(), journal_of(aside).c_str()) != 0 &&
      errno != ENOENT) {
    return refused("damaged ledger", options.file, errno);
  }
  if (::rename(options.file.c_str(), aside.c_str()) != 0) {
    return refused("damaged ledger", options.file, errno);
  }
  directory.sync();
  return fmt::format(
      "ledger {} was damaged ({}): it was set aside as {} and a new one begun; reports still "
      "queued "
      "in it will not be sent, see what is left with: sqlite3 {} .recover",
      path_of(options), why, aside.string(), aside.string());
}

Result<OpenedLedger> begin_anew(const Ledger::Options& options, Result<std::string> warning) {
  if (!warning) return std::move(warning).error();
  try {
    Result<Connection> db = open_once(options);
    if (!db) return std::move(db).error();
    return OpenedLedger{std::move(db).value(), std::move(warning).value()};
  } catch (const SqliteError& error) {
    return ledger_error(error, options, Errc::bad_input);
  }
}

}  // namespace

Result<OpenedLedger> open_ledger_file(const Ledger::Options& options) {
  const FileId found(options.file);
  try {
    Result<Connection> db = open_once(options);
    if (!db) return std::move(db).error();
    return OpenedLedger{std::move(db).value(), std::string()};
  } catch (const SqliteError& error) {
    if (!error.damaged()) return ledger_error(error, options, Errc::bad_input);
    return begin_anew(options, set_aside(options, found, error.what()));
  }
}

Result<OpenedLedger> replace_ledger_file(const Ledger::Options& options, const Connection& damaged,
                                         const std::string& why) {
  const FileId found(options.file);  // before: if it has not moved by then, it is this one
  return begin_anew(
      options, damaged.moved() ? set_aside_by_another(options) : set_aside(options, found, why));
}

Connection open_ledger_in_memory() {
  Connection db(":memory:", std::chrono::milliseconds(0));
  configure(db);
  create(db);
  db.script(added);
  return db;
}

Error newer_ledger(const Ledger::Options& options, std::int64_t version, std::string_view state) {
  const std::string sign =
      state.empty() ? fmt::format("has format {}, this ktel knows up to format {}", version, format)
                    : fmt::format(
                          "holds a report in the state \"{}\" (it has format {}, this ktel "
                          "knows up to format {})",
                          state, version, format);
  return {Errc::bad_input, fmt::format("ledger {} {}: use the newer ktel that wrote it, or name "
                                       "another file with --ledger",
                                       path_of(options), sign)};
}

Error ledger_error(const SqliteError& error, const Ledger::Options& options, Errc code) {
  const std::string file = path_of(options);
  switch (error.code()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {code, locked("ledger", options, options.file)};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {code, fmt::format("ledger {} cannot be written ({}): make it and its directory "
                                "writable for this user, or name another ledger with --ledger",
                                file, error.what())};
    case SQLITE_FULL:
      return {code, fmt::format("ledger {} cannot grow, its disk is full: free some space and run "
                                "again",
                                file)};
    case SQLITE_IOERR:
      return {code, fmt::format("ledger {} cannot be read or written ({}): check its disk and run "
                                "again",
                                file, error.what())};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {code, fmt::format("ledger {} is damaged ({}), though it has just been begun: check "
                                "its disk",
                                file, error.what())};
    default:
      return {Errc::internal,
              fmt::format("ledger {}: {}: report this as a bug of ktel", file, error.what())};
  }
}

}  // namespace ktel::delivery
