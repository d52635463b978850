// Run messages: see the header.
#include "workflow/run_message.hpp"

#include <deque>
#include <unordered_map>

#include "cluster/table_writer.hpp"
#include "isolation/value_bytes.hpp"
#include "json/canonical.hpp"

namespace ktel::workflow {
namespace {

using isolation::BytesIn;
using isolation::BytesOut;

constexpr std::uint32_t most_columns = 64;
constexpr std::size_t largest_part = 1u << 20;
constexpr unsigned deepest_list = 16;  // a path opens a list at each of its steps, at most

Error no_request() { return {Errc::bad_input, "what ktel sent is no run of a job"}; }

// Texts by number: 0 and the text where it comes first, its number from then on.
class TextsOut {
 public:
  void put(BytesOut& out, std::string_view text) {
    const auto [known, fresh] = numbers_.try_emplace(text, numbers_.size() + 1);
    out.number(fresh ? 0 : known->second);
    if (fresh) out.text(text);
  }

 private:
  std::unordered_map<std::string_view, std::size_t> numbers_;  // tables outlive it
};

class TextsIn {
 public:
  std::string_view get(BytesIn& in) {
    const std::uint64_t number = in.number();
    if (number == 0) return known_.emplace_back(in.text());
    if (number <= known_.size()) return known_[number - 1];
    in.spoil();
    return {};
  }

 private:
  std::deque<std::string_view> known_;
};

void put_cell(BytesOut& out, TextsOut& texts, const ktel_value& cell) {
  out.byte(static_cast<std::uint8_t>(cell.type));
  switch (cell.type) {
    case KTEL_V_BOOL:
    case KTEL_V_I64:
      out.whole(cell.i64);
      break;
    case KTEL_V_F64:
      out.real(cell.f64);
      break;
    case KTEL_V_STRING:
    case KTEL_V_JSON:
      texts.put(out, plugin::view(cell.str));
      break;
    case KTEL_V_LIST:
      out.number(cell.count);
      for (std::uint32_t i = 0; i < cell.count; ++i) put_cell(out, texts, cell.items[i]);
      break;
    default:
      break;
  }
}

void get_cell(BytesIn& in, TextsIn& texts, json::Cell& cell, unsigned depth = 0) {
  using Type = json::Cell::Type;
  const std::uint8_t type = in.byte();
  switch (type) {
    case KTEL_V_BOOL:
      cell.type = Type::boolean;
      cell.integer = in.whole();
      break;
    case KTEL_V_I64:
      cell.type = Type::integer;
      cell.integer = in.whole();
      break;
    case KTEL_V_F64:
      cell.type = Type::real;
      cell.real = in.real();
      break;
    case KTEL_V_STRING:
    case KTEL_V_JSON:
      cell.type = type == KTEL_V_STRING ? Type::text : Type::number;
      cell.text = texts.get(in);
      break;
    case KTEL_V_LIST: {
      cell.type = Type::list;
      if (depth > deepest_list) in.spoil();
      const std::size_t count = in.count();
      cell.items.resize(in.good() ? count : 0);
      for (json::Cell& item : cell.items) get_cell(in, texts, item, depth + 1);
      break;
    }
    case KTEL_V_ABSENT:
      cell.type = Type::absent;
      break;
    default:
      in.spoil();
  }
}

void put_table(BytesOut& out, TextsOut& texts, const cluster::Table& table) {
  out.number(table.columns());
  out.number(table.rows());
  table.each([&](const ktel_row& row) {
    texts.put(out, plugin::view(row.version));
    for (std::uint32_t i = 0; i < table.columns(); ++i) put_cell(out, texts, row.cells[i]);
    return ktel_status{KTEL_OK};
  });
}

Result<std::shared_ptr<const cluster::Table>> get_table(
    BytesIn& in, TextsIn& texts, const std::shared_ptr<cluster::TextPool>& pool) {
  const std::uint32_t columns = in.number32();
  if (columns > most_columns) in.spoil();
  if (!in.good()) return no_request();
  std::vector<std::uint32_t> numbers(columns);
  for (std::uint32_t i = 0; i < columns; ++i) numbers[i] = i;
  cluster::TableWriter writer(std::vector<json::Path>(columns), std::move(numbers), pool);
  std::vector<json::Cell> cells(columns);
  for (std::uint64_t rows = in.number(); rows > 0 && in.good(); --rows) {
    const std::string version(texts.get(in));
    for (json::Cell& cell : cells) get_cell(in, texts, cell);
    if (!in.good()) break;
    if (auto written = writer.row(version, cells); !written) return written.error();
  }
  return writer.finish();
}

void put_param(BytesOut& out, const plugin::ParamValue& param, bool secret) {
  const bool there = param.set && !secret;
  out.byte(there ? 1 : 0);
  if (!there) return;
  out.number(param.type);
  out.whole(param.i64);
  out.real(param.f64);
  out.text(param.text);
}

plugin::ParamValue get_param(BytesIn& in) {
  plugin::ParamValue param;
  param.set = in.byte() == 1;
  if (!param.set) return param;
  param.type = in.number32();
  param.i64 = in.whole();
  param.f64 = in.real();
  param.text = in.text();
  return param;
}

}  // namespace

std::string run_request(const PreparedJob& job, const std::vector<cluster::ReadResult>& reads,
                        const std::vector<NeedResult>& needs, std::int64_t now_us,
                        std::chrono::steady_clock::time_point deadline) {
  BytesOut out;
  out.number(job.ref.index);
  out.whole(now_us);
  out.whole(
      std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count());
  out.number(job.masked.size());
  for (const bool masked : job.masked) out.byte(masked ? 1 : 0);
  out.number(job.params.size());
  for (std::size_t i = 0; i < job.params.size(); ++i) {
    put_param(out, job.params[i], job.job().params[i].secret);
  }
  out.number(needs.size());
  for (const NeedResult& need : needs) {
    out.whole(need.status);
    out.text(json::canonical(need.part));
  }
  TextsOut texts;
  out.number(reads.size());
  for (const cluster::ReadResult& read : reads) {
    out.byte(static_cast<std::uint8_t>(read.state));
    out.number(read.count);
    out.byte(read.table ? 1 : 0);
    if (read.table) put_table(out, texts, *read.table);
  }
  return out.take();
}

Result<RunRequest> read_run_request(std::string_view bytes) {
  BytesIn in(bytes);
  RunRequest request;
  request.job = in.number32();
  request.now_us = in.whole();
  request.deadline = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(in.whole()));
  for (std::size_t left = in.count(); left > 0; --left) request.masked.push_back(in.byte() == 1);
  for (std::size_t left = in.count(); left > 0; --left) request.params.push_back(get_param(in));
  for (std::size_t left = in.count(); left > 0 && in.good(); --left) {
    NeedResult need;
    need.status = static_cast<ktel_status>(in.whole());
    auto part = json::parse_strict(in.text(), {.bytes = largest_part, .depth = 32});
    if (!part || !part->is_object()) return no_request();
    need.part = std::move(part->get_object());
    request.needs.push_back(std::move(need));
  }
  TextsIn texts;
  const auto pool = std::make_shared<cluster::TextPool>();
  for (std::size_t left = in.count(); left > 0 && in.good(); --left) {
    cluster::ReadResult read;
    const std::uint8_t state = in.byte();
    if (state > static_cast<std::uint8_t>(cluster::ReadState::skipped)) in.spoil();
    read.state = static_cast<cluster::ReadState>(state);
    read.count = in.number();
    if (in.byte() == 1 && in.good()) {
      auto table = get_table(in, texts, pool);
      if (!table) return table.error();
      read.table = std::move(table).value();
    }
    request.reads.push_back(std::move(read));
  }
  if (!in.good() || !in.at_end()) return no_request();
  return request;
}

