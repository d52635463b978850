// The rules for what a caller passes in: the caller is the author, so only what is ambiguous,
// reserved or a credential is refused.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <map>

#include "json/canonical.hpp"
#include "report/merge.hpp"
#include "standard/tripwire.hpp"

namespace ktel::report {
namespace {

using boost::json::value;
using standard::Shape;

std::string_view kind_name(const value& v) {
  switch (v.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "a bool";
    case boost::json::kind::string:
      return "a string";
    case boost::json::kind::array:
      return "an array";
    case boost::json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

// A key on its way into a sentence: what is no plain word is quoted, and cut before it fills a
// screen.
std::string shown(std::string_view key) {
  constexpr std::size_t longest = 64;
  const bool word = !key.empty() && key.size() <= longest &&
                    key.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_-/") == key.npos;
  if (word) return std::string(key);
  std::size_t end = std::min(key.size(), longest);
  while (end < key.size() && end > 0 && (static_cast<unsigned char>(key[end]) & 0xc0) == 0x80)
    --end;
  std::string quoted = json::canonical(boost::json::string(key.substr(0, end)));
  if (end < key.size()) quoted.insert(quoted.size() - 1, "...");
  return quoted;
}

std::string below(const std::string& path, std::string_view key) {
  const std::string name = shown(key);
  if (name.front() == '"') return fmt::format("{}[{}]", path, name);
  return path.empty() ? name : path + "." + name;
}

// Looks at every text of a document, keys included; stops at the first credential.
class Inspection {
 public:
  struct Sight {
    std::string first;  // where, in words
    std::size_t more = 0;
  };

  void inspect(const value& v, const std::string& path) {
    if (secret_) return;
    if (const auto* object = v.if_object()) {
      for (const auto& member : *object) {
        look(member.key(), path.empty() ? "a key" : "a key of " + path);
        inspect(member.value(), below(path, member.key()));
      }
    } else if (const auto* array = v.if_array()) {
      for (std::size_t i = 0; i < array->size(); ++i) {
        inspect((*array)[i], fmt::format("{}[{}]", path, i));
      }
    } else if (const auto* text = v.if_string()) {
      look(*text, path);
    }
  }

  const std::optional<Error>& secret() const { return secret_; }

  std::vector<Finding> findings() const {
    std::vector<Finding> out;
    for (const auto& [shape, sight] : sights_) {
      out.push_back(Finding{
          .id = "tripwire",
          .level = FindingLevel::warn,
          .job = {},
          .field = {},
          .text = fmt::format(
              "{} of the caller's JSON is shaped like {}{}", sight.first, standard::describe(shape),
              sight.more == 0 ? "" : fmt::format(", and so are {} more", sight.more)),
          .next = "it is reported as it is; take it out if it should not leave"});
    }
    return out;
  }

 private:
  void look(std::string_view text, const std::string& where) {
    if (secret_) return;
    const auto shape = standard::find_shape(text);
    if (!shape) return;
    if (standard::is_secret(*shape)) {
      secret_ = Error{Errc::bad_input, fmt::format("{} holds {}, which must not leave: take it out",
                                                   where, standard::describe(*shape))};
      return;
    }
    const auto [sight, fresh] = sights_.try_emplace(*shape, Sight{where});
    if (!fresh) ++sight->second.more;
  }

  std::optional<Error> secret_;
  std::map<Shape, Sight> sights_;  // one finding a shape, however often it is there
};

std::optional<Error> clash(std::string_view key, const std::vector<std::string>& jobs) {
  if (key.substr(0, 4) == "ktel" || key.substr(0, 1) == "_") {
    return Error{
        Errc::bad_input,
        fmt::format("key {} is reserved, as all of ktel* and _* are: rename it", shown(key))};
  }
  if (std::find(jobs.begin(), jobs.end(), key) != jobs.end()) {
    return Error{Errc::bad_input,
                 fmt::format("key {} is the name of a selected job: rename it", shown(key))};
  }
  return std::nullopt;
}

}  // namespace

Result<CallerJson> parse_caller_json(std::string_view text, const std::vector<std::string>& jobs) {
  Result<value> parsed = json::parse_strict(text);
  if (!parsed) return parsed.error();
  if (!parsed->is_object()) {
    return Error{Errc::bad_input,
                 fmt::format("it is {}, an object is expected: {{\"foo\": {{\"one\": 1}}}}",
                             kind_name(*parsed))};
  }
  // Credentials first: their refusal never repeats a key, the others do.
  Inspection inspection;
  inspection.inspect(*parsed, "");
  if (inspection.secret()) return *inspection.secret();
  for (const auto& member : parsed->get_object()) {
    if (auto error = clash(member.key(), jobs)) return *std::move(error);
  }
  return CallerJson{std::move(parsed->get_object()), inspection.findings()};
}

}  // namespace ktel::report
