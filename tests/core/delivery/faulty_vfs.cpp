// The shim: every file operation goes on to the real VFS but for the writes and syncs to be failed.
#include "faulty_vfs.hpp"

namespace ktel::test {
namespace {

struct State {
  sqlite3_vfs* real = nullptr;
  int countdown = 0;  // 0: not armed
  int code = 0;
  bool failed = false;
  int syncs = 0;
} state;

struct File {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

int fault() {
  if (state.countdown == 0) return SQLITE_OK;
  if (--state.countdown > 0) return SQLITE_OK;
  state.countdown = 1;  // and all after it
  state.failed = true;
  return state.code;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  const int code = fault();
  return code != SQLITE_OK ? code : real(file)->pMethods->xWrite(real(file), bytes, size, at);
}

int sync(sqlite3_file* file, int flags) {
  ++state.syncs;
  if (state.code != SQLITE_FULL && fault() != SQLITE_OK) return SQLITE_IOERR_FSYNC;
  return real(file)->pMethods->xSync(real(file), flags);
}

const sqlite3_io_methods methods = {
    1,
    [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); },
    [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
      return real(f)->pMethods->xRead(real(f), to, n, at);
    },
    write,
    [](sqlite3_file* f, sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); },
    sync,
    [](sqlite3_file* f, sqlite3_int64* size) {
      return real(f)->pMethods->xFileSize(real(f), size);
    },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); },
    [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); },
    [](sqlite3_file* f, int op, void* arg) {
      return real(f)->pMethods->xFileControl(real(f), op, arg);
    },
    [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  const int code = state.real->xOpen(state.real, name, real(file), flags, out);
  file->pMethods = real(file)->pMethods == nullptr ? nullptr : &methods;
  return code;
}

sqlite3_vfs shim;

}  // namespace

FaultyVfs::FaultyVfs() {
  state.real = sqlite3_vfs_find(nullptr);
  shim = *state.real;
  shim.pNext = nullptr;
  shim.zName = "ktel-faulty";
  shim.szOsFile += static_cast<int>(sizeof(File));
  shim.xOpen = open;
  sqlite3_vfs_register(&shim, 1);
  disarm();
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&shim); }

void FaultyVfs::arm(int nth, int sqlite_code) {
  state.countdown = nth;
  state.code = sqlite_code;
  state.failed = false;
}

void FaultyVfs::disarm() { state.countdown = 0; }
bool FaultyVfs::failed() { return state.failed; }
int FaultyVfs::syncs() { return state.syncs; }

}  // namespace ktel::test