std::string run_result(ktel_status status, std::string_view reason, bool misused,
                       const std::vector<PutCall>& calls) {
  BytesOut out;
  out.whole(status);
  out.text(reason);
  out.byte(misused ? 1 : 0);
  out.number(calls.size());
  for (const PutCall& call : calls) {
    out.byte(static_cast<std::uint8_t>(call.function));
    out.number(call.field);
    out.text(call.key);
    if (call.function == PutCall::Function::add) {
      out.whole(call.n);
    } else {
      out.text(call.value);
    }
  }
  return out.take();
}

Result<ktel_status> replay_run_result(std::string_view bytes, RunContext& context) {
  BytesIn in(bytes);
  const std::int64_t status = in.whole();
  const std::string_view reason = in.text();
  const bool misused = in.byte() == 1;
  std::deque<std::vector<ktel_value>> lists;
  for (std::size_t left = in.count(); left > 0 && in.good(); --left) {
    const std::uint8_t function = in.byte();
    const std::uint32_t field = in.number32();
    const std::string_view key = in.text();
    if (function == static_cast<std::uint8_t>(PutCall::Function::add)) {
      const std::int64_t n = in.whole();
      if (in.good()) context.add(field, key, n);
      continue;
    }
    BytesIn value_in(in.text());
    const ktel_value value = isolation::get_value(value_in, lists);
    if (!in.good() || !value_in.good() || !value_in.at_end()) in.spoil();
    if (function > static_cast<std::uint8_t>(PutCall::Function::add)) in.spoil();
    if (!in.good()) break;
    if (function == static_cast<std::uint8_t>(PutCall::Function::put)) {
      context.put(field, &value);
    } else {
      context.put_entry(field, key, &value);
    }
    lists.clear();  // a list takes far more here than on the stream
  }
  if (!in.good() || !in.at_end() || status != static_cast<ktel_status>(status)) {
    return Error{Errc::bad_input, "what came back is no result of a run"};
  }
  if (!reason.empty()) context.fail(static_cast<ktel_status>(status), reason);
  if (misused) context.note_misuse();
  return static_cast<ktel_status>(status);
}

}  // namespace ktel::workflow
