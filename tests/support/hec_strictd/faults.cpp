// Parsing a script, and asking it about a request.
#include "support/hec_strictd/faults.hpp"

#include <boost/json.hpp>

#include <iterator>
#include <stdexcept>

namespace ktel::test::hec {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::pair<std::string_view, Do> kinds[] = {
    {"status", Do::status},       {"delay", Do::delay},       {"close", Do::close},
    {"silent", Do::silent},       {"redirect", Do::redirect}, {"html", Do::html},
    {"too_large", Do::too_large}, {"revoke", Do::revoke},     {"ack_never", Do::ack_never},
    {"ack_late", Do::ack_late},   {"ack_true", Do::ack_true},
};
constexpr std::pair<std::string_view, On> places[] = {
    {"event", On::event},           {"ack", On::ack}, {"health", On::health},
    {"connection", On::connection}, {"any", On::any},
};
constexpr std::pair<std::string_view, When> moments[] = {
    {"before_commit", When::before_commit}, {"before_read", When::before_read},
    {"mid_body", When::mid_body},           {"after_commit", When::after_commit},
    {"mid_head", When::mid_head},           {"mid_answer", When::mid_answer},
};

template <typename Table>
auto named(const Table& table, const json::value& name, std::string_view member) {
  for (const auto& [text, value] : table) {
    if (name.is_string() && name.as_string() == text) return value;
  }
  throw std::runtime_error("fault script: " + std::string(member) + " cannot be " +
                           json::serialize(name));
}

template <typename Table>
std::string_view name_of(const Table& table, decltype(std::begin(table)->second) value) {
  for (const auto& [text, known] : table) {
    if (known == value) return text;
  }
  return "?";
}

Fault parse_fault(const json::object& object) {
  Fault fault;
  const json::value* kind = object.if_contains("do");
  if (!kind) throw std::runtime_error("fault script: a fault without \"do\"");
  fault.what = named(kinds, *kind, "do");
  if (fault.what == Do::ack_never || fault.what == Do::ack_late || fault.what == Do::ack_true) {
    fault.on = On::ack;
  }
  if (fault.what == Do::revoke) fault.on = On::any;
  if (fault.what == Do::close) fault.when = When::before_read;

  for (const auto& member : object) {
    const std::string_view key = member.key();
    const json::value& value = member.value();
    const auto text = [&value] { return std::string(value.as_string()); };
    if (key == "do") {
    } else if (key == "on") {
      fault.on = named(places, value, key);
    } else if (key == "when") {
      fault.when = named(moments, value, key);
    } else if (key == "from") {
      fault.from = value.to_number<std::uint64_t>();
    } else if (key == "to") {
      fault.to = value.to_number<std::uint64_t>();
    } else if (key == "after_ms") {
      fault.after = milliseconds(value.to_number<std::int64_t>());
    } else if (key == "until_ms") {
      fault.until = milliseconds(value.to_number<std::int64_t>());
    } else if (key == "chance") {
      fault.chance = value.to_number<double>();
    } else if (key == "status") {
      fault.status = value.to_number<unsigned>();
    } else if (key == "code") {
      fault.code = value.to_number<int>();
    } else if (key == "event_number") {
      fault.event_number = value.to_number<std::size_t>();
    } else if (key == "body") {
      fault.body = text();
    } else if (key == "content_type") {
      fault.content_type = text();
    } else if (key == "retry_after") {
      fault.retry_after = text();
    } else if (key == "commit") {
      fault.commit = value.as_bool();
    } else if (key == "delay_ms") {
      fault.delay = milliseconds(value.to_number<std::int64_t>());
    } else if (key == "reset") {
      fault.reset = value.as_bool();
    } else if (key == "location") {
      fault.location = text();
    } else if (key == "size") {
      fault.size = value.to_number<std::size_t>();
    } else if (key == "polls") {
      fault.polls = value.to_number<unsigned>();
    } else {
      throw std::runtime_error("fault script: unknown member \"" + std::string(key) + "\"");
    }
  }
  return fault;
}

// The same answer for the same seed, rule and request, whatever came between.
double draw(std::uint64_t seed, std::uint64_t rule, std::uint64_t number) {
  std::uint64_t x = seed * 0x9E3779B97F4A7C15U + rule * 0xD1B54A32D192ED03U + number;
  for (int round = 0; round < 2; ++round) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    x ^= x >> 31;
  }
  return static_cast<double>(x >> 11) * 0x1p-53;
}

void apply(const Fault& fault, Effects& effects) {
  if (!effects.names.empty()) effects.names += '+';
  effects.names += name_of(kinds, fault.what);
  switch (fault.what) {
    case Do::status:
    case Do::redirect:
    case Do::html:
      effects.answer = fault;
      break;
    case Do::delay:
      (fault.when == When::after_commit ? effects.delay_after : effects.delay_before) +=
          fault.delay;
      break;
    case Do::close:
      effects.close = fault.when;
      effects.reset = fault.reset;
      effects.names += '_';
      effects.names += name_of(moments, fault.when);
      break;
    case Do::silent:
      effects.silent = true;
      break;
    case Do::too_large:
      effects.max_size = fault.size;
      break;
    case Do::revoke:
      effects.revoked = true;
      break;
    case Do::ack_never:
      effects.acks = AckMode::never;
      break;
    case Do::ack_late:
      effects.ack_polls = fault.polls;
      break;
    case Do::ack_true:
      effects.acks = AckMode::always;
      break;
  }
}

}  // namespace

FaultScript FaultScript::parse(std::string_view text) {
  try {
    const json::value document = json::parse(json::string_view(text.data(), text.size()));
    FaultScript script;
    if (const json::value* seed = document.as_object().if_contains("seed")) {
      script.seed_ = seed->to_number<std::uint64_t>();
    }
    for (const json::value& fault : document.at("faults").as_array()) {
      script.faults_.push_back(parse_fault(fault.as_object()));
    }
    return script;
  } catch (const std::runtime_error&) {
    throw;
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("fault script: ") + error.what());
  }
}

Effects FaultScript::effects(On on, std::uint64_t number, std::uint64_t any_number,
                             milliseconds elapsed) const {
  Effects effects;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    const bool any = fault.on == On::any && on != On::connection;
    if (fault.on != on && !any) continue;
    const std::uint64_t n = any ? any_number : number;
    if (n < fault.from || (fault.to && n > *fault.to)) continue;
    if (elapsed < fault.after || (fault.until && elapsed >= *fault.until)) continue;
    if (fault.chance < 1 && draw(seed_, i, n) >= fault.chance) continue;
    apply(fault, effects);
  }
  return effects;
}

}  // namespace ktel::test::hec
