// The C tables of a host over what a test gave.
#include <ktel/sdk/testing/fake_host.hpp>

#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

#include <ktel/sdk/detail/grammar.hpp>
#include <ktel/sdk/text.hpp>

#include "fields.hpp"
#include "reads.hpp"
#include "tree.hpp"

namespace ktel::sdk::testing {
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

[[noreturn]] void misfit(const ktel_param& param) {
  throw std::invalid_argument("parameter " + std::string(param.name) + ": not of its type");
}

template <class Number>
Number parse(const ktel_param& param, std::string_view text) {
  Number number{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) misfit(param);
  return number;
}

// As core/src/plugin/param_value.cpp reads what an operator types.
Scalar typed(const ktel_param& param, const Scalar& given) {
  const auto* text = std::get_if<std::string>(&given);
  switch (param.type) {
    case KTEL_T_BOOL:
      if (std::holds_alternative<bool>(given)) return given;
      if (text != nullptr && detail::holds("true 1 on yes", *text)) return true;
      if (text != nullptr && detail::holds("false 0 off no", *text)) return false;
      misfit(param);
    case KTEL_T_COUNT:
    case KTEL_T_BYTES:
    case KTEL_T_INT:
      if (std::holds_alternative<std::int64_t>(given)) return given;
      if (text == nullptr) misfit(param);
      return parse<std::int64_t>(param, *text);
    case KTEL_T_RATIO:
    case KTEL_T_DURATION:
      if (std::holds_alternative<double>(given)) return given;
      if (const auto* n = std::get_if<std::int64_t>(&given)) return static_cast<double>(*n);
      if (text == nullptr) misfit(param);
      return parse<double>(param, *text);
    default:
      if (text == nullptr) misfit(param);
      return given;
  }
}

}  // namespace

