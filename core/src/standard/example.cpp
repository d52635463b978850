// The example is put to the field's own check, as a job would put it.
#include "standard/example.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <vector>

#include "json/canonical.hpp"
#include "standard/check.hpp"
#include "standard/describe.hpp"

namespace ktel::standard {
namespace {

using boost::json::value;

// As a job hands it over: a view of `of`. Of a list, `items` are what it points to.
ktel_value view(const value& of, std::vector<ktel_value>* items) {
  ktel_value out{};
  switch (of.kind()) {
    case boost::json::kind::null:
      out.type = KTEL_V_NULL;
      break;
    case boost::json::kind::bool_:
      out.type = KTEL_V_BOOL;
      out.i64 = of.get_bool() ? 1 : 0;
      break;
    case boost::json::kind::int64:
      out.type = KTEL_V_I64;
      out.i64 = of.get_int64();
      break;
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      out.type = KTEL_V_F64;
      out.f64 = of.to_number<double>();
      break;
    case boost::json::kind::string:
      out.type = KTEL_V_STRING;
      out.str = {of.get_string().data(), of.get_string().size()};
      break;
    case boost::json::kind::array:
      if (items == nullptr) {
        out.type = KTEL_V_JSON;
        break;
      }
      for (const value& item : of.get_array()) items->push_back(view(item, nullptr));
      out.type = KTEL_V_LIST;
      out.items = items->data();
      out.count = static_cast<std::uint32_t>(items->size());
      break;
    case boost::json::kind::object:
      out.type = KTEL_V_JSON;
      break;
  }
  return out;
}

std::optional<std::string> wrong(const value& put, const Verdict& verdict) {
  if (const auto* refusal = std::get_if<Refusal>(&verdict)) return refusal->text;
  const std::string leaves = json::canonical(std::get<Accepted>(verdict).value);
  if (leaves == json::canonical(put)) return std::nullopt;
  return fmt::format("what leaves of it is {}", leaves);
}

}  // namespace

std::optional<std::string> wrong_example(const plugin::Field& field) {
  const FieldCheck check(field);
  const value example = example_json(field);
  std::vector<ktel_value> items;
  if (field.type != KTEL_T_MAP || !example.is_object()) {
    return wrong(example, check.whole(view(example, &items)));
  }
  if (example.get_object().empty()) return "a map without a key is not put";
  for (const auto& [key, put] : example.get_object()) {
    if (!check.listed(key)) return fmt::format("{} is no key of the map", std::string_view(key));
    if (const auto why = wrong(put, check.entry(view(put, nullptr)))) {
      return fmt::format("at {}: {}", std::string_view(key), *why);
    }
  }
  return std::nullopt;
}

}  // namespace ktel::standard
