// Hash, canonical form, and each declared field's type.
#include "delivery/verify.hpp"

#include <fmt/format.h>
#include <ktel/abi/job.h>

#include <boost/json.hpp>

#include <algorithm>

#include "delivery/record_json.hpp"
#include "json/canonical.hpp"

namespace ktel::delivery {
namespace {

namespace bj = boost::json;

bool is_whole(const bj::value& value) { return value.is_int64() || value.is_uint64(); }

bool is_natural(const bj::value& value) {
  return value.is_uint64() || (value.is_int64() && value.get_int64() >= 0);
}

bool is_from_0(const bj::value& value, double most) {
  if (!value.is_number()) return false;
  const auto number = value.to_number<double>();
  return number >= 0 && number <= most;
}

bool fits(std::uint32_t type, const bj::value& value) {
  switch (type) {
    case KTEL_T_BOOL:
      return value.is_bool();
    case KTEL_T_COUNT:
    case KTEL_T_BYTES:
      return is_natural(value);
    case KTEL_T_INT:
      return is_whole(value);
    case KTEL_T_RATIO:
      return is_from_0(value, 1);
    case KTEL_T_DURATION:
      return is_from_0(value, 1e300);
    case KTEL_T_LIST:
      return value.is_array();
    case KTEL_T_MAP:
      return value.is_object();
    default:
      return value.is_string();
  }
}

std::optional<std::string> check_fields(const bj::object& body,
                                        const std::vector<SentField>& fields) {
  for (const SentField& field : fields) {
    const bj::value* part = body.if_contains(field.job);
    const bj::value* value =
        part && part->is_object() ? part->get_object().if_contains(field.field) : nullptr;
    if (!value) return fmt::format("its body lacks {}.{}, which was sent", field.job, field.field);
    if (!fits(field.type, *value)) {
      return fmt::format("its body has {}.{} of another type than declared", field.job,
                         field.field);
    }
  }
  for (const auto& [job, part] : body) {
    const auto declares = [&](std::string_view name) {
      return std::any_of(fields.begin(), fields.end(), [&](const SentField& field) {
        return field.job == job && (name.empty() || field.field == name);
      });
    };
    if (!declares({}) || !part.is_object()) continue;  // a caller's key
    for (const auto& [name, value] : part.get_object()) {
      if (!declares(name))
        return fmt::format("its body has {}.{}, which nobody declared", std::string_view(job),
                           std::string_view(name));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> check_kept(const Row& row) {
  if (row.body.empty()) return std::nullopt;
  if (!row.intact) return "its body is not what was written: the SHA-256 differs";
  bj::error_code failed;
  const bj::value body = bj::parse(row.body, failed);
  if (failed || !body.is_object()) return "its body is no JSON object";
  if (json::canonical(body) != row.body) return "its body is not in canonical form";
  const Result<std::vector<SentField>> fields = fields_from_json(row.decl);
  if (!fields) return "its declarations cannot be read: " + fields.error().message;
  return check_fields(body.get_object(), *fields);
}

}  // namespace ktel::delivery
