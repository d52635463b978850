// The C tables of a host over what a test gave.
#include <ktel/sdk/testing/fake_host.hpp>

#include <array>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

#include <ktel/sdk/text.hpp>

#include "tree.hpp"

namespace ktel::sdk::testing {
namespace {

std::string as_text(const ktel_value& value) {
  switch (value.type) {
    case KTEL_V_BOOL:
      return value.i64 != 0 ? "true" : "false";
    case KTEL_V_I64:
      return std::to_string(value.i64);
    case KTEL_V_F64:
      return std::to_string(value.f64);
    case KTEL_V_LIST: {
      std::string text = "[";
      for (std::uint32_t i = 0; i < value.count; ++i) {
        text += (i == 0 ? "" : ",") + as_text(value.items[i]);
      }
      return text + "]";
    }
    default:
      return std::string(view(value.str));
  }
}

bool fits(std::uint32_t type, const ktel_value& value) {
  switch (type) {
    case KTEL_T_BOOL:
      return value.type == KTEL_V_BOOL;
    case KTEL_T_COUNT:
    case KTEL_T_BYTES:
      return value.type == KTEL_V_I64 && value.i64 >= 0;
    case KTEL_T_INT:
      return value.type == KTEL_V_I64;
    case KTEL_T_RATIO:
    case KTEL_T_DURATION:
      return value.type == KTEL_V_F64 || value.type == KTEL_V_I64;
    case KTEL_T_TIME:
      return value.type == KTEL_V_STRING || value.type == KTEL_V_I64;
    case KTEL_T_LIST:
      return value.type == KTEL_V_LIST;
    default:
      return value.type == KTEL_V_STRING;
  }
}

bool listed(const ktel_field& field, std::string_view value) {
  for (std::uint32_t i = 0; i < field.value_count; ++i) {
    if (value == field.values[i].value) return true;
  }
  return false;
}

struct Read {
  std::vector<std::vector<Step>> paths;
  std::vector<std::array<ktel_value, 64>> rows;
  std::optional<std::uint64_t> count;
  std::optional<ktel_status> ended;
};

std::vector<std::vector<Step>> compile(const char* paths) {
  std::vector<std::vector<Step>> compiled;
  for (const std::string& path : split_paths(paths == nullptr ? "" : paths)) {
    compiled.push_back(parse_path(path));
  }
  return compiled;
}

std::array<ktel_value, 64> make_row(const std::vector<std::vector<Step>>& paths,
                                    const Object& object, Pool& pool) {
  const Tree tree(object);
  std::array<ktel_value, 64> cells{};
  for (std::size_t i = 0; i < paths.size() && i < cells.size(); ++i) {
    cells[i] = tree.find(paths[i], pool);
  }
  return cells;
}

ktel_row as_row(const std::array<ktel_value, 64>& cells, std::size_t count) {
  ktel_row row{};
  row.struct_size = sizeof(row);
  row.count = static_cast<std::uint32_t>(count);
  row.cells = cells.data();
  return row;
}

}  // namespace

class FakeHost::Impl : public ktel_call {
 public:
  explicit Impl(const ktel_job& of) : ktel_call{&host_table}, job(of) {
    for (std::uint32_t i = 0; i < job.read_count; ++i) {
      reads.push_back({compile(job.reads[i].paths), {}, {}, {}});
    }
    params.resize(job.param_count);
    needs.resize(job.need_count);
    need_rows.resize(job.need_count);
  }

  static Impl& of(ktel_call* call) { return *static_cast<Impl*>(call); }

  ktel_status state(std::uint32_t read) const {
    if (read >= reads.size()) return KTEL_E_INVALID;
    const ktel_read& declared = job.reads[read];
    if (!when_holds(declared)) return KTEL_E_SKIPPED;
    if (reads[read].ended) return *reads[read].ended;
    const bool single = declared.verb == KTEL_READ_GET || declared.verb == KTEL_READ_RAW;
    return single && reads[read].rows.empty() ? KTEL_E_ABSENT : KTEL_OK;
  }

  void find(const ktel_field& field, const std::string& what) {
    outcome.findings.push_back(std::string(field.name) + ": " + what);
  }

  // Checks and keeps one value under `name`.
  ktel_status keep(std::uint32_t index, const std::string& name, std::uint32_t type,
                   const ktel_value& value) {
    const ktel_field& field = job.fields[index];
    std::string text = as_text(value);
    if (!fits(type, value)) return find(field, "its type does not take " + text), KTEL_E_INVALID;
    if (type == KTEL_T_ENUM && !listed(field, text)) {
      find(field, text + " is not listed");
      text = field.other;
    }
    if (masked.contains(index)) return KTEL_WITHHELD;
    if (!outcome.fields.emplace(name, text).second) return find(field, "put twice"), KTEL_E_STATE;
    return KTEL_OK;
  }

