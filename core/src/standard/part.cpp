// One slot a field: what was put, put by key, or added up.
#include "standard/part.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>

#include <algorithm>
#include <limits>

#include "json/canonical.hpp"

namespace ktel::standard {
namespace {

constexpr std::size_t most_wrong_indexes = 8;
constexpr std::uint32_t no_field = std::numeric_limits<std::uint32_t>::max();

ktel_value integer_value(std::int64_t n) {
  ktel_value value{};
  value.type = KTEL_V_I64;
  value.i64 = n;
  return value;
}

// Whom an operator tells about a job that broke its word.
std::string whom_to_tell(const plugin::Job& job) {
  if (job.owner.empty() && job.contact.empty()) return {};
  if (job.contact.empty()) return fmt::format("tell {}, who own the job", job.owner);
  return fmt::format("tell {} ({}), who own the job", job.owner.empty() ? "them" : job.owner,
                     job.contact);
}

}  // namespace

Part::Part(const plugin::Job& job, const std::vector<bool>& masked, std::size_t max_bytes)
    : job_(job), max_bytes_(max_bytes) {
  slots_.reserve(job.fields.size());
  for (std::size_t i = 0; i < job.fields.size(); ++i) {
    slots_.push_back(Slot{.check = FieldCheck(job.fields[i]),
                          .masked = i < masked.size() && masked[i],
                          .value = {},
                          .entries = {},
                          .sums = {}});
  }
}

ktel_status Part::put(std::uint32_t field, const ktel_value& value) {
  if (field >= slots_.size()) return refuse_index(field);
  Slot& slot = slots_[field];
  if (slot.value || !slot.sums.empty()) {
    return refuse(field, "invalid-value", "a value was put twice; the first one stays",
                  KTEL_E_STATE);
  }
  boost::json::value accepted;
  const ktel_status status = accept(field, slot.check.whole(value), accepted);
  if (status >= 0) slot.value = std::move(accepted);
  return status;
}

ktel_status Part::put_entry(std::uint32_t field, std::string_view key, const ktel_value& value) {
  if (field >= slots_.size()) return refuse_index(field);
  Slot& slot = slots_[field];
  if (job_.fields[field].type == KTEL_T_MAP && !slot.check.listed(key)) {
    return refuse(field, "undeclared", "a key was put that the map does not declare");
  }
  if (slot.entries.contains(key) || slot.sums.contains(key)) {
    return refuse(field, "invalid-value", "a key was put twice; its first value stays",
                  KTEL_E_STATE);
  }
  boost::json::value accepted;
  const ktel_status status = accept(field, slot.check.entry(value), accepted);
  if (status >= 0) slot.entries.emplace(key, std::move(accepted));
  return status;
}

ktel_status Part::add(std::uint32_t field, std::string_view key, std::int64_t n) {
  if (field >= slots_.size()) return refuse_index(field);
  const plugin::Field& declared = job_.fields[field];
  Slot& slot = slots_[field];
  const bool map = declared.type == KTEL_T_MAP;
  const std::uint32_t type = map ? declared.item : declared.type;
  if (type != KTEL_T_COUNT && type != KTEL_T_INT) {
    return refuse(field, "type-mismatch",
                  "something was added where neither count nor int is declared");
  }
  auto sum = slot.sums.find(key);
  if (sum == slot.sums.end()) {
    if (map && !slot.check.listed(key)) key = declared.other;
    if (map ? key.empty() : !key.empty()) {
      return refuse(field, "undeclared", "something was added to a key that is not declared");
    }
    if (slot.value || slot.entries.contains(key)) {
      return refuse(field, "invalid-value",
                    "something was added to a value that was put; that one stays", KTEL_E_STATE);
    }
    sum = slot.sums.find(key);
  }
  std::int64_t total = 0;
  if (__builtin_add_overflow(sum == slot.sums.end() ? 0 : sum->second, n, &total)) {
    return refuse(field, "invalid-value",
                  "what was added up is beyond 64 bits; the sum before it stays", KTEL_E_LIMIT);
  }
  if (type == KTEL_T_COUNT && total < 0) {
    return refuse(field, "invalid-value",
                  "so much was taken away that the count would be below 0; "
                  "the count before it stays");
  }
  if (sum == slot.sums.end()) {
    slot.sums.emplace(key, total);
  } else {
    sum->second = total;
  }
  return done(slot);
}

boost::json::object Part::take() {
  std::vector<std::uint32_t> in_order;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    settle_sums(i);
    const Slot& slot = slots_[i];
    if (!slot.masked && (slot.value || !slot.entries.empty())) in_order.push_back(i);
  }
  std::sort(in_order.begin(), in_order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return job_.fields[a].name < job_.fields[b].name;
  });
  boost::json::object part;
  part.reserve(in_order.size());
  for (const std::uint32_t i : in_order) {
    Slot& slot = slots_[i];
    part.emplace(job_.fields[i].name,
                 slot.value ? std::move(*slot.value)
                            : boost::json::object(slot.entries.begin(), slot.entries.end()));
  }
  slots_ = std::vector<Slot>();  // the run is over: whatever comes now names an unknown field
  if (part.empty() || json::canonical_at_most(part) <= max_bytes_) return part;
  const std::size_t bytes = json::canonical(part).size();
  if (bytes > max_bytes_) {
    note(no_field, "over-budget", FindingLevel::error,
         fmt::format("the job's result has {} bytes, {} are allowed; it was dropped", bytes,
                     max_bytes_));
    return {};
  }
  return part;
}

