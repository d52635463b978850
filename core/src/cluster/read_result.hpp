// How one declared read of one job ended. A failure is never a zero, and never "not there".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <ktel/report.hpp>
#include <ktel/result.hpp>

#include "cluster/table.hpp"

namespace ktel::cluster {

enum class ReadState { ok, absent, denied, failed, skipped };

struct ReadResult {
  ReadState state = ReadState::failed;
  std::uint64_t count = 0;             // with ok
  std::shared_ptr<const Table> table;  // with ok, of every verb but COUNT
  Errc cause = Errc::no_result;        // of denied and failed: forbidden, unreachable, stopped, ...
  std::optional<Finding> finding;  // of denied (naming the missing rule), failed; note for absent
};

}  // namespace ktel::cluster
