// One object after the other, each against the whitelist.
#include "support/hec_strictd/envelope.hpp"

#include <algorithm>

#include "support/hec_strictd/json_scanner.hpp"

namespace ktel::test::hec {
namespace {

struct Refused {
  int code;
  std::string reason;
};

struct Unknown {
  std::string key;
};

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

bool whole_or_decimal(std::string_view text) {
  return is_number(text) && text.find_first_of("eE-") == text.npos;
}

std::string text_of(const std::string& key, const JsonValue& value) {
  if (value.type != JsonType::string) throw Refused{6, key + " is no string"};
  return value.string;
}

std::string time_of(const JsonValue& value) {
  std::string text(value.type == JsonType::string ? value.string : value.text);
  if (!whole_or_decimal(text)) throw Refused{6, "time is no decimal number: " + text};
  return text;
}

void check_event(const JsonValue& event, std::size_t max_event) {
  switch (event.type) {
    case JsonType::null:
    case JsonType::boolean:
      throw Refused{6, "event is " + std::string(event.text)};
    case JsonType::string:
      if (blank(event.string)) throw Refused{13, "event is blank"};
      break;
    default:
      break;
  }
  if (event.text.size() > max_event) {
    throw Refused{6, "event has " + std::to_string(event.text.size()) + " bytes"};
  }
}

bool scalar(const JsonValue& value) {
  return value.type == JsonType::string || value.type == JsonType::number ||
         value.type == JsonType::boolean;
}

struct Fields {
  bool has_measurement = false;
  std::string id = {};
};

Fields check_fields(const JsonValue& fields) {
  if (fields.type != JsonType::object) throw Refused{6, "fields is no object"};
  Fields result;
  bool has_name = false;
  bool has_value = false;
  JsonScanner scanner(fields.text);
  scanner.object([&](const std::string& key) {
    const JsonValue value = scanner.value();
    if (value.type == JsonType::array) {
      JsonScanner items(value.text);
      items.take('[');
      items.skip_space();
      while (!items.take(']')) {
        if (!scalar(items.value())) throw Refused{15, "fields." + key + " holds no scalars"};
        items.skip_space();
        items.take(',');
        items.skip_space();
      }
    } else if (!scalar(value)) {
      throw Refused{15, "fields." + key + " is not flat"};
    }
    if (key == "ktel_id") result.id = value.string;
    if (key.rfind("metric_name:", 0) == 0) result.has_measurement |= value.type == JsonType::number;
    has_name |= key == "metric_name";
    has_value |= key == "_value";
  });
  result.has_measurement |= has_name && has_value;
  return result;
}

// The next object. An empty event means: nothing to index, and nothing wrong either.
Object read_object(JsonScanner& scanner, const EnvelopeRules& rules) {
  Object object;
  std::optional<JsonValue> event;
  std::optional<JsonValue> fields;
  std::optional<std::string> unknown;
  scanner.object([&](const std::string& key) {
    JsonValue value = scanner.value();
    if (key == "time") {
      object.time = time_of(value);
    } else if (key == "host") {
      object.host = text_of(key, value);
    } else if (key == "source") {
      object.source = text_of(key, value);
    } else if (key == "sourcetype") {
      object.sourcetype = text_of(key, value);
    } else if (key == "index") {
      object.index = text_of(key, value);
    } else if (key == "event") {
      event = std::move(value);
    } else if (key == "fields") {
      fields = std::move(value);
    } else if (!unknown) {
      unknown = key;
    }
  });
  if (unknown) throw Unknown{*unknown};

  Fields known;
  if (fields) {
    known = check_fields(*fields);
    object.fields = fields->text;
    object.id = known.id;
  }
  if (event) {
    check_event(*event, rules.max_event);
    object.event = event->text;
  } else if (!fields) {
    throw Refused{12, "no event"};
  } else if (known.has_measurement) {
    object.event = "\"metric\"";
  } else if (!rules.skip_fields_only) {
    throw Refused{12, "fields without event: Splunk would answer 200 and drop it"};
  }
  if (!object.index.empty() && !rules.indexes.empty() &&
      std::find(rules.indexes.begin(), rules.indexes.end(), object.index) == rules.indexes.end()) {
    throw Refused{7, "index " + object.index + " is not allowed"};
  }
  return object;
}

}  // namespace

Verdict read_events(std::string_view body, const EnvelopeRules& rules) {
  Verdict verdict;
  JsonScanner scanner(body);
  std::size_t ordinal = 0;
  const auto refuse = [&](int code, std::string reason) {
    verdict.code = code;
    // Splunk counts from 0, except that for a wrong index it names the object behind.
    verdict.event_number = code == 7 ? ordinal + 1 : ordinal;
    verdict.reason = std::move(reason);
    if (rules.atomic) verdict.accepted.clear();
    return verdict;
  };

  try {
    scanner.skip_space();
    const bool array = rules.accept_arrays && scanner.take('[');
    for (;; ++ordinal) {
      scanner.skip_space();
      if (array && scanner.take(']')) {
        scanner.skip_space();
        if (!scanner.at_end()) scanner.fail("text behind the array");
      } else if (array && ordinal > 0) {
        if (!scanner.take(',')) scanner.fail("',' or ']' was expected");
        scanner.skip_space();
      }
      if (scanner.at_end()) {
        if (ordinal == 0) return Verdict{.code = 5, .reason = "no object"};
        return verdict;
      }
      Object object = read_object(scanner, rules);
      object.ordinal = ordinal;
      if (!object.event.empty()) verdict.accepted.push_back(std::move(object));
    }
  } catch (const Unknown& unknown) {
    const std::string reason = "unknown key \"" + unknown.key + "\"";
    if (!rules.drop_unknown) return refuse(6, reason);
    verdict.reason = reason + ": this object and all behind it are dropped";
    if (verdict.accepted.empty()) verdict.code = 5;
    return verdict;
  } catch (const Refused& refused) {
    return refuse(refused.code, refused.reason);
  } catch (const JsonError& error) {
    return refuse(6, error.what());
  }
}

}  // namespace ktel::test::hec
