// A disk that fails when told to: an SQLite VFS in front of the real one.
//
// While one is alive it is SQLite's default. The n-th write or sync from arm() on, and all after
// it, fail with the code given, until disarm().
#pragma once

#include <sqlite3.h>

namespace ktel::test {

class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();

  static void arm(int nth, int sqlite_code);
  static void disarm();
  static bool failed();  // since arm()
  static int syncs();    // since the start of the program
};

}  // namespace ktel::test
