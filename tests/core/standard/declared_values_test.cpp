// Property: whatever a job puts, what comes out satisfies its own declaration.
//
// Random declarations meet random values; an oracle that shares no code with the checks reads the
// result. The seed is fixed, so that a failure comes again.
#include <doctest/doctest.h>
#include <ktel/abi/job.h>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "json/canonical.hpp"
#include "sample.hpp"
#include "standard/part.hpp"
#include "standard/tripwire.hpp"
#include "values.hpp"

using ktel::plugin::Field;
using ktel::plugin::Job;
using ktel::standard::Part;
using namespace ktel::test;

namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(static_cast<std::uint32_t>(all.size()))];
  }

 private:
  std::mt19937 random_;
};

const std::vector<std::string> words = {"",
                                        "helm",
                                        "other",
                                        "kustomize",
                                        "amd64",
                                        "arm64",
                                        "v1.2.3",
                                        "1.2",
                                        "latest",
                                        "10.0.0.1",
                                        "a@b.org",
                                        "/etc/x",
                                        "example.org",
                                        "aaaa",
                                        "\xff",
                                        "a\nb",
                                        "v1.2.3-x.4",
                                        "eyJhbGciOiJub25lIn0.e30.",
                                        "2022-05-03T08:46:22Z",
                                        "1969-12-31T23:59:59Z",
                                        "2022-05-03 08:46:22",
                                        "00:1a:2b:3c:4d:5e",
                                        std::string(65, 'a'),
                                        std::string(64, 'a')};

Field random_field(Dice& dice, std::uint32_t i) {
  const std::uint32_t type = 1 + dice.below(KTEL_T_MAP);
  const bool has_items = type == KTEL_T_LIST || type == KTEL_T_MAP;
  Field field = make_field("", type, has_items ? 1 + dice.below(KTEL_T_TOKEN) : 0);
  field.name = "f" + std::to_string(i);
  if (type == KTEL_T_MAP && field.item == KTEL_T_ENUM) field.item = KTEL_T_COUNT;
  for (const char* value : {"helm", "other", "amd64"}) {
    if (dice.below(4) != 0) field.values.push_back({value, "a label"});
  }
  if (!field.values.empty() && !dice.one_in(3)) field.other = dice.of(field.values).value;
  field.pattern = dice.of(std::vector<std::string>{"[a-z]+", ".*", "[^]*", "v?[0-9.]+"});
  field.max_length = 1 + dice.below(64);
  field.max_items = 1 + dice.below(4);
  const std::uint32_t scalar = has_items ? field.item : type;
  const bool is_number = scalar >= KTEL_T_COUNT && scalar <= KTEL_T_BYTES;
  if (is_number && dice.one_in(2)) {
    field.min = -static_cast<double>(dice.below(3));
    field.max = dice.below(1000);
  }
  if (is_number && dice.one_in(3)) field.granularity = KTEL_G_POW2;
  if (scalar == KTEL_T_TIME) field.granularity = KTEL_G_SECOND + dice.below(3);
  if (scalar == KTEL_T_SEMVER) field.granularity = KTEL_G_MAJOR + dice.below(4);
  return field;
}

ktel_value random_scalar(Dice& dice) {
  switch (dice.below(8)) {
    case 0:
      return boolean(dice.one_in(2));
    case 1:
    case 2:
      return integer(dice.of(
          std::vector<std::int64_t>{0, 1, 2, 7, 999, -1, -5, 1651567582, INT64_MAX, INT64_MIN}));
    case 3:
      return number(dice.of(std::vector<double>{0, -0.0, 0.5, 1, 1.5, -3, 1e300, std::nan(""),
                                                std::numeric_limits<double>::infinity()}));
    case 4: {
      ktel_value wild{};
      wild.type = dice.below(10);
      return wild;
    }
    default:
      return text(dice.of(words));
  }
}

bool is_version(const std::string& s, std::uint32_t granularity) {
  static const std::regex forms[] = {std::regex("v?[0-9]+"), std::regex("v?[0-9]+(\\.[0-9]+)?"),
                                     std::regex("v?[0-9]+(\\.[0-9]+){0,2}"),
                                     std::regex("v?[0-9]+(\\.[0-9]+){0,2}[!#-&(-:<>-~]*")};
  return s.size() <= 64 && std::regex_match(s, forms[granularity - KTEL_G_MAJOR]);
}

