// What a job may put, and what every refusal says.
#include "standard/part.hpp"

#include <doctest/doctest.h>
#include <ktel/abi/job.h>

#include <cmath>
#include <limits>

#include "json/canonical.hpp"
#include "sample.hpp"
#include "values.hpp"

using ktel::FindingLevel;
using ktel::plugin::Field;
using ktel::plugin::Job;
using ktel::standard::Part;
using namespace ktel::test;

namespace {

Job job_of(std::vector<Field> fields) {
  Job job;
  job.name = "sample";
  job.owner = "team-sample";
  job.contact = "telemetry@example.org";
  job.fields = std::move(fields);
  return job;
}

// What is left of one value put into one field, or the finding's id and text.
std::string put(const Field& field, const ktel_value& value) {
  const Job job = job_of({field});
  Part part(job, {});
  const ktel_status status = part.put(0, value);
  if (status == KTEL_E_INVALID) {
    REQUIRE(part.findings().size() == 1);
    CHECK(part.findings()[0].level == FindingLevel::error);
    CHECK(part.take().empty());
    return part.findings()[0].id + ": " + part.findings()[0].text;
  }
  REQUIRE(status == KTEL_OK);
  return ktel::json::canonical(part.take());
}

Field field_of(std::uint32_t type, std::uint32_t item = 0) { return make_field("x", type, item); }

Field token(const char* pattern, std::uint32_t length = 64) {
  Field field = field_of(KTEL_T_TOKEN);
  field.pattern = pattern;
  field.max_length = length;
  return field;
}

Field enumeration(const char* other) {
  Field field = field_of(KTEL_T_ENUM);
  field.values = {{"helm", "Helm"}, {"other", "anything else"}};
  field.other = other;
  return field;
}

Field map_of(std::uint32_t item, const char* other = "other") {
  Field field = field_of(KTEL_T_MAP, item);
  field.values = {{"amd64", "x86-64"}, {"arm64", "Arm"}, {"other", "others"}};
  field.other = other;
  return field;
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/part");

TEST_CASE("a value of its declared type leaves") {
  CHECK(put(field_of(KTEL_T_BOOL), boolean(true)) == R"({"x":true})");
  CHECK(put(field_of(KTEL_T_COUNT), integer(0)) == R"({"x":0})");
  CHECK(put(field_of(KTEL_T_INT), integer(INT64_MIN)) == R"({"x":-9223372036854775808})");
  CHECK(put(field_of(KTEL_T_BYTES), integer(INT64_MAX)) == R"({"x":9223372036854775807})");
  CHECK(put(field_of(KTEL_T_RATIO), number(0.25)) == R"({"x":0.25})");
  CHECK(put(field_of(KTEL_T_RATIO), integer(1)) == R"({"x":1})");
  CHECK(put(field_of(KTEL_T_DURATION), integer(90)) == R"({"x":90})");
  CHECK(put(field_of(KTEL_T_DURATION), number(1.5)) == R"({"x":1.5})");
  CHECK(put(enumeration("other"), text("helm")) == R"({"x":"helm"})");
  CHECK(put(field_of(KTEL_T_SEMVER), text("v1.24.1-gke.1400")) == R"({"x":"v1.24.1-gke.1400"})");
  CHECK(put(field_of(KTEL_T_TIME), text("2022-05-03T10:46:22+02:00")) ==
        R"({"x":"2022-05-03 08:46:22"})");
  CHECK(put(field_of(KTEL_T_TIME), integer(1651567582)) == R"({"x":"2022-05-03 08:46:22"})");
  CHECK(put(token("[a-z]+"), text("abc")) == R"({"x":"abc"})");
}

TEST_CASE("a value of another type does not") {
  const auto refused = [](std::uint32_t type, const ktel_value& value) {
    return put(field_of(type), value);
  };
  CHECK(refused(KTEL_T_COUNT, text("7")) ==
        "type-mismatch: text was put where the declared type is count; it was dropped");
  CHECK(refused(KTEL_T_COUNT, number(7)) ==
        "type-mismatch: a number was put where the declared type is count; it was dropped");
  CHECK(refused(KTEL_T_BOOL, integer(1)) ==
        "type-mismatch: an integer was put where the declared type is bool; it was dropped");
  CHECK(refused(KTEL_T_SEMVER, ktel_value{}) ==
        "type-mismatch: nothing was put where the declared type is semver; it was dropped");
  CHECK(refused(KTEL_T_TIME, number(1.5)).find("type-mismatch") == 0);
  CHECK(refused(KTEL_T_ENUM, integer(1)).find("type-mismatch") == 0);
  CHECK(refused(KTEL_T_TOKEN, boolean(true)).find("type-mismatch") == 0);
  CHECK(refused(KTEL_T_LIST, text("a")).find("type-mismatch") == 0);
  CHECK(refused(KTEL_T_MAP, list({})) ==
        "type-mismatch: a whole map was put, its keys are put one by one; it was dropped");
  CHECK(refused(KTEL_T_TEXT, text("free")) ==
        "type-mismatch: the declared type is none that can leave; it was dropped");
  ktel_value wild = text("x");
  wild.str = {nullptr, 5};
  CHECK(refused(KTEL_T_SEMVER, wild).find("type-mismatch") == 0);
  ktel_value odd = boolean(true);
  odd.i64 = 2;
  CHECK(refused(KTEL_T_BOOL, odd).find("type-mismatch") == 0);
  ktel_value holes = list({});
  holes.count = 3;
  holes.items = nullptr;
  CHECK(refused(KTEL_T_LIST, holes).find("type-mismatch") == 0);
}

TEST_CASE("numbers keep to their range") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(put(field_of(KTEL_T_COUNT), integer(-1)) ==
        "invalid-value: the value is below 0; it was dropped");
  CHECK(put(field_of(KTEL_T_BYTES), integer(-1)) ==
        "invalid-value: the value is below 0; it was dropped");
  for (const double n : {1.01, -0.01, infinity, std::nan("")}) {
    CHECK(put(field_of(KTEL_T_RATIO), number(n)) ==
          "invalid-value: the value is not from 0 to 1; it was dropped");
  }
  CHECK(put(field_of(KTEL_T_RATIO), integer(2)).find("invalid-value") == 0);
  CHECK(put(field_of(KTEL_T_DURATION), number(-infinity)) ==
        "invalid-value: the value is not a finite number; it was dropped");
  CHECK(put(field_of(KTEL_T_DURATION), number(std::nan(""))).find("invalid-value") == 0);

  Field bounded = field_of(KTEL_T_INT);
  bounded.min = -2;
  bounded.max = 10;
  CHECK(put(bounded, integer(-2)) == R"({"x":-2})");
  CHECK(put(bounded, integer(10)) == R"({"x":10})");
  CHECK(put(bounded, integer(-3)) ==
        "invalid-value: the value is below the declared -2; it was dropped");
  CHECK(put(bounded, integer(11)) ==
        "invalid-value: the value is above the declared 10; it was dropped");
}

TEST_CASE("pow2 rounds towards zero to a power of two") {
  struct Row {
    std::int64_t in, out;
  };
  Field field = field_of(KTEL_T_INT);
  field.granularity = KTEL_G_POW2;
  for (const Row& row : {Row{0, 0}, Row{1, 1}, Row{3, 2}, Row{4, 4}, Row{1000, 512}, Row{-3, -2},
                         Row{INT64_MAX, std::int64_t{1} << 62}, Row{INT64_MIN, INT64_MIN}}) {
    CHECK(put(field, integer(row.in)) == "{\"x\":" + std::to_string(row.out) + "}");
  }
  field.type = KTEL_T_DURATION;
  CHECK(put(field, number(0.3)) == R"({"x":0.25})");
  CHECK(put(field, number(90.5)) == R"({"x":64})");
  CHECK(put(field, number(0)) == R"({"x":0})");
}

TEST_CASE("an enum value that is not listed becomes other, with a note that does not repeat it") {
  const Job job = job_of({enumeration("other")});
  Part part(job, {});

  CHECK(part.put(0, text("acme-secret-tool")) == KTEL_OK);

  CHECK(ktel::json::canonical(part.take()) == R"({"x":"other"})");
  REQUIRE(part.findings().size() == 1);
  CHECK(part.findings()[0].id == "value-other");
  CHECK(part.findings()[0].level == FindingLevel::note);
  CHECK(part.findings()[0].text == "a value that is not listed was reported as other");
  CHECK(put(enumeration(""), text("acme")) ==
        "invalid-value: the value is not listed, and no other stands for it; it was dropped");
}

TEST_CASE("versions and times leave at their granularity, or not at all") {
  Field version = field_of(KTEL_T_SEMVER);
  version.granularity = KTEL_G_PATCH;
  CHECK(put(version, text("v1.27.8+rke2r1")) == R"({"x":"v1.27.8"})");
  CHECK(put(version, text("latest")) == "invalid-value: the text is not a version; it was dropped");
  Field time = field_of(KTEL_T_TIME);
  time.granularity = KTEL_G_DAY;
  CHECK(put(time, integer(1651567582)) == R"({"x":"2022-05-03 00:00:00"})");
  CHECK(put(time, text("yesterday")) ==
        "invalid-value: the text is not a time of RFC 3339; it was dropped");
  CHECK(put(time, text("0001-01-01T00:00:00Z")) ==
        "invalid-value: the time is before 1970 or after 9999; it was dropped");
}

TEST_CASE("a token matches its pattern whole, is short, printable and looks like no address") {
  CHECK(put(token("[a-z]+"), text("abc1")) ==
        "invalid-value: the text does not match the declared pattern; it was dropped");
  CHECK(put(token("[a-z]+", 3), text("abcd")) ==
        "invalid-value: the text is longer than 3 bytes; it was dropped");
  CHECK(put(token(".*", 500), text(std::string(65, 'a'))) ==
        "invalid-value: the text is longer than 64 bytes; it was dropped");
  CHECK(put(token(".*"), text("")) ==
        "invalid-value: the text is empty; what is not there is not put; it was dropped");
  for (const std::string& bad : {std::string("a\nb"), std::string("a\0b", 3),
                                 std::string("\xff\xfe"), std::string("\xc3\xa4")}) {
    CHECK(put(token("[^]*"), text(bad)) ==
          "invalid-value: the text holds a character that is not printable ASCII; it was dropped");
  }
  CHECK(put(token("("), text("a")) ==
        "invalid-value: the declared pattern is no regular expression; it was dropped");
  CHECK(put(token(".*"), text("10.0.0.1")) ==
        "tripwire: the text is shaped like a network address; it was dropped");
  CHECK(put(token(".*"), text("jane@example.org")) ==
        "tripwire: the text is shaped like an e-mail address; it was dropped");
}

TEST_CASE("a list leaves sorted, each item once, whole or not at all") {
  Field names = enumeration("other");
  names.type = KTEL_T_LIST;
  names.item = KTEL_T_ENUM;
  names.max_items = 2;
  const std::vector<ktel_value> twice = {text("other"), text("helm"), text("other"),
                                         text("unheard")};
  const Job job = job_of({names});
  Part part(job, {});
  CHECK(part.put(0, list(twice)) == KTEL_OK);
  CHECK(ktel::json::canonical(part.take()) == R"({"x":["helm","other"]})");
  CHECK(part.findings().at(0).id == "value-other");

  Field numbers = field_of(KTEL_T_LIST, KTEL_T_INT);
  numbers.max_items = 3;
  CHECK(put(numbers, list({integer(10), integer(-1), integer(9)})) == R"({"x":[-1,9,10]})");
  CHECK(put(numbers, list({})) == R"({"x":[]})");
  CHECK(put(numbers, list({integer(1), text("2")})) ==
        "type-mismatch: in an item of the list: text was put where the declared type is int; it "
        "was dropped");
  CHECK(put(numbers, list({integer(1), integer(2), integer(3), integer(4)})) ==
        "invalid-value: the list has more than 3 items; it was dropped");
  CHECK(put(numbers, list({list({})})).find("type-mismatch") == 0);
}

TEST_CASE("a map takes its declared keys, each once") {
  const Job job = job_of({map_of(KTEL_T_BOOL)});
  Part part(job, {});

  CHECK(part.put_entry(0, "arm64", boolean(false)) == KTEL_OK);
  CHECK(part.put_entry(0, "amd64", boolean(true)) == KTEL_OK);
  CHECK(part.put_entry(0, "amd64", boolean(false)) == KTEL_E_STATE);
  CHECK(part.put_entry(0, "riscv64", boolean(true)) == KTEL_E_INVALID);
  CHECK(part.put_entry(0, "other", integer(1)) == KTEL_E_INVALID);

  CHECK(ktel::json::canonical(part.take()) == R"({"x":{"amd64":true,"arm64":false}})");
  REQUIRE(part.findings().size() == 3);
  CHECK(part.findings()[0].text == "a key was put twice; its first value stays");
  CHECK(part.findings()[1].id == "undeclared");
  CHECK(part.findings()[1].text == "a key was put that the map does not declare");
  CHECK(part.findings()[2].id == "type-mismatch");
}

TEST_CASE("a key is not put into a field that is no map") {
  const Job job = job_of({field_of(KTEL_T_COUNT)});
  Part part(job, {});

  CHECK(part.put_entry(0, "", integer(1)) == KTEL_E_INVALID);
  CHECK(part.findings().at(0).text ==
        "a key was put where the declared type is count; it was dropped");
}

TEST_CASE("add counts up from 0, and what is not listed counts as other") {
  const Job job = job_of({map_of(KTEL_T_COUNT), make_field("n", KTEL_T_COUNT)});
  Part part(job, {});

  CHECK(part.add(0, "amd64", 2) == KTEL_OK);
  CHECK(part.add(0, "amd64", 1) == KTEL_OK);
  CHECK(part.add(0, "s390x", 1) == KTEL_OK);
  CHECK(part.add(0, "riscv64", 1) == KTEL_OK);
  CHECK(part.add(0, "arm64", 0) == KTEL_OK);
  CHECK(part.add(1, "", 5) == KTEL_OK);
  CHECK(part.add(1, "", -1) == KTEL_OK);

  CHECK(ktel::json::canonical(part.take()) == R"({"n":4,"x":{"amd64":3,"arm64":0,"other":2}})");
  CHECK(part.findings().empty());
}

TEST_CASE("add refuses what cannot be added up") {
  const Job job = job_of({map_of(KTEL_T_COUNT, ""), make_field("flag", KTEL_T_BOOL),
                          make_field("n", KTEL_T_INT), map_of(KTEL_T_RATIO)});
  Part part(job, {});

  CHECK(part.add(0, "s390x", 1) == KTEL_E_INVALID);
  CHECK(part.add(0, "amd64", -1) == KTEL_E_INVALID);
  CHECK(part.add(1, "", 1) == KTEL_E_INVALID);
  CHECK(part.add(3, "amd64", 1) == KTEL_E_INVALID);
  CHECK(part.add(2, "amd64", 1) == KTEL_E_INVALID);
  CHECK(part.add(2, "", INT64_MAX) == KTEL_OK);
  CHECK(part.add(2, "", 1) == KTEL_E_LIMIT);
  CHECK(part.put(2, integer(1)) == KTEL_E_STATE);
  CHECK(part.put_entry(0, "arm64", integer(1)) == KTEL_OK);
  CHECK(part.add(0, "arm64", 1) == KTEL_E_STATE);

  CHECK(ktel::json::canonical(part.take()) == R"({"n":9223372036854775807,"x":{"arm64":1}})");
  CHECK(part.findings().at(0).text == "something was added to a key that is not declared");
}

TEST_CASE("range and granularity hold for the sum") {
  Field by_arch = map_of(KTEL_T_COUNT);
  by_arch.granularity = KTEL_G_POW2;
  by_arch.max = 10;
  const Job job = job_of({by_arch});
  Part part(job, {});
  for (int i = 0; i < 7; ++i) CHECK(part.add(0, "amd64", 1) == KTEL_OK);
  CHECK(part.add(0, "arm64", 11) == KTEL_OK);

  CHECK(ktel::json::canonical(part.take()) == R"({"x":{"amd64":4}})");
  CHECK(part.findings().at(0).text == "the value is above the declared 10; it was dropped");
}

TEST_CASE(
    "a second put answers E_STATE and the first value stays; a refused one may be put again") {
  const Job job = job_of({field_of(KTEL_T_COUNT)});
  Part part(job, {});

  CHECK(part.put(0, text("one")) == KTEL_E_INVALID);
  CHECK(part.put(0, integer(1)) == KTEL_OK);
  CHECK(part.put(0, integer(2)) == KTEL_E_STATE);
  CHECK(part.add(0, "", 1) == KTEL_E_STATE);

  CHECK(ktel::json::canonical(part.take()) == R"({"x":1})");
  CHECK(part.findings().at(1).text == "a value was put twice; the first one stays");
}

TEST_CASE("a masked field is checked, answers WITHHELD and does not leave") {
  const Job job =
      job_of({field_of(KTEL_T_COUNT), make_field("seen", KTEL_T_COUNT), map_of(KTEL_T_COUNT)});
  Part part(job, {true, false, true});

  CHECK(part.put(0, text("7")) == KTEL_E_INVALID);
  CHECK(part.put(0, integer(7)) == KTEL_WITHHELD);
  CHECK(part.put(1, integer(7)) == KTEL_OK);
  CHECK(part.add(2, "amd64", 1) == KTEL_WITHHELD);
  CHECK(part.put_entry(2, "arm64", integer(1)) == KTEL_WITHHELD);

  CHECK(ktel::json::canonical(part.take()) == R"({"seen":7})");
}

TEST_CASE("an index that is not declared is refused, and said once") {
  const Job job = job_of({field_of(KTEL_T_COUNT)});
  Part part(job, {});

  for (int i = 0; i < 1000; ++i) CHECK(part.put(1, integer(7)) == KTEL_E_INVALID);
  CHECK(part.put_entry(UINT32_MAX, "a", integer(7)) == KTEL_E_INVALID);
  CHECK(part.add(2, "", 7) == KTEL_E_INVALID);

  REQUIRE(part.findings().size() == 3);
  CHECK(part.findings()[0].id == "undeclared");
  CHECK(part.findings()[0].job == "sample");
  CHECK(part.findings()[0].field.empty());
  CHECK(part.findings()[0].text == "a value was put at index 1 of 1 fields; it was dropped");
  CHECK(part.findings()[0].next == "tell team-sample (telemetry@example.org), who own the job");
}

TEST_CASE("of many indexes that are not declared the first eight are said") {
  const Job job = job_of({field_of(KTEL_T_COUNT)});
  Part part(job, {});
  for (std::uint32_t i = 1; i <= 1000; ++i) CHECK(part.put(i, integer(7)) == KTEL_E_INVALID);
  REQUIRE(part.findings().size() == 8);
  CHECK(part.findings()[7].text == "a value was put at index 8 of 1 fields; it was dropped");
}

TEST_CASE("a part over its budget is dropped whole") {
  const Job job = job_of({token("a+"), make_field("n", KTEL_T_COUNT)});
  Part part(job, {}, 30);
  CHECK(part.put(0, text(std::string(30, 'a'))) == KTEL_OK);
  CHECK(part.put(1, integer(1)) == KTEL_OK);

  CHECK(part.take().empty());

  REQUIRE(part.findings().size() == 1);
  CHECK(part.findings()[0].id == "over-budget");
  CHECK(part.findings()[0].text == "the job's result has 44 bytes, 30 are allowed; it was dropped");
}

TEST_CASE("a part of exactly its budget is kept") {
  const Job job = job_of({token("a+"), make_field("n", KTEL_T_COUNT)});
  Part part(job, {}, 44);
  CHECK(part.put(0, text(std::string(30, 'a'))) == KTEL_OK);
  CHECK(part.put(1, integer(1)) == KTEL_OK);

  CHECK(ktel::json::canonical(part.take()).size() == 44);

  CHECK(part.findings().empty());
}

TEST_CASE("a part is empty if nothing was put") {
  const Job job = job_of({field_of(KTEL_T_COUNT)});
  Part part(job, {});

  CHECK(part.take().empty());
  CHECK(part.findings().empty());
}

TEST_SUITE_END();
