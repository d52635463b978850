// The JSON Schema of a report: what may leave, for tools that check what arrives.
//
// Draft 2020-12, closed: a key that no job declares is refused. The caller's keys lie outside it; a
// report has them beside its jobs'. What the host enforces and a schema cannot say (that a list is
// sorted, that a token trips no wire) is left out; nothing valid is refused. Deterministic. Pure.
#pragma once

#include <span>

#include <boost/json/value.hpp>

#include "plugin/declaration.hpp"

namespace ktel::standard {

// Of reports with the parts of these jobs, all of them or some.
boost::json::value report_schema(std::span<const plugin::Job> jobs);

}  // namespace ktel::standard