  const ktel_job& job;
  Pool pool;
  std::vector<Read> reads;
  std::vector<ktel_value> params;
  std::vector<std::optional<std::array<ktel_value, 64>>> needs;
  std::vector<ktel_row> need_rows;
  std::deque<ktel_row> single_rows;
  std::set<std::uint32_t> masked;
  std::int64_t now = 0;
  bool cancelled = false;
  Outcome outcome;

 private:
  bool when_holds(const ktel_read& declared) const {
    std::string_view when = declared.when == nullptr ? "" : declared.when;
    if (when.empty()) return true;
    const bool wants_none = when.front() == '!';
    if (wants_none) when.remove_prefix(1);
    for (std::uint32_t i = 0; i < job.read_count; ++i) {
      if (when != job.reads[i].id) continue;
      const bool rows = state(i) == KTEL_OK && reads[i].count.value_or(reads[i].rows.size()) > 0;
      return rows != wants_none;
    }
    return false;
  }

  static const ktel_host host_table;
  static const ktel_cluster cluster_table;
};

// C functions, with C's types for their parameters.
const ktel_cluster FakeHost::Impl::cluster_table = {
    sizeof(ktel_cluster),
    0,
    [](ktel_call* call, std::uint32_t read) noexcept { return of(call).state(read); },
    [](ktel_call* call, std::uint32_t read, std::uint64_t* n) noexcept -> ktel_status {
      const ktel_status state = of(call).state(read);
      if (state == KTEL_OK) {
        const Read& found = of(call).reads[read];
        *n = found.count.value_or(found.rows.size());
      }
      return state;
    },
    [](ktel_call* call, std::uint32_t read, ktel_row_fn fn, void* user) noexcept -> ktel_status {
      if (const ktel_status state = of(call).state(read); state != KTEL_OK) return state;
      const Read& found = of(call).reads[read];
      if (of(call).job.reads[read].verb == KTEL_READ_COUNT) return KTEL_E_INVALID;
      for (const auto& cells : found.rows) {
        const ktel_row row = as_row(cells, found.paths.size());
        const ktel_status status = fn(user, &row);
        if (status != KTEL_OK) return status == KTEL_STOP ? KTEL_OK : status;
      }
      return KTEL_OK;
    },
    [](ktel_call* call, std::uint32_t read, const ktel_row** row) noexcept -> ktel_status {
      if (const ktel_status state = of(call).state(read); state != KTEL_OK) return state;
      const std::uint32_t verb = of(call).job.reads[read].verb;
      if (verb != KTEL_READ_GET && verb != KTEL_READ_RAW) return KTEL_E_INVALID;
      const Read& found = of(call).reads[read];
      if (found.rows.empty()) return KTEL_E_ABSENT;
      auto& rows = of(call).single_rows;
      rows.push_back(as_row(found.rows.front(), found.paths.size()));
      *row = &rows.back();
      return KTEL_OK;
    }};

const ktel_host FakeHost::Impl::host_table = {
    sizeof(ktel_host),
    KTEL_ABI_MAJOR,
    KTEL_ABI_MINOR,
    [](ktel_call* call, std::int32_t, ktel_str line) noexcept {
      of(call).outcome.log.emplace_back(view(line));
    },
    [](ktel_call* call, ktel_status, ktel_str why) noexcept {
      of(call).outcome.reason = view(why);
    },
    [](ktel_call* call) noexcept -> ktel_status {
      return of(call).cancelled ? KTEL_E_CANCELLED : KTEL_OK;
    },
    [](ktel_call*) noexcept { return std::numeric_limits<std::int64_t>::max(); },
    [](ktel_call* call) noexcept { return of(call).now; },
    [](ktel_call* call, std::uint32_t param, ktel_value* value) noexcept -> ktel_status {
      const auto& params = of(call).params;
      if (param >= params.size()) return KTEL_E_INVALID;
      if (params[param].type == KTEL_V_ABSENT) return KTEL_E_ABSENT;
      *value = params[param];
      return KTEL_OK;
    },
    [](ktel_call* call, std::uint32_t need, const ktel_row** row) noexcept -> ktel_status {
      Impl& host = of(call);
      if (need >= host.needs.size()) return KTEL_E_INVALID;
      if (!host.needs[need]) return KTEL_E_ABSENT;
      host.need_rows[need] = as_row(*host.needs[need], compile(host.job.needs[need].paths).size());
      *row = &host.need_rows[need];
      return KTEL_OK;
    },
    [](ktel_call* call, std::uint32_t field, const ktel_value* value) noexcept -> ktel_status {
      const ktel_job& job = of(call).job;
      if (field >= job.field_count) return KTEL_E_INVALID;
      return of(call).keep(field, job.fields[field].name, job.fields[field].type, *value);
    },
    [](ktel_call* call, std::uint32_t field, ktel_str key,
       const ktel_value* value) noexcept -> ktel_status {
      const ktel_job& job = of(call).job;
      if (field >= job.field_count || job.fields[field].type != KTEL_T_MAP) return KTEL_E_INVALID;
      const std::string name(view(key));
      if (!listed(job.fields[field], name)) {
        return of(call).find(job.fields[field], name + " is no key"), KTEL_E_INVALID;
      }
      return of(call).keep(field, std::string(job.fields[field].name) + "." + name,
                           job.fields[field].item, *value);
    },
    [](ktel_call* call, std::uint32_t field, ktel_str key, std::int64_t n) noexcept -> ktel_status {
      const ktel_job& job = of(call).job;
      if (field >= job.field_count) return KTEL_E_INVALID;
      std::string name(view(key));
      if (!name.empty() && !listed(job.fields[field], name)) {
        if (job.fields[field].other == nullptr) return KTEL_E_INVALID;
        name = job.fields[field].other;
      }
      if (of(call).masked.contains(field)) return KTEL_WITHHELD;
      const std::string full = job.fields[field].name + (name.empty() ? "" : "." + name);
      std::string& sum = of(call).outcome.fields[full];
      sum = std::to_string((sum.empty() ? 0 : std::stoll(sum)) + n);
      return KTEL_OK;
    },
    [](ktel_call* call, const char* id) noexcept -> const void* {
      const bool granted = of(call).job.read_count > 0 && std::string_view(id) == "ktel.cluster/1";
      return granted ? &cluster_table : nullptr;
    }};

namespace {

// The index of the element named `name`, by its member `key`.
template <class T>
std::uint32_t index(const T* items, std::uint32_t count, const char* T::*key,
                    std::string_view name) {
  for (std::uint32_t i = 0; i < count; ++i) {
    if (items[i].*key == name) return i;
  }
  throw std::invalid_argument("the job does not declare " + std::string(name));
}

}  // namespace

FakeHost::FakeHost(const ktel_job& job) : impl_(std::make_unique<Impl>(job)) {}
FakeHost::~FakeHost() = default;
FakeHost::FakeHost(FakeHost&&) noexcept = default;

FakeHost& FakeHost::object(std::string_view read, const Object& object) {
  Read& found = impl_->reads[index(impl_->job.reads, impl_->job.read_count, &ktel_read::id, read)];
  found.rows.push_back(make_row(found.paths, object, impl_->pool));
  return *this;
}

FakeHost& FakeHost::count(std::string_view read, std::uint64_t n) {
  impl_->reads[index(impl_->job.reads, impl_->job.read_count, &ktel_read::id, read)].count = n;
  return *this;
}

FakeHost& FakeHost::ended(std::string_view read, ktel_status state) {
  impl_->reads[index(impl_->job.reads, impl_->job.read_count, &ktel_read::id, read)].ended = state;
  return *this;
}

FakeHost& FakeHost::param(std::string_view name, Scalar value) {
  impl_->params[index(impl_->job.params, impl_->job.param_count, &ktel_param::name, name)] =
      impl_->pool.scalar(value);
  return *this;
}

FakeHost& FakeHost::need(std::string_view job, const Object& result) {
  const std::uint32_t i = index(impl_->job.needs, impl_->job.need_count, &ktel_need::job, job);
  impl_->needs[i] = make_row(compile(impl_->job.needs[i].paths), result, impl_->pool);
  return *this;
}

FakeHost& FakeHost::mask(std::string_view field) {
  impl_->masked.insert(index(impl_->job.fields, impl_->job.field_count, &ktel_field::name, field));
  return *this;
}

FakeHost& FakeHost::now_us(std::int64_t now) {
  impl_->now = now;
  return *this;
}

FakeHost& FakeHost::cancel() {
  impl_->cancelled = true;
  return *this;
}

Outcome FakeHost::run(void* self) {
  impl_->outcome = {};
  impl_->outcome.status = impl_->job.run(impl_.get(), self, &impl_->job);
  if (impl_->outcome.status < 0) impl_->outcome.fields.clear();  // a run is a transaction
  return std::move(impl_->outcome);
}

}  // namespace ktel::sdk::testing
