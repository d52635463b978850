// One slot a field: what was put, put by key, or added up.
#include "fields.hpp"

#include <algorithm>

#include <ktel/sdk/text.hpp>

namespace ktel::sdk::testing {
namespace {

std::string as_text(const ktel_value& value) {
  switch (value.type) {
    case KTEL_V_BOOL:
      return value.i64 != 0 ? "true" : "false";
    case KTEL_V_I64:
      return std::to_string(value.i64);
    case KTEL_V_F64:
      return std::to_string(value.f64);
    default:
      return std::string(view(value.str));
  }
}

bool listed(const ktel_field& field, std::string_view value) {
  return std::any_of(field.values, field.values + field.value_count,
                     [&](const ktel_label& label) { return value == label.value; });
}

bool is_number(const ktel_value& value) {
  return value.type == KTEL_V_I64 || value.type == KTEL_V_F64;
}

double number(const ktel_value& value) {
  return value.type == KTEL_V_I64 ? static_cast<double>(value.i64) : value.f64;
}

bool fits(std::uint32_t type, const ktel_value& value) {
  switch (type) {
    case KTEL_T_BOOL:
      return value.type == KTEL_V_BOOL;
    case KTEL_T_COUNT:
    case KTEL_T_BYTES:
      return value.type == KTEL_V_I64 && value.i64 >= 0;
    case KTEL_T_INT:
      return value.type == KTEL_V_I64;
    case KTEL_T_RATIO:
      return is_number(value) && number(value) >= 0 && number(value) <= 1;
    case KTEL_T_DURATION:
      return is_number(value);
    case KTEL_T_TIME:
      return value.type == KTEL_V_STRING || value.type == KTEL_V_I64;
    default:
      return value.type == KTEL_V_STRING;
  }
}

bool in_range(const ktel_field& field, const ktel_value& value) {
  if (!is_number(value) || (field.min == 0 && field.max == 0)) return true;
  return number(value) >= field.min && number(value) <= field.max;
}

bool before(const ktel_value& a, const ktel_value& b) {
  if (is_number(a) && is_number(b)) return number(a) < number(b);
  return as_text(a) < as_text(b);
}

ktel_value integer(std::int64_t n) {
  ktel_value value{};
  value.type = KTEL_V_I64;
  value.i64 = n;
  return value;
}

}  // namespace

Fields::Fields(const ktel_job& job, const std::set<std::uint32_t>& masked)
    : job_(job), masked_(masked), slots_(job.field_count) {}

ktel_status Fields::put(std::uint32_t field, const ktel_value& value) {
  if (field >= slots_.size()) return refuse_index(field);
  const std::uint32_t type = job_.fields[field].type;
  Slot& slot = slots_[field];
  if (slot.value || !slot.sums.empty()) return refuse(field, "put twice", KTEL_E_STATE);
  if (type == KTEL_T_MAP) return refuse(field, "the keys of a map are put one by one");
  std::optional<std::string> accepted =
      type == KTEL_T_LIST ? accept_list(field, value) : accept(field, type, value);
  if (!accepted) return KTEL_E_INVALID;
  slot.value = std::move(accepted);
  return done(field);
}

ktel_status Fields::put_entry(std::uint32_t field, std::string_view key, const ktel_value& value) {
  if (field >= slots_.size()) return refuse_index(field);
  const ktel_field& declared = job_.fields[field];
  Slot& slot = slots_[field];
  if (declared.type != KTEL_T_MAP) return refuse(field, "it is no map");
  if (!listed(declared, key)) return refuse(field, std::string(key) + " is no key");
  if (slot.entries.contains(key) || slot.sums.contains(key)) {
    return refuse(field, std::string(key) + " put twice", KTEL_E_STATE);
  }
  std::optional<std::string> accepted = accept(field, declared.item, value);
  if (!accepted) return KTEL_E_INVALID;
  slot.entries.emplace(key, std::move(*accepted));
  return done(field);
}

ktel_status Fields::add(std::uint32_t field, std::string_view key, std::int64_t n) {
  if (field >= slots_.size()) return refuse_index(field);
  const ktel_field& declared = job_.fields[field];
  Slot& slot = slots_[field];
  const bool map = declared.type == KTEL_T_MAP;
  const std::uint32_t type = map ? declared.item : declared.type;
  if (type != KTEL_T_COUNT && type != KTEL_T_INT) {
    return refuse(field, "added to what is neither count nor int");
  }
  if (map && !listed(declared, key)) key = declared.other == nullptr ? "" : declared.other;
  if (map == key.empty()) return refuse(field, "added to a key that is not declared");
  if (slot.value || slot.entries.contains(key)) {
    return refuse(field, "added to a value that was put", KTEL_E_STATE);
  }
  const auto sum = slot.sums.find(key);
  std::int64_t total = sum == slot.sums.end() ? 0 : sum->second;
  if (__builtin_add_overflow(total, n, &total)) {
    return refuse(field, "the sum is beyond 64 bits", KTEL_E_LIMIT);
  }
  if (type == KTEL_T_COUNT && total < 0) return refuse(field, "the count would be below 0");
  slot.sums.insert_or_assign(std::string(key), total);
  return done(field);
}

std::map<std::string, std::string> Fields::take() {
  std::map<std::string, std::string> fields;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    const ktel_field& field = job_.fields[i];
    Slot& slot = slots_[i];
    const std::uint32_t type = field.type == KTEL_T_MAP ? field.item : field.type;
    // Bounds hold for the sum, so they wait until it is known.
    for (const auto& [key, sum] : slot.sums) {
      if (const auto text = accept(i, type, integer(sum))) slot.entries.emplace(key, *text);
    }
    if (slot.value) slot.entries.emplace("", *slot.value);
    if (masked_.contains(i)) continue;
    for (const auto& [key, text] : slot.entries) {
      fields.emplace(field.name + (key.empty() ? "" : "." + key), text);
    }
  }
  return fields;
}