class FakeHost::Impl : public ktel_call {
 public:
  explicit Impl(const ktel_job& of)
      : ktel_call{&host_table},
        job(of),
        reads(of, masked, [this](std::string_view name) { return is_set(name); }),
        params(of.param_count),
        needs(of.need_count) {
    for (std::uint32_t i = 0; i < of.param_count; ++i) {
      if (const char* text = of.params[i].default_text) set_param(i, std::string(text));
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void set_param(std::uint32_t param, const Scalar& value) {
    params[param] = pool.scalar(typed(job.params[param], value));
  }

  // Is there a text for ${name}?
  bool is_set(std::string_view name) const {
    for (std::uint32_t i = 0; i < job.param_count; ++i) {
      if (name == job.params[i].name) return !view(params[i].str).empty();
    }
    return false;
  }

  void set_need(std::uint32_t need, const Object& result) {
    const Tree tree(result);
    auto paths = compile_paths(job.needs[need].paths);
    KeptRow& kept = need_rows.emplace_back(paths.size());
    for (std::size_t i = 0; i < paths.size() && i < kept.cells.size(); ++i) {
      kept.cells[i] = tree.find(paths[i], pool);
      if (kept.cells[i].type != KTEL_V_ABSENT) continue;
      paths[i].push_back({Step::Kind::each, {}});  // which a path to a LIST field may leave out
      kept.cells[i] = tree.find(paths[i], pool);
    }
    needs[need] = {KTEL_OK, &kept.row};
  }

  // How a needed job ended; unless a test says more it is not in this run.
  struct Need {
    ktel_status status = KTEL_E_ABSENT;
    const ktel_row* row = nullptr;
  };

  const ktel_job& job;
  Pool pool;
  std::set<std::uint32_t> masked;
  Reads reads;
  std::vector<ktel_value> params;
  std::vector<Need> needs;
  std::deque<KeptRow> need_rows;
  std::int64_t now = 0;
  bool cancelled = false;
  std::optional<Fields> fields;  // of the run that goes on
  Outcome outcome;

 private:
  static Impl& of(ktel_call* call) { return *static_cast<Impl*>(call); }

  static const ktel_host host_table;
  static const ktel_cluster cluster_table;
};

// C functions, with C's types for their parameters.
const ktel_cluster FakeHost::Impl::cluster_table = {
    sizeof(ktel_cluster),
    0,
    [](ktel_call* call, std::uint32_t read) noexcept { return of(call).reads.state(read); },
    [](ktel_call* call, std::uint32_t read, std::uint64_t* n) noexcept {
      return n == nullptr ? ktel_status{KTEL_E_INVALID} : of(call).reads.count(read, n);
    },
    [](ktel_call* call, std::uint32_t read, ktel_row_fn row, void* user) noexcept {
      return row == nullptr ? ktel_status{KTEL_E_INVALID} : of(call).reads.each(read, row, user);
    },
    [](ktel_call* call, std::uint32_t read, const ktel_row** row) noexcept {
      return row == nullptr ? ktel_status{KTEL_E_INVALID} : of(call).reads.one(read, row);
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
      const Impl& host = of(call);
      if (param >= host.params.size() || value == nullptr) return KTEL_E_INVALID;
      if ((host.job.params[param].flags & KTEL_PARAM_SECRET) != 0) return KTEL_E_DENIED;
      if (host.params[param].type == KTEL_V_ABSENT) return KTEL_E_ABSENT;
      *value = host.params[param];
      return KTEL_OK;
    },
    [](ktel_call* call, std::uint32_t need, const ktel_row** row) noexcept -> ktel_status {
      const Impl& host = of(call);
      if (need >= host.needs.size() || row == nullptr) return KTEL_E_INVALID;
      if (host.needs[need].status == KTEL_OK) *row = host.needs[need].row;
      return host.needs[need].status;
    },
    [](ktel_call* call, std::uint32_t field, const ktel_value* value) noexcept {
      return value == nullptr ? ktel_status{KTEL_E_INVALID} : of(call).fields->put(field, *value);
    },
    [](ktel_call* call, std::uint32_t field, ktel_str key, const ktel_value* value) noexcept {
      return value == nullptr ? ktel_status{KTEL_E_INVALID}
                              : of(call).fields->put_entry(field, view(key), *value);
    },
    [](ktel_call* call, std::uint32_t field, ktel_str key, std::int64_t n) noexcept {
      return of(call).fields->add(field, view(key), n);
    },
    [](ktel_call* call, const char* id) noexcept -> const void* {
      const bool granted =
          of(call).job.read_count > 0 && id != nullptr && std::string_view(id) == "ktel.cluster/1";
      return granted ? &cluster_table : nullptr;
    }};

FakeHost::FakeHost(const ktel_job& job) : impl_(std::make_unique<Impl>(job)) {}
FakeHost::~FakeHost() = default;
FakeHost::FakeHost(FakeHost&&) noexcept = default;

FakeHost& FakeHost::object(std::string_view read, const Object& object, std::string_view version) {
  const ktel_job& job = impl_->job;
  impl_->reads.object(index(job.reads, job.read_count, &ktel_read::id, read), object, version,
                      impl_->pool);
  return *this;
}

FakeHost& FakeHost::count(std::string_view read, std::uint64_t n) {
  const ktel_job& job = impl_->job;
  impl_->reads.count(index(job.reads, job.read_count, &ktel_read::id, read), n);
  return *this;
}

FakeHost& FakeHost::ended(std::string_view read, ktel_status state) {
  const ktel_job& job = impl_->job;
  impl_->reads.ended(index(job.reads, job.read_count, &ktel_read::id, read), state);
  return *this;
}

FakeHost& FakeHost::param(std::string_view name, Scalar value) {
  const ktel_job& job = impl_->job;
  impl_->set_param(index(job.params, job.param_count, &ktel_param::name, name), value);
  return *this;
}

FakeHost& FakeHost::need(std::string_view job, const Object& result) {
  impl_->set_need(index(impl_->job.needs, impl_->job.need_count, &ktel_need::job, job), result);
  return *this;
}

FakeHost& FakeHost::need_ended(std::string_view job, ktel_status state) {
  if (state >= 0) return need(job, {});
  impl_->needs[index(impl_->job.needs, impl_->job.need_count, &ktel_need::job, job)] = {state, {}};
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
  Impl& host = *impl_;
  Outcome& outcome = host.outcome = {};
  host.fields.emplace(host.job, host.masked);
  outcome.status = host.job.run(&host, self, &host.job);
  const bool partial = outcome.status == KTEL_PARTIAL;
  if (partial && (host.job.flags & KTEL_JOB_PARTIAL_OK) == 0) {
    outcome.status = KTEL_E_FAILED;
    outcome.reason = "returned PARTIAL, which it does not declare that it may";
  }
  if (outcome.status >= 0) {  // a run is a transaction
    if (!partial) outcome.reason.clear();
    outcome.fields = host.fields->take();
  }
  outcome.findings = host.fields->findings();
  return std::move(outcome);
}

}  // namespace ktel::sdk::testing
