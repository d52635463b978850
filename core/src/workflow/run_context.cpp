// RunContext, and the table of ktel.cluster/1 over it.
#include "workflow/run_context.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

#include "json/canonical.hpp"

namespace ktel::workflow {
namespace {

constexpr std::size_t max_cells = 64;

// The cluster functions may be given any call a plugin holds; only a job's run has reads.
RunContext* run_of(ktel_call* call) noexcept {
  auto& host = static_cast<plugin::HostCall&>(*call);
  if (!host.open()) {
    host.note_misuse();
    return nullptr;
  }
  return dynamic_cast<RunContext*>(&host);
}

ktel_status cluster_state(ktel_call* call, std::uint32_t read) noexcept {
  const RunContext* run = run_of(call);
  return run == nullptr ? KTEL_E_STATE : run->read_state(read);
}
ktel_status cluster_count(ktel_call* call, std::uint32_t read, std::uint64_t* n) noexcept {
  const RunContext* run = run_of(call);
  if (run == nullptr) return KTEL_E_STATE;
  return n == nullptr ? KTEL_E_INVALID : run->read_count(read, n);
}
ktel_status cluster_each(ktel_call* call, std::uint32_t read, ktel_row_fn row,
                         void* user) noexcept {
  const RunContext* run = run_of(call);
  if (run == nullptr) return KTEL_E_STATE;
  if (row == nullptr) return KTEL_E_INVALID;
  try {
    return run->read_each(read, row, user);
  } catch (...) {
    return KTEL_E_FAILED;
  }
}
ktel_status cluster_one(ktel_call* call, std::uint32_t read, const ktel_row** row) noexcept {
  RunContext* run = run_of(call);
  if (run == nullptr) return KTEL_E_STATE;
  if (row == nullptr) return KTEL_E_INVALID;
  try {
    return run->read_one(read, row);
  } catch (...) {
    return KTEL_E_FAILED;
  }
}

constexpr ktel_cluster cluster_table = {
    sizeof(ktel_cluster), 0, cluster_state, cluster_count, cluster_each, cluster_one};

ktel_status status_of(cluster::ReadState state) noexcept {
  switch (state) {
    case cluster::ReadState::ok:
      return KTEL_OK;
    case cluster::ReadState::absent:
      return KTEL_E_ABSENT;
    case cluster::ReadState::denied:
      return KTEL_E_DENIED;
    case cluster::ReadState::failed:
      return KTEL_E_FAILED;
    case cluster::ReadState::skipped:
      return KTEL_E_SKIPPED;
  }
  return KTEL_E_FAILED;
}

// A value of a needed job's part as the ABI shows it. A field is a scalar, a list or a map of
// scalars, so one level of items is all there is.
ktel_value scalar(const boost::json::value& json, std::deque<std::string>& texts) {
  ktel_value value{};
  if (json.is_bool()) {
    value.type = KTEL_V_BOOL;
    value.i64 = json.get_bool() ? 1 : 0;
  } else if (json.is_int64()) {
    value.type = KTEL_V_I64;
    value.i64 = json.get_int64();
  } else if (json.is_double()) {
    value.type = KTEL_V_F64;
    value.f64 = json.get_double();
  } else if (json.is_string()) {
    value.type = KTEL_V_STRING;
    texts.emplace_back(json.get_string());
    value.str = plugin::abi(texts.back());
  } else if (json.is_uint64()) {
    value.type = KTEL_V_JSON;
    texts.push_back(json::canonical(json));
    value.str = plugin::abi(texts.back());
  }
  return value;
}

const boost::json::value* follow(const boost::json::object& part, const json::Path& path) {
  const boost::json::object* at = &part;
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const boost::json::value* found = at->if_contains(path.steps[i].name);
    if (found == nullptr) return nullptr;
    const bool last = i + 1 == path.steps.size();
    const bool each_next = !last && path.steps[i + 1].kind == json::Step::Kind::each;
    if (last || (each_next && i + 2 == path.steps.size())) return found;
    at = found->if_object();
    if (at == nullptr) return nullptr;
  }
  return nullptr;
}

}  // namespace

RunContext::RunContext(const PreparedJob& prepared, std::vector<cluster::ReadResult> reads,
                       std::vector<NeedResult> needs, std::int64_t now_us,
                       std::chrono::steady_clock::time_point deadline, Logger log)
    : HostCall(std::move(log)),
      prepared_(prepared),
      reads_(std::move(reads)),
      needs_(std::move(needs)),
      now_us_(now_us),
      deadline_(deadline),
      part_(prepared.job(), prepared.masked) {}

std::pair<boost::json::object, std::vector<Finding>> RunContext::take() {
  const std::lock_guard lock(mutex_);
  // Taking the part is what ends its checks, so findings are complete only then.
  boost::json::object part = part_.take();
  return {std::move(part), part_.findings()};
}

