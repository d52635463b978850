// `ktel-loss`: the host's own job, which tells a destination of reports that it will never get.
//
// Declared as plugins declare theirs, so that it stands in every document made of declarations and
// the operator's policy holds for it. It reads nothing; app/loss_report.hpp fills it in.
#pragma once

#include "plugin/declaration.hpp"

namespace ktel::standard {

// By index: expired_count, evicted_count, first_recorded, last_recorded.
const plugin::Job& loss_job();

}  // namespace ktel::standard
