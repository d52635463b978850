// Entries and ReportView: see the header.
#include "delivery/entries.hpp"

#include <algorithm>

#include "base/uuid.hpp"
#include "json/canonical.hpp"
#include "plugin/host_call.hpp"

namespace ktel::delivery {
namespace {

namespace bj = boost::json;
using plugin::abi;

constexpr std::uint32_t standard_number = 1;

ktel_str text(const bj::string& string) noexcept { return {string.data(), string.size()}; }

}  // namespace

ktel_value Entries::value(const bj::value& json) {
  ktel_value value{};
  switch (json.kind()) {
    case bj::kind::null:
      value.type = KTEL_V_NULL;
      break;
    case bj::kind::bool_:
      value.type = KTEL_V_BOOL;
      value.i64 = json.get_bool() ? 1 : 0;
      break;
    case bj::kind::int64:
      value.type = KTEL_V_I64;
      value.i64 = json.get_int64();
      break;
    case bj::kind::double_:
      value.type = KTEL_V_F64;
      value.f64 = json.get_double();
      break;
    case bj::kind::string:
      value.type = KTEL_V_STRING;
      value.str = text(json.get_string());
      break;
    case bj::kind::array: {
      std::vector<ktel_value> items;
      for (const bj::value& item : json.get_array()) items.push_back(this->value(item));
      const auto& kept = lists_.emplace_back(std::move(items));
      value.type = KTEL_V_LIST;
      value.count = static_cast<std::uint32_t>(kept.size());
      value.items = kept.data();
      break;
    }
    default:  // a number beyond 63 bits; an object where no field declares one
      value.type = KTEL_V_JSON;
      value.str = abi(texts_.emplace_back(json::canonical(json)));
      break;
  }
  return value;
}

void Entries::add(const std::string& job, const bj::value& part,
                  const std::vector<SentField>& fields) {
  const auto of_job = [&](const SentField& field) { return field.job == job; };
  if (!part.is_object() || std::none_of(fields.begin(), fields.end(), of_job)) {
    ktel_entry entry{};
    entry.job = abi(job);
    entry.value.type = KTEL_V_JSON;
    entry.value.str = abi(texts_.emplace_back(json::canonical(part)));
    entries_.push_back(entry);
    return;
  }
  for (const auto& member : part.get_object()) {
    ktel_entry entry{};
    entry.job = abi(job);
    entry.field = {member.key().data(), member.key().size()};
    const auto declared = std::find_if(fields.begin(), fields.end(), [&](const SentField& field) {
      return field.job == job && std::string_view(field.field) == plugin::view(entry.field);
    });
    if (declared != fields.end()) {
      entry.type = declared->type;
      entry.metric = declared->metric;
      entry.unit = abi(declared->unit);
      entry.alias = abi(declared->alias);
    }
    if (entry.type == KTEL_T_MAP && member.value().is_object()) {
      for (const auto& item : member.value().get_object()) {
        entry.key = {item.key().data(), item.key().size()};
        entry.value = value(item.value());
        entries_.push_back(entry);
      }
      continue;
    }
    entry.value = value(member.value());
    entries_.push_back(entry);
  }
}

Result<std::unique_ptr<Entries>> Entries::open(std::string_view body,
                                               const std::vector<SentField>& fields) {
  auto parsed = json::parse_strict(body, {.bytes = 4u << 20, .depth = 32});
  if (!parsed) return parsed.error().context("the report's body");
  if (!parsed->is_object()) return Error{Errc::bad_input, "the report's body is no JSON object"};
  auto entries = std::unique_ptr<Entries>(new Entries);
  entries->body_ = std::move(*parsed);
  entries->fields_ = fields;
  for (const auto& member : entries->body_.get_object()) {
    const std::string& job = entries->texts_.emplace_back(member.key());
    entries->add(job, member.value(), entries->fields_);
  }
  return entries;
}

Result<std::unique_ptr<ReportView>> ReportView::open(const Outgoing& report,
                                                     const std::string& ktel_version) {
  auto entries = Entries::open(report.body, report.fields);
  if (!entries) return entries.error();
  auto view = std::unique_ptr<ReportView>(new ReportView);
  view->version_ = ktel_version;
  view->entries_ = std::move(*entries);
  ktel_report& out = view->report_;
  KTEL_SIZED(out);
  out.attempt = report.attempt;
  const auto id = uuid_bytes(report.id);
  std::copy(id.begin(), id.end(), out.id);
  out.time_s = report.time_s;
  out.id_text = abi(report.id);
  out.signal = abi(report.signal);
  out.version = abi(view->version_);
  out.body = abi(report.body);
  out.standard = standard_number;
  out.findings = report.findings;
  out.entries = view->entries_->all().data();
  out.entry_count = static_cast<std::uint32_t>(view->entries_->all().size());
  out.entry_stride = sizeof(ktel_entry);
  return view;
}

}  // namespace ktel::delivery
