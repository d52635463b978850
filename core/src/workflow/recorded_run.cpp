// RecordedRun: see the header.
#include "workflow/recorded_run.hpp"

#include "isolation/value_bytes.hpp"

namespace ktel::workflow {
namespace {

std::string bytes_of(const ktel_value& value) {
  isolation::BytesOut out;
  isolation::put_value(out, value);
  return out.take();
}

}  // namespace

bool RecordedRun::keep(PutCall call) {
  constexpr std::size_t overhead = 16;
  bytes_ += call.key.size() + call.value.size() + overhead;
  if (too_much()) return false;
  calls_.push_back(std::move(call));
  return true;
}

// Whatever happens to a field between two sums must happen between them in the host, too.
void RecordedRun::interrupt_sums(std::uint32_t field) {
  std::erase_if(sums_, [field](const auto& sum) { return sum.first.first == field; });
}

ktel_status RecordedRun::put(std::uint32_t field, const ktel_value* value) {
  const std::lock_guard lock(recording_);
  interrupt_sums(field);
  PutCall call{.field = field, .key = {}, .value = bytes_of(*value)};
  return keep(std::move(call)) ? RunContext::put(field, value) : KTEL_E_LIMIT;
}

ktel_status RecordedRun::put_entry(std::uint32_t field, std::string_view key,
                                   const ktel_value* value) {
  const std::lock_guard lock(recording_);
  interrupt_sums(field);
  PutCall call{.function = PutCall::Function::put_entry,
               .field = field,
               .key = std::string(key),
               .value = bytes_of(*value)};
  return keep(std::move(call)) ? RunContext::put_entry(field, key, value) : KTEL_E_LIMIT;
}

ktel_status RecordedRun::add(std::uint32_t field, std::string_view key, std::int64_t n) {
  const std::lock_guard lock(recording_);
  const ktel_status status = RunContext::add(field, key, n);
  if (status < 0) interrupt_sums(field);
  const auto known = sums_.find({field, std::string(key)});
  std::int64_t sum = 0;
  if (known != sums_.end() && !__builtin_add_overflow(calls_[known->second].n, n, &sum)) {
    calls_[known->second].n = sum;
    return status;
  }
  PutCall call{.function = PutCall::Function::add,
               .field = field,
               .key = std::string(key),
               .value = {},
               .n = n};
  if (!keep(std::move(call))) return KTEL_E_LIMIT;
  if (status >= 0) sums_[{field, std::string(key)}] = calls_.size() - 1;
  return status;
}

}  // namespace ktel::workflow