std::optional<std::string> Fields::accept(std::uint32_t field, std::uint32_t type,
                                          const ktel_value& value) {
  ktel_value accepted = value;
  if (!scalar(field, type, accepted)) return std::nullopt;
  return as_text(accepted);
}

std::optional<std::string> Fields::accept_list(std::uint32_t field, const ktel_value& value) {
  const ktel_field& declared = job_.fields[field];
  if (value.type != KTEL_V_LIST) return refuse(field, "it is no list"), std::nullopt;
  std::vector<ktel_value> items(value.items, value.items + value.count);
  for (ktel_value& item : items) {
    if (!scalar(field, declared.item, item)) return std::nullopt;
  }
  std::sort(items.begin(), items.end(), before);
  const auto same = [](const ktel_value& a, const ktel_value& b) {
    return !before(a, b) && !before(b, a);
  };
  items.erase(std::unique(items.begin(), items.end(), same), items.end());
  if (items.size() > (declared.max_items == 0 ? 256 : declared.max_items)) {
    return refuse(field, "the list has more than max_items"), std::nullopt;
  }
  std::string text = "[";
  for (const ktel_value& item : items) text += (&item == items.data() ? "" : ",") + as_text(item);
  return text + "]";
}

// Does one value fit? What an ENUM does not list becomes its `other`.
bool Fields::scalar(std::uint32_t field, std::uint32_t type, ktel_value& value) {
  const ktel_field& declared = job_.fields[field];
  if (!fits(type, value)) {
    return refuse(field, "its type does not take " + as_text(value)), false;
  }
  if (!in_range(declared, value)) {
    return refuse(field, as_text(value) + " is out of bounds"), false;
  }
  if (type != KTEL_T_ENUM || listed(declared, view(value.str))) return true;
  refuse(field, as_text(value) + " is not listed");
  if (declared.other == nullptr) return false;
  value.str = str(declared.other);
  return true;
}

ktel_status Fields::refuse(std::uint32_t field, const std::string& what, ktel_status status) {
  findings_.push_back(std::string(job_.fields[field].name) + ": " + what);
  return status;
}

ktel_status Fields::refuse_index(std::uint32_t field) {
  findings_.push_back("field " + std::to_string(field) + ": not declared");
  return KTEL_E_INVALID;
}

ktel_status Fields::done(std::uint32_t field) const {
  return masked_.contains(field) ? KTEL_WITHHELD : KTEL_OK;
}

}  // namespace ktel::sdk::testing
