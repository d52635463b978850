// RunRecord and SentField, to JSON and back.
#include "delivery/record_json.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <array>
#include <concepts>
#include <limits>
#include <map>
#include <utility>

#include "json/canonical.hpp"

namespace ktel::delivery {
namespace {

namespace bj = boost::json;

constexpr std::array<std::string_view, 8> job_states = {"ok",   "partial",  "failed",  "timed_out",
                                                        "lost", "withheld", "nothing", "stopped"};
constexpr std::array<std::string_view, 3> levels = {"note", "warn", "error"};

bj::object words(const std::map<std::string, std::string>& map) {
  bj::object object;
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

// Reads the members of one object; the first that does not fit is kept as the error.
class Reader {
 public:
  Reader(const bj::value& value, std::string_view what, Result<void>& failure)
      : what_(what), failure_(failure), object_(value.if_object()) {
    if (object_ == nullptr) fail("", "an object");
  }

  void operator()(std::string_view name, std::string& into) {
    if (const bj::value* value = member(name)) {
      if (const bj::string* text = value->if_string()) {
        into.assign(text->data(), text->size());
      } else {
        fail(name, "a string");
      }
    }
  }

  template <std::integral T>
  void operator()(std::string_view name, T& into) {
    if (const bj::value* value = member(name)) {
      boost::system::error_code wrong;
      const T number = value->to_number<T>(wrong);
      if (wrong) return fail(name, "a whole number");
      into = number;
    }
  }

  template <class Enum, std::size_t n>
  void operator()(std::string_view name, Enum& into, const std::array<std::string_view, n>& names) {
    std::string word(names[static_cast<std::size_t>(into)]);
    (*this)(name, word);
    for (std::size_t i = 0; i < n; ++i) {
      if (names[i] != word) continue;
      into = static_cast<Enum>(i);
      return;
    }
    fail(name, "a word this ktel knows");
  }

  void operator()(std::string_view name, std::map<std::string, std::string>& into) {
    const bj::value* value = member(name);
    if (value == nullptr) return;
    const bj::object* object = value->if_object();
    if (object == nullptr) return fail(name, "an object");
    for (const auto& [key, text] : *object) {
      if (!text.is_string()) return fail(name, "an object of strings");
      into[std::string(key)] = std::string(text.get_string());
    }
  }

  template <class Each>
  void array(std::string_view name, Each each) {
    const bj::value* value = member(name);
    if (value == nullptr) return;
    const bj::array* items = value->if_array();
    if (items == nullptr) return fail(name, "an array");
    for (const bj::value& item : *items) each(item);
  }

  void fail(std::string_view name, std::string_view wanted) {
    if (!failure_) return;
    failure_ =
        Error{Errc::bad_input,
              fmt::format("the {} kept in the ledger cannot be read: {}{}is not {}: look at it "
                          "with `ktel reports show`",
                          what_, name, name.empty() ? "it " : " ", wanted)};
  }

 private:
  const bj::value* member(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains(name);
  }

  std::string_view what_;
  Result<void>& failure_;
  const bj::object* object_;
};

constexpr std::string_view the_record = "run record";
constexpr std::string_view the_fields = "list of fields";

Result<bj::value> parse(std::string_view text, std::string_view what) {
  return json::parse_strict(text, {.bytes = std::numeric_limits<std::size_t>::max()})
      .context(fmt::format("the {} kept in the ledger cannot be read", what));
}

}  // namespace

std::string to_json(const RunRecord& record) {
  bj::array jobs;
  for (const JobRecord& job : record.jobs) {
    jobs.push_back(bj::object{{"name", job.name},
                              {"state", job_states[static_cast<std::size_t>(job.state)]},
                              {"why", job.why},
                              {"took_us", std::int64_t{job.took.count()}}});
  }
  bj::array findings;
  for (const Finding& finding : record.findings) {
    findings.push_back(bj::object{{"id", finding.id},
                                  {"level", levels[static_cast<std::size_t>(finding.level)]},
                                  {"job", finding.job},
                                  {"field", finding.field},
                                  {"text", finding.text},
                                  {"next", finding.next}});
  }
  bj::array withheld;
  for (const std::string& field : record.withheld) withheld.emplace_back(field);
  return json::canonical(bj::object{{"id", record.id},
                                    {"signal", record.signal},
                                    {"time_s", record.time_s},
                                    {"started", record.started},
                                    {"ended", record.ended},
                                    {"source", record.source},
                                    {"jobs", std::move(jobs)},
                                    {"withheld", std::move(withheld)},
                                    {"findings", std::move(findings)},
                                    {"origins", words(record.origins)},
                                    {"plugins", words(record.plugins)},
                                    {"requests", record.requests},
                                    {"bytes", record.bytes}});
}

Result<RunRecord> record_from_json(std::string_view text) {
  Result<bj::value> value = parse(text, the_record);
  if (!value) return std::move(value).error();
  RunRecord record;
  Result<void> failure;
  Reader read(*value, the_record, failure);
  read("id", record.id);
  read("signal", record.signal);
  read("time_s", record.time_s);
  read("started", record.started);
  read("ended", record.ended);
  read("source", record.source);
  read.array("jobs", [&](const bj::value& item) {
    JobRecord& job = record.jobs.emplace_back();
    Reader of(item, the_record, failure);
    std::int64_t took_us = 0;
    of("name", job.name);
    of("state", job.state, job_states);
    of("why", job.why);
    of("took_us", took_us);
    job.took = std::chrono::microseconds(took_us);
  });
  read.array("withheld", [&](const bj::value& item) {
    if (!item.is_string()) return read.fail("withheld", "an array of strings");
    record.withheld.emplace_back(item.get_string());
  });
  read.array("findings", [&](const bj::value& item) {
    Finding& finding = record.findings.emplace_back();
    Reader of(item, the_record, failure);
    of("id", finding.id);
    of("level", finding.level, levels);
    of("job", finding.job);
    of("field", finding.field);
    of("text", finding.text);
    of("next", finding.next);
  });
  read("origins", record.origins);
  read("plugins", record.plugins);
  read("requests", record.requests);
  read("bytes", record.bytes);
  if (!failure) return std::move(failure).error();
  return record;
}

std::string to_json(const std::vector<SentField>& fields) {
  bj::array array;
  for (const SentField& field : fields) {
    array.push_back(bj::object{{"job", field.job},
                               {"field", field.field},
                               {"type", field.type},
                               {"metric", field.metric},
                               {"unit", field.unit},
                               {"alias", field.alias}});
  }
  return json::canonical(array);
}

Result<std::vector<SentField>> fields_from_json(std::string_view text) {
  Result<bj::value> value = parse(text, the_fields);
  if (!value) return std::move(value).error();
  std::vector<SentField> fields;
  Result<void> failure;
  if (!value->is_array()) Reader(bj::object(), the_fields, failure).fail("", "an array");
  if (const bj::array* items = value->if_array()) {
    for (const bj::value& item : *items) {
      SentField& field = fields.emplace_back();
      Reader of(item, the_fields, failure);
      of("job", field.job);
      of("field", field.field);
      of("type", field.type);
      of("metric", field.metric);
      of("unit", field.unit);
      of("alias", field.alias);
    }
  }
  if (!failure) return std::move(failure).error();
  return fields;
}

}  // namespace ktel::delivery
