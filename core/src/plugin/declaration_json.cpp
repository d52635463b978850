// One list of members a struct, walked by a writer and by a reader: they cannot drift apart.
#include "plugin/declaration_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/hash.hpp"
#include "json/canonical.hpp"

namespace ktel::plugin {
namespace {

namespace js = boost::json;

// Calls `each` with every member of a struct, which is const for the writer.
template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Label> {
  each("value", of.value)("label", of.label);
}

template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Param> {
  each("name", of.name)("type", of.type)("required", of.required)("secret", of.secret)(
      "description", of.description)("has_default", of.has_default)("default", of.default_text)(
      "env", of.env)("values", of.values);
}

template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Read> {
  each("id", of.id)("verb", of.verb)("cluster_scoped", of.cluster_scoped)("optional", of.optional)(
      "max_age_s", of.max_age_s)("group", of.group)("versions", of.versions)(
      "resource", of.resource)("ns", of.ns)("name", of.name)("label_selector", of.label_selector)(
      "field_selector", of.field_selector)("url", of.url)("metrics", of.metrics)("paths", of.paths)(
      "when_read", of.when_read)("when_absent", of.when_absent)("why", of.why);
}

template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Field> {
  each("name", of.name)("type", of.type)("item", of.item)("values", of.values)("other", of.other)(
      "pattern", of.pattern)("max_length", of.max_length)("max_items", of.max_items)("min", of.min)(
      "max", of.max)("sensitivity", of.sensitivity)("granularity", of.granularity)("unit", of.unit)(
      "from", of.from)("description", of.description)("example", of.example)(
      "absent_when", of.absent_when)("alias", of.alias)("replaced_by", of.replaced_by)(
      "question", of.question)("benefit", of.benefit)("owner", of.owner)("since", of.since)(
      "expires", of.expires)("stability", of.stability)("metric", of.metric);
}

template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Need> {
  each("job", of.job)("paths", of.paths)("optional", of.optional);
}

template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Job> {
  each("name", of.name)("title", of.title)("summary", of.summary)("question", of.question)(
      "benefit", of.benefit)("owner", of.owner)("contact", of.contact)("since", of.since)(
      "expires", of.expires)("stability", of.stability)("reentrant", of.reentrant)(
      "partial_ok", of.partial_ok)("timeout_ms", of.timeout_ms)("fields", of.fields)(
      "reads", of.reads)("needs", of.needs)("params", of.params)("index", of.index);
}

template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Backend> {
  each("name", of.name)("summary", of.summary)("schemes", of.schemes)("idempotent", of.idempotent)(
      "has_ack", of.has_ack)("own_io", of.own_io)("timeout_ms", of.timeout_ms)("params", of.params)(
      "index", of.index);
}

template <class Each, class T>
void members(Each& each, T& of) requires std::same_as<std::remove_const_t<T>, Plugin> {
  each("id", of.id)("version", of.version)("vendor", of.vendor)("summary", of.summary)(
      "license", of.license)("url", of.url)("abi_minor", of.abi_minor)("isolate", of.isolate)(
      "jobs", of.jobs)("backends", of.backends);
}

class Writer {
 public:
  template <class T>
  Writer& operator()(std::string_view name, const T& member) {
    object_.emplace(name, to_json(member));
    return *this;
  }

  template <class T>
  static js::value to_json(const T& of) {
    if constexpr (std::same_as<T, std::string>) {
      return js::value(js::string(of));
    } else if constexpr (std::same_as<T, bool> || std::floating_point<T>) {
      return js::value(of);
    } else if constexpr (std::unsigned_integral<T>) {
      // As the parser would give it back.
      return js::value(static_cast<std::int64_t>(of));
    } else if constexpr (std::same_as<T, json::Path>) {
      return js::value(js::string(of.text));
    } else {
      Writer writer;
      members(writer, of);
      return js::value(std::move(writer.object_));
    }
  }
  template <class T>
  static js::value to_json(const std::vector<T>& of) {
    js::array array;
    for (const T& item : of) array.push_back(to_json(item));
    return js::value(std::move(array));
  }

 private:
  js::object object_;
};

// Reads on after a mistake; the first one is kept, with the members that lead to it.
class Reader {
 public:
  Reader(const js::object& object, std::string where, std::string& wrong)
      : object_(object), where_(std::move(where)), wrong_(wrong) {}

  template <class T>
  Reader& operator()(std::string_view name, T& member) {
    const std::string where = where_ + "." + std::string(name);
    if (const js::value* value = object_.if_contains(name)) {
      read(*value, member, where, wrong_);
    } else if (wrong_.empty()) {
      wrong_ = where + " is missing";
    }
    return *this;
  }

  template <class T>
  static void read(const js::value& value, T& into, const std::string& where, std::string& wrong) {
    bool fits = false;
    if constexpr (std::same_as<T, std::string>) {
      if ((fits = value.is_string())) into = std::string(value.get_string());
    } else if constexpr (std::same_as<T, bool>) {
      if ((fits = value.is_bool())) into = value.get_bool();
    } else if constexpr (std::floating_point<T>) {
      if ((fits = value.is_number())) into = value.to_number<T>();
    } else if constexpr (std::unsigned_integral<T>) {
      fits = value.is_int64() && value.get_int64() >= 0 &&
             value.get_int64() <= static_cast<std::int64_t>(std::numeric_limits<T>::max());
      if (fits) into = static_cast<T>(value.get_int64());
    } else if constexpr (std::same_as<T, json::Path>) {
      if (value.is_string()) {
        auto path = json::parse_path(std::string_view(value.get_string()));
        if ((fits = path.has_value())) into = std::move(path).value();
      }
    } else if ((fits = value.is_object())) {
      Reader reader(value.get_object(), where, wrong);
      members(reader, into);
    }
    if (!fits && wrong.empty()) wrong = where + " is of the wrong kind";
  }
  template <class T>
  static void read(const js::value& value, std::vector<T>& into, const std::string& where,
                   std::string& wrong) {
    if (!value.is_array()) {
      if (wrong.empty()) wrong = where + " is of the wrong kind";
      return;
    }
    for (const js::value& item : value.get_array()) read(item, into.emplace_back(), where, wrong);
  }

 private:
  const js::object& object_;
  std::string where_;
  std::string& wrong_;
};

}  // namespace

js::value declaration_json(const Plugin& plugin) { return Writer::to_json(plugin); }

Result<Plugin> plugin_from_json(const js::value& value) {
  Plugin plugin;
  std::string wrong;
  Reader::read(value, plugin, "plugin", wrong);
  if (!wrong.empty()) return Error{Errc::bad_input, wrong};
  return plugin;
}

std::string declaration_digest(const Plugin& plugin) {
  return sha256_hex(json::canonical(declaration_json(plugin)));
}

}  // namespace ktel::plugin
