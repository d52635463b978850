// The rules of a field, in the order of its members. See check.hpp.
#pragma once

#include <ktel/abi/job.h>

#include <cstdint>
#include <limits>
#include <string_view>

#include <ktel/sdk/detail/check_parts.hpp>

namespace ktel::sdk::detail {

constexpr bool holds_items(const ktel_field& field) {
  return field.type == KTEL_T_LIST || field.type == KTEL_T_MAP;
}

// What one value of the field is: of a list or a map, its items.
constexpr std::uint32_t scalar_of(const ktel_field& field) {
  return holds_items(field) ? field.item : field.type;
}

constexpr bool number(std::uint32_t type) { return type >= KTEL_T_COUNT && type <= KTEL_T_BYTES; }

constexpr void check_type(const ktel_field& field) {
  require(field.type >= KTEL_T_BOOL && field.type <= KTEL_T_MAP,
          "a field's type is unknown, or TEXT: no free text leaves");
  require(holds_items(field) ? field.item >= KTEL_T_BOOL && field.item <= KTEL_T_TOKEN
                             : field.item == 0,
          "a LIST or MAP has an item type, a single value; any other has none");
  require(field.type != KTEL_T_MAP || field.item != KTEL_T_ENUM,
          "the values of a MAP are its keys: its item is no ENUM");
}

constexpr void check_set(const ktel_field& field) {
  const bool closed = field.type == KTEL_T_MAP || scalar_of(field) == KTEL_T_ENUM;
  check_values(field.values, field.value_count, field.value_stride);
  require(closed == (field.value_count > 0),
          "an ENUM has values and a MAP has keys; any other type has none");
  require(scalar_of(field) != KTEL_T_ENUM || given(field.other),
          "an ENUM needs `other`, for what is not listed");
  bool listed = !given(field.other);
  for (std::uint32_t i = 0; i < field.value_count; ++i) {
    listed = listed || text(field.other) == field.values[i].value;
  }
  require(listed, "`other` must be one of the field's own values");
}

constexpr void check_bounds(const ktel_field& field) {
  constexpr double most = std::numeric_limits<double>::max();
  const bool of_numbers = number(scalar_of(field));
  if (scalar_of(field) == KTEL_T_TOKEN) {
    check_required(field.pattern, "a TOKEN needs a pattern");
    require(field.max_length >= 1 && field.max_length <= 64, "a TOKEN's max_length is 1 to 64");
  } else {
    require(field.pattern == nullptr && field.max_length == 0,
            "pattern and max_length are for TOKEN");
  }
  require(field.type == KTEL_T_LIST ? field.max_items >= 1 && field.max_items <= 256
                                    : field.max_items == 0,
          "a LIST has max_items, 1 to 256; any other has none");
  require(field.min >= -most && field.max <= most, "`min` and `max` are finite");
  require(field.min <= field.max, "`min` is above `max`");
  require(of_numbers || (field.min == 0 && field.max == 0), "`min` and `max` are for numbers");
  require(!of_numbers || given(field.unit), "a number needs a unit: \"{pod}\", \"s\"");
  require(field.metric == 0 || (of_numbers && field.metric == KTEL_M_GAUGE),
          "a field's metric is unknown, or it is no number");
}

constexpr bool granularity_fits(std::uint32_t scalar, std::uint32_t granularity) {
  if (granularity == 0) return true;
  if (granularity <= KTEL_G_POW2) return number(scalar);
  if (granularity <= KTEL_G_DAY) return scalar == KTEL_T_TIME;
  return granularity <= KTEL_G_FULL && scalar == KTEL_T_SEMVER;
}

constexpr void check_from(const ktel_job& job, std::string_view from) {
  std::string_view id;
  while (next_word(from, id)) {
    bool known = false;
    for (std::uint32_t i = 0; i < job.read_count; ++i) known = known || id == job.reads[i].id;
    require(known, "`from` names a read that the job does not declare");
  }
}

constexpr void check_field(const ktel_job& job, std::uint32_t index) {
  const ktel_field& field = job.fields[index];
  const std::string_view own = text(field.name);
  // "last-update" is the one name with a dash: it was published before the rule.
  require(name(own, "_") || own == "last-update",
          "a field's name is lower-case words joined by '_', 40 characters at most");
  require(!reserved(own), "names that begin with ktel are the host's");
  for (std::uint32_t i = 0; i < index; ++i) {
    require(own != job.fields[i].name, "two fields have one name");
  }
  check_type(field);
  check_set(field);
  check_bounds(field);
  require(field.sensitivity >= KTEL_S_PRODUCT && field.sensitivity <= KTEL_S_IDENTIFIER,
          "a field needs a sensitivity");
  require(granularity_fits(scalar_of(field), field.granularity),
          "a field's granularity does not fit its type");
  check_from(job, text(field.from));
  check_required(field.description, "a field needs a description");
  require(text(field.description).size() >= 20, "a field's description is one whole sentence");
  check_required(field.example, "a field needs an example");
  check_required(field.absent_when, "a field needs absent_when: when it is left out");
  require(!given(field.since) || version(field.since), "`since` is a version of the plugin: 1.0.0");
  require(!given(field.expires) || day(field.expires), "`expires` is a day: 2028-06-30");
  require(field.stability <= KTEL_DEPRECATED, "a field's stability is unknown");
  require(field.stability != KTEL_DEPRECATED || given(field.replaced_by),
          "a DEPRECATED field needs replaced_by: the one that follows it");
  check_flags(field.flags, 0);
  for (const char* member : {field.other, field.unit, field.from, field.alias, field.replaced_by,
                             field.question, field.benefit, field.owner}) {
    check_text(member);
  }
}

}  // namespace ktel::sdk::detail
