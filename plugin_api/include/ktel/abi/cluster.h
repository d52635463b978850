// ktel/abi/cluster.h: "ktel.cluster/1", how a job gets the rows of the reads it declared.
//
// Every job that declares reads has it. It never waits for the network: all reads of a job have
// ended before the job starts, are whole or not there, and stay the same all through the run.
#pragma once

#include <ktel/abi/types.h>

// One object. Row, cells and list items are views for this call; the text of a cell lives until the
// job returns, so that joins need no copies. Comes on the thread that called each(). Returns OK:
// the next one; STOP: enough; any other positive value reads as OK; < 0: give up with it.
typedef ktel_status (*ktel_row_fn)(void* user, const ktel_row* row) KTEL_NOEXCEPT;

// The service: the host's table, which lives as long as the process. `read` is the index of a read
// of the job; E_INVALID: there is none with it, or its verb does not have this function. All
// [call], in the run of a job alone.
typedef struct ktel_cluster {
  uint32_t struct_size;  // sizeof(ktel_cluster) in the host
  uint32_t reserved;     // 0

  // How read `read` ended; the other three begin with it.
  //   OK         all of it is there (no rows is an answer too)
  //   E_ABSENT   the cluster does not serve it, or GET: there is no such object. A fact, no failure
  //   E_DENIED   forbidden; the host's finding names the missing access rule
  //   E_FAILED   any other reason: unknown, never to be reported as zero or as "not there"
  //   E_SKIPPED  not made: no field that may leave is made from it, its `when` does not hold or
  //              cannot be told, or a ${param} in it is not set
  ktel_status (*state)(ktel_call* call, uint32_t read) KTEL_NOEXCEPT;

  // How many objects it found. *n is written only with OK.
  ktel_status (*count)(ktel_call* call, uint32_t read, uint64_t* n) KTEL_NOEXCEPT;

  // Calls `row` once an object; may be called again, and nested. STOP counts as OK; a negative
  // value of `row` is passed on. `user` is the caller's.
  ktel_status (*each)(ktel_call* call, uint32_t read, ktel_row_fn row, void* user) KTEL_NOEXCEPT;

  // The only row of a GET or RAW. *row is written only with OK and lives until the job returns.
  ktel_status (*one)(ktel_call* call, uint32_t read, const ktel_row** row) KTEL_NOEXCEPT;
} ktel_cluster;