ktel_status RunContext::cancelled() {
  if (const ktel_status why = cancelled_; why != KTEL_OK) return why;
  return std::chrono::steady_clock::now() >= deadline_ ? KTEL_E_DEADLINE : KTEL_OK;
}

std::int64_t RunContext::remaining_ns() {
  const auto left = deadline_ - std::chrono::steady_clock::now();
  return std::max<std::int64_t>(0,
                                std::chrono::duration_cast<std::chrono::nanoseconds>(left).count());
}

ktel_status RunContext::param(std::uint32_t param, ktel_value* value) {
  if (param >= prepared_.params.size()) return KTEL_E_INVALID;
  if (prepared_.job().params[param].secret) return KTEL_E_DENIED;
  if (!prepared_.params[param].set) return KTEL_E_ABSENT;
  *value = prepared_.params[param].view();
  return KTEL_OK;
}

ktel_status RunContext::need(std::uint32_t need, const ktel_row** row) {
  if (need >= needs_.size()) return KTEL_E_INVALID;
  if (needs_[need].status != KTEL_OK) return needs_[need].status;
  const std::lock_guard lock(mutex_);
  KeptRow& kept = kept_needs_[need];
  if (kept.cells.empty()) {
    kept.cells.resize(max_cells);
    const auto& paths = prepared_.job().needs[need].paths;
    for (std::size_t i = 0; i < paths.size() && i < max_cells; ++i) {
      const boost::json::value* found = follow(needs_[need].part, paths[i]);
      if (found == nullptr) continue;
      if (const auto* list = found->if_array()) {
        auto& items = kept.items.emplace_back();
        for (const auto& item : *list) items.push_back(scalar(item, kept.texts));
        kept.cells[i].type = KTEL_V_LIST;
        kept.cells[i].count = static_cast<std::uint32_t>(items.size());
        kept.cells[i].items = items.data();
      } else {
        kept.cells[i] = scalar(*found, kept.texts);
      }
    }
    kept.row.struct_size = sizeof(ktel_row);
    kept.row.count = static_cast<std::uint32_t>(paths.size());
    kept.row.cells = kept.cells.data();
  }
  *row = &kept.row;
  return KTEL_OK;
}

ktel_status RunContext::put(std::uint32_t field, const ktel_value* value) {
  const std::lock_guard lock(mutex_);
  return part_.put(field, *value);
}

ktel_status RunContext::put_entry(std::uint32_t field, std::string_view key,
                                  const ktel_value* value) {
  const std::lock_guard lock(mutex_);
  return part_.put_entry(field, key, *value);
}

ktel_status RunContext::add(std::uint32_t field, std::string_view key, std::int64_t n) {
  const std::lock_guard lock(mutex_);
  return part_.add(field, key, n);
}

const void* RunContext::service(std::string_view id) {
  if (id == "ktel.cluster/1" && !reads_.empty()) return &cluster_table;
  return nullptr;
}

ktel_status RunContext::read_state(std::uint32_t read) const {
  return read < reads_.size() ? status_of(reads_[read].state) : KTEL_E_INVALID;
}

ktel_status RunContext::read_count(std::uint32_t read, std::uint64_t* n) const {
  const ktel_status state = read_state(read);
  if (state == KTEL_OK) *n = reads_[read].count;
  return state;
}

ktel_status RunContext::read_each(std::uint32_t read, ktel_row_fn row, void* user) const {
  if (const ktel_status state = read_state(read); state != KTEL_OK) return state;
  if (reads_[read].table == nullptr) return KTEL_E_INVALID;  // a COUNT has no rows
  return reads_[read].table->each([&](const ktel_row& r) { return row(user, &r); });
}

ktel_status RunContext::read_one(std::uint32_t read, const ktel_row** row) {
  if (const ktel_status state = read_state(read); state != KTEL_OK) return state;
  const std::uint32_t verb = prepared_.reads[read].verb;
  if (verb != KTEL_READ_GET && verb != KTEL_READ_RAW) return KTEL_E_INVALID;
  const std::lock_guard lock(mutex_);
  const auto [found, fresh] = kept_reads_.try_emplace(read);
  KeptRow& kept = found->second;
  if (fresh) {
    reads_[read].table->each([&](const ktel_row& r) {
      keep(kept, r);
      return ktel_status{KTEL_STOP};
    });
  }
  if (kept.cells.empty()) return KTEL_E_ABSENT;
  *row = &kept.row;
  return KTEL_OK;
}

void RunContext::keep(KeptRow& kept, const ktel_row& row) {
  // Cells and items are views for the callback; their text lives as long as the table.
  kept.row = row;
  kept.cells.assign(row.cells, row.cells + max_cells);
  for (ktel_value& cell : kept.cells) {
    if (cell.type != KTEL_V_LIST) continue;
    auto& items = kept.items.emplace_back(cell.items, cell.items + cell.count);
    cell.items = items.data();
  }
  kept.row.cells = kept.cells.data();
}

}  // namespace ktel::workflow