bool is_time(const std::string& s, std::uint32_t granularity) {
  static const std::regex forms[] = {
      std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"),
      std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:00:00"),
      std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00")};
  return std::regex_match(s, forms[granularity - KTEL_G_SECOND]);
}

bool is_power_of_two(double n) {
  int exponent = 0;
  return n == 0 || std::abs(std::frexp(n, &exponent)) == 0.5;
}

// Random ranges hold 0, so that a number made coarser towards it stays within.
bool number_fits(const Field& field, double n) {
  if (!std::isfinite(n)) return false;
  if (field.granularity == KTEL_G_POW2 && !is_power_of_two(n)) return false;
  return (field.min == 0 && field.max == 0) || (n >= field.min && n <= field.max);
}

bool scalar_fits(const Field& field, std::uint32_t type, const boost::json::value& v) {
  const std::string s = v.is_string() ? std::string(v.get_string()) : std::string();
  switch (type) {
    case KTEL_T_BOOL:
      return v.is_bool();
    case KTEL_T_COUNT:
    case KTEL_T_BYTES:
      return v.is_int64() && v.get_int64() >= 0 &&
             number_fits(field, static_cast<double>(v.get_int64()));
    case KTEL_T_INT:
      return v.is_int64() && number_fits(field, static_cast<double>(v.get_int64()));
    case KTEL_T_RATIO:
      return v.is_double() && v.get_double() >= 0 && v.get_double() <= 1 &&
             number_fits(field, v.get_double());
    case KTEL_T_DURATION:
      return v.is_double() && number_fits(field, v.get_double());
    case KTEL_T_ENUM:
      return std::any_of(field.values.begin(), field.values.end(),
                         [&](const auto& l) { return l.value == s; });
    case KTEL_T_SEMVER:
      return is_version(s, field.granularity);
    case KTEL_T_TIME:
      return is_time(s, field.granularity);
    case KTEL_T_TOKEN:
      return !s.empty() && s.size() <= field.max_length &&
             std::regex_match(s, std::regex(field.pattern)) && !ktel::standard::find_shape(s);
    default:
      return false;
  }
}

bool fits(const Field& field, const boost::json::value& v) {
  if (field.type == KTEL_T_LIST) {
    if (!v.is_array() || v.get_array().size() > field.max_items) return false;
    std::vector<std::string> seen;
    for (const auto& item : v.get_array()) {
      if (!scalar_fits(field, field.item, item)) return false;
      seen.push_back(ktel::json::canonical(item));
    }
    if (std::set<std::string>(seen.begin(), seen.end()).size() != seen.size()) return false;
    const bool is_text = field.item >= KTEL_T_ENUM;
    return !is_text || std::is_sorted(seen.begin(), seen.end());
  }
  if (field.type == KTEL_T_MAP) {
    if (!v.is_object() || v.get_object().empty()) return false;
    for (const auto& member : v.get_object()) {
      const bool listed = std::any_of(field.values.begin(), field.values.end(),
                                      [&](const auto& l) { return l.value == member.key(); });
      if (!listed || !scalar_fits(field, field.item, member.value())) return false;
    }
    return true;
  }
  return scalar_fits(field, field.type, v);
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/declared_values");

TEST_CASE("every value that is accepted satisfies its own declaration") {
  Dice dice(20261125);
  std::array<int, KTEL_T_MAP + 1> accepted{};  // by type
  for (int round = 0; round < 20000; ++round) {
    Job job;
    job.name = "random";
    std::vector<bool> masked;
    for (std::uint32_t i = 0, n = 1 + dice.below(6); i < n; ++i) {
      job.fields.push_back(random_field(dice, i));
      masked.push_back(dice.one_in(5));
    }
    Part part(job, masked);
    for (int i = 0; i < 20; ++i) {
      const std::uint32_t field = dice.below(static_cast<std::uint32_t>(job.fields.size()) + 1);
      std::vector<ktel_value> items;
      for (std::uint32_t k = dice.below(4); k-- > 0;) items.push_back(random_scalar(dice));
      const ktel_value value = dice.one_in(3) ? list(items) : random_scalar(dice);
      switch (dice.below(3)) {
        case 0:
          (void)part.put_entry(field, dice.of(words), value);
          break;
        case 1:
          (void)part.add(field, dice.one_in(2) ? "" : dice.of(words),
                         static_cast<std::int64_t>(dice.below(5)) - 1);
          break;
        default:
          (void)part.put(field, value);
      }
    }

    const boost::json::object out = part.take();

    CHECK(ktel::json::parse_strict(ktel::json::canonical(out)).has_value());
    for (std::size_t i = 0; i < job.fields.size(); ++i) {
      const boost::json::value* value = out.if_contains(job.fields[i].name);
      if (!value) continue;
      ++accepted[job.fields[i].type];
      CAPTURE(round);
      CAPTURE(job.fields[i].type);
      CAPTURE(job.fields[i].item);
      CAPTURE(ktel::json::canonical(*value));
      CHECK_FALSE(masked[i]);
      CHECK(fits(job.fields[i], *value));
    }
  }
  for (std::size_t type = KTEL_T_BOOL; type < accepted.size(); ++type) {
    CAPTURE(type);
    CHECK(accepted[type] > 100);
  }
}

TEST_SUITE_END();
