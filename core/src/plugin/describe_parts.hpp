// The parts of a descriptor, one function each; see descriptor.hpp. What is wrong goes to `in`.
#pragma once

#include <ktel/abi/plugin.h>

#include <cstdint>
#include <string>
#include <vector>

#include "plugin/declaration.hpp"
#include "plugin/inspection.hpp"

namespace ktel::plugin {

Job describe_job(Inspection& in, const ktel_job& given);
Backend describe_backend(Inspection& in, const ktel_backend& given);

// `job` has its params, and the reads before this one.
Read describe_read(Inspection& in, const ktel_read& given, const Job& job);
// `job` has its reads, its needs, and what a field inherits.
Field describe_field(Inspection& in, const ktel_field& given, const Job& job);

enum class ParamOwner { job, backend, own_io_backend };
std::vector<Param> describe_params(Inspection& in, const ktel_param* first, std::uint32_t count,
                                   std::uint32_t stride, ParamOwner owner);
std::vector<Label> describe_values(Inspection& in, const ktel_label* first, std::uint32_t count,
                                   std::uint32_t stride);

std::vector<json::Path> describe_paths(Inspection& in, const char* given);

}  // namespace ktel::plugin
