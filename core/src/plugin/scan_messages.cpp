// Messages of the scan child, written and read.
#include "plugin/scan_messages.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "json/canonical.hpp"
#include "plugin/declaration_json.hpp"

namespace ktel::plugin {
namespace {

namespace js = boost::json;

constexpr json::Limits limits{.bytes = 64u << 20, .depth = 16};
constexpr std::size_t longest_why = 8 * 1024;

std::string line(js::object object) { return json::canonical(js::value(std::move(object))) + "\n"; }

Error garbage() { return {Errc::bad_input, "the answer is not understood"}; }

const js::string* string_of(const js::object& object, std::string_view name) {
  const js::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

Result<Scanned> read_answer(const js::object& object) {
  if (const js::string* why = string_of(object, "why")) {
    return Error{Errc::bad_input, std::string(std::string_view(*why).substr(0, longest_why))};
  }
  Result<Description> description = description_from_json(js::value(object));
  if (!description) return description.error();
  Scanned scanned{std::move(description).value(), {}};
  if (const js::value* ms = object.if_contains("entry_ms"); ms != nullptr && ms->is_int64()) {
    scanned.entry_time = std::chrono::milliseconds(ms->get_int64());
  }
  return scanned;
}

}  // namespace

std::string hello_line(const std::string& version) { return line({{"ktel", version}}); }
std::string loaded_line() { return line({{"loaded", true}}); }

std::string answer_line(const Result<Scanned>& scanned) {
  if (!scanned) return line({{"why", scanned.error().message}});
  js::object object = description_json(scanned.value().description).as_object();
  object["entry_ms"] = scanned.value().entry_time.count();
  return line(std::move(object));
}

js::value description_json(const Description& description) {
  js::array refused;
  for (const RefusedItem& item : description.refused) {
    refused.push_back(js::object{{"item", item.item}, {"why", item.why}});
  }
  return js::object{{"plugin", declaration_json(description.plugin)},
                    {"refused", std::move(refused)}};
}

Result<Description> description_from_json(const js::value& value) {
  const js::object* object = value.if_object();
  const js::value* plugin = object == nullptr ? nullptr : object->if_contains("plugin");
  const js::value* refused = object == nullptr ? nullptr : object->if_contains("refused");
  if (plugin == nullptr || refused == nullptr || !refused->is_array()) return garbage();
  Description description;
  Result<Plugin> declared = plugin_from_json(*plugin);
  if (!declared) return declared.error();
  description.plugin = std::move(declared).value();
  for (const js::value& one : refused->get_array()) {
    const js::object* item = one.if_object();
    const js::string* name = item == nullptr ? nullptr : string_of(*item, "item");
    const js::string* why = item == nullptr ? nullptr : string_of(*item, "why");
    if (name == nullptr || why == nullptr) return garbage();
    description.refused.push_back({std::string(*name), std::string(*why)});
  }
  return description;
}

Result<Received> read_messages(std::string_view text) {
  Received received;
  for (std::size_t end = 0; (end = text.find('\n')) != text.npos;) {
    const auto parsed = json::parse_strict(text.substr(0, end), limits);
    text.remove_prefix(end + 1);
    const js::object* object = parsed ? parsed.value().if_object() : nullptr;
    if (object == nullptr) return garbage();
    if (!received.hello) {
      const js::string* version = string_of(*object, "ktel");
      if (version == nullptr) return garbage();
      received.hello = true;
      received.version = std::string(*version);
    } else if (object->contains("loaded")) {
      received.loaded = true;
    } else {
      received.answer = read_answer(*object);
      const bool said_why = string_of(*object, "why") != nullptr;
      if (!received.answer && !said_why) return garbage();
      received.answered = true;
    }
  }
  return received;
}

}  // namespace ktel::plugin