// Range and granularity hold for the sum, so they wait until it is known.
void Part::settle_sums(std::uint32_t field) {
  Slot& slot = slots_[field];
  for (const auto& [key, sum] : slot.sums) {
    const bool map = job_.fields[field].type == KTEL_T_MAP;
    const ktel_value value = integer_value(sum);
    boost::json::value accepted;
    if (accept(field, map ? slot.check.entry(value) : slot.check.whole(value), accepted) < 0)
      continue;
    if (map) {
      slot.entries.emplace(key, std::move(accepted));
    } else {
      slot.value = std::move(accepted);
    }
  }
  slot.sums.clear();
}

ktel_status Part::accept(std::uint32_t field, Verdict verdict, boost::json::value& into) {
  if (auto* refusal = std::get_if<Refusal>(&verdict)) {
    return refuse(field, refusal->id, std::move(refusal->text) + "; it was dropped");
  }
  Accepted& accepted = std::get<Accepted>(verdict);
  if (accepted.other) {
    note(field, "value-other", FindingLevel::note,
         fmt::format("a value that is not listed was reported as {}", job_.fields[field].other));
  }
  into = std::move(accepted.value);
  return done(slots_[field]);
}

ktel_status Part::refuse(std::uint32_t field, std::string_view id, std::string text,
                         ktel_status status) {
  note(field, id, FindingLevel::error, std::move(text));
  return status;
}

ktel_status Part::refuse_index(std::uint32_t field) {
  // Each has a text of its own, and findings are kept with the report.
  if (!wrong_indexes_.contains(field) && wrong_indexes_.size() == most_wrong_indexes) {
    return KTEL_E_INVALID;
  }
  wrong_indexes_.insert(field);
  return refuse(no_field, "undeclared",
                fmt::format("a value was put at index {} of {} fields; it was dropped", field,
                            job_.fields.size()));
}

ktel_status Part::done(const Slot& slot) const noexcept {
  return slot.masked ? KTEL_WITHHELD : KTEL_OK;
}

void Part::note(std::uint32_t field, std::string_view id, FindingLevel level, std::string text) {
  if (!noted_.emplace(field, text).second) return;
  findings_.push_back(Finding{.id = std::string(id),
                              .level = level,
                              .job = job_.name,
                              .field = field == no_field ? std::string() : job_.fields[field].name,
                              .text = std::move(text),
                              .next = whom_to_tell(job_)});
}

}  // namespace ktel::standard
