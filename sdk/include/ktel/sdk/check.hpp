// What the host would refuse at the scan, found when the job is compiled.
//
// `static_assert(sdk::check(jobs))`: a broken rule is a compile error, and the compiler's trace
// prints the sentence that require() was called with and the element it was called for. At run time
// the same functions throw that sentence as std::logic_error, which is how they are tested. The
// host checks everything again: this is a courtesy, not the border.
#pragma once

#include <ktel/abi/job.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace ktel::sdk {

constexpr void require(bool holds, const char* rule) {
  if (!holds) throw std::logic_error(rule);
}

// The index of the read, field or parameter with this name, so that no second list of names has to
// be kept in step: `constexpr auto nodes = sdk::index_of(reads, "nodes");`
template <std::size_t n>
consteval std::uint32_t index_of(const ktel_read (&reads)[n], std::string_view id) {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (reads[i].id == id) return i;
  }
  throw std::logic_error("no read has this id");
}
template <std::size_t n>
consteval std::uint32_t index_of(const ktel_field (&fields)[n], std::string_view name) {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (fields[i].name == name) return i;
  }
  throw std::logic_error("no field has this name");
}
template <std::size_t n>
consteval std::uint32_t index_of(const ktel_param (&params)[n], std::string_view name) {
  for (std::uint32_t i = 0; i < n; ++i) {
    if (params[i].name == name) return i;
  }
  throw std::logic_error("no parameter has this name");
}

namespace detail {

constexpr bool given(const char* text) { return text != nullptr && *text != '\0'; }
constexpr std::string_view text(const char* text) { return text == nullptr ? "" : text; }
constexpr bool lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

// Words of lower-case letters and digits, the first with a letter, joined by `joint`.
constexpr bool name(std::string_view text, char joint, std::size_t shortest) {
  if (text.size() < shortest || text.size() > 40 || !lower(text.front())) return false;
  char before = joint;
  for (const char c : text) {
    if (c == joint ? before == joint : !lower(c) && !digit(c)) return false;
    before = c;
  }
  return before != joint;
}

constexpr bool date(std::string_view text) {  // 2028-06-30
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!digit(text[i])) return false;
  }
  return true;
}

constexpr std::size_t next_word(std::string_view& words, std::string_view& word) {
  while (!words.empty() && words.front() == ' ') words.remove_prefix(1);
  std::size_t end = 0;
  char quote = '\0';  // a blank inside ['...'] does not end a path
  for (; end < words.size() && (quote != '\0' || words[end] != ' '); ++end) {
    const char c = words[end];
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  word = words.substr(0, end);
  words.remove_prefix(end);
  return end;
}

constexpr bool holds(const char* list, std::string_view wanted) {
  std::string_view words = text(list);
  std::string_view word;
  while (next_word(words, word) > 0) {
    if (word == wanted) return true;
  }
  return false;
}

constexpr std::size_t words(const char* list) {
  std::string_view rest = text(list);
  std::string_view word;
  std::size_t n = 0;
  while (next_word(rest, word) > 0) ++n;
  return n;
}

constexpr bool number(std::uint32_t type) { return type >= KTEL_T_COUNT && type <= KTEL_T_BYTES; }

}  // namespace detail

// The cell in which a row of `read` has this path, for the same reason.
consteval std::uint32_t path_of(const ktel_read& read, std::string_view path) {
  std::string_view paths = detail::text(read.paths);
  std::string_view word;
  for (std::uint32_t i = 0; detail::next_word(paths, word) > 0; ++i) {
    if (word == path) return i;
  }
  throw std::logic_error("the read does not ask for this path");
}

constexpr void check_labels(const ktel_label* values, std::uint32_t count, const char* other) {
  bool other_there = !detail::given(other);
  for (std::uint32_t i = 0; i < count; ++i) {
    require(detail::given(values[i].value), "a value of a closed set is empty");
    require(detail::given(values[i].label),
            "a value of a closed set needs a label that says what it means");
    for (std::uint32_t k = 0; k < i; ++k) {
      require(detail::text(values[i].value) != values[k].value, "a closed set names a value twice");
    }
    other_there = other_there || detail::text(other) == values[i].value;
  }
  require(other_there, "`other` must be one of the field's own values");
}

constexpr void check_read(const ktel_job& job, std::uint32_t index) {
  const ktel_read& read = job.reads[index];
  const bool listed = read.verb >= KTEL_READ_COUNT && read.verb <= KTEL_READ_GET;
  const std::string_view resource = detail::text(read.resource);
  require(detail::given(read.id), "a read needs an id");
  require(read.verb >= KTEL_READ_COUNT && read.verb <= KTEL_READ_SERVED,
          "a read's verb is unknown");
  require(detail::given(read.why), "a read needs `why`: one sentence for the operator");
  require(!listed || detail::given(read.resource),
          "COUNT, LIST and GET need a resource: the plural");
  require(!listed || detail::given(read.versions), "COUNT, LIST and GET need versions, best first");
  require(resource != "secrets" && resource != "*", "Secrets, and every resource, cannot be read");
  require((read.verb == KTEL_READ_GET) == detail::given(read.name),
          "`name` belongs to GET, and GET needs it");
  const bool by_url = read.verb == KTEL_READ_RAW || read.verb == KTEL_READ_METRICS;
  require(by_url == detail::given(read.url), "`url` belongs to RAW and METRICS, and they need it");
  require(!by_url || read.url[0] == '/', "a url is an absolute path: \"/version\"");
  require((read.verb == KTEL_READ_METRICS) == detail::given(read.metrics),
          "`metrics` belongs to METRICS, and METRICS needs it");
  require((read.verb == KTEL_READ_COUNT) != detail::given(read.paths),
          "every read but COUNT needs paths, and COUNT has none");
  require(detail::words(read.paths) <= 64, "a read has more than 64 paths");

  bool when_known = !detail::given(read.when);
  std::string_view when = detail::text(read.when);
  if (when.starts_with('!')) when.remove_prefix(1);
  for (std::uint32_t k = 0; k < index; ++k) {
    require(detail::text(job.reads[k].id) != read.id, "two reads have one id");
    when_known = when_known || when == job.reads[k].id;
  }
  require(when_known, "`when` must name an earlier read of the job");
  bool used = false;
  for (std::uint32_t k = 0; k < job.field_count; ++k) {
    used = used || detail::holds(job.fields[k].from, read.id);
  }
  require(used, "no field names this read in `from`");
}

constexpr void check_field(const ktel_job& job, std::uint32_t index) {
  const ktel_field& field = job.fields[index];
  const std::string_view name = detail::text(field.name);
  const bool closed = field.type == KTEL_T_MAP || field.type == KTEL_T_ENUM ||
                      (field.type == KTEL_T_LIST && field.item == KTEL_T_ENUM);
  // "last-update" is the one name with a dash: it was published before the rule.
  require(detail::name(name, '_', 1) || name == "last-update",
          "a field's name is words of lower-case letters and digits joined by '_', 40 characters "
          "at most");
  require(!name.starts_with("ktel"), "names that begin with ktel are the host's");
  require(field.type >= KTEL_T_BOOL && field.type <= KTEL_T_MAP, "a field's type is unknown");
  require(field.sensitivity >= KTEL_S_PRODUCT && field.sensitivity <= KTEL_S_IDENTIFIER,
          "a field needs a sensitivity");
  const std::uint32_t scalar =
      field.type == KTEL_T_LIST || field.type == KTEL_T_MAP ? field.item : field.type;
  require(scalar >= KTEL_T_BOOL && scalar <= KTEL_T_TOKEN,
          "a LIST or MAP needs an item type, a scalar");
  require(!detail::number(scalar) || detail::given(field.unit),
          "a number needs a unit: \"{pod}\", \"s\"");
  require(!closed || field.value_count > 0, "an ENUM needs its values, a MAP its keys");
  require(field.type != KTEL_T_ENUM || detail::given(field.other),
          "an ENUM needs `other`, for what is not listed");
  require(scalar != KTEL_T_TOKEN ||
              (detail::given(field.pattern) && field.max_length > 0 && field.max_length <= 64),
          "a TOKEN needs a pattern, and a max_length of 1 to 64");
  require(field.type != KTEL_T_LIST || field.max_items > 0, "a LIST needs max_items");
  require(field.min <= field.max, "`min` is above `max`");
  require(detail::text(field.description).size() >= 20,
          "a field needs a description, one whole sentence");
  require(detail::given(field.example), "a field needs an example");
  require(detail::given(field.absent_when), "a field needs absent_when: when it is left out");
  require(!detail::given(field.expires) || detail::date(field.expires),
          "`expires` is a date: 2028-06-30");
  require((field.stability == KTEL_DEPRECATED) == detail::given(field.replaced_by),
          "replaced_by belongs to DEPRECATED, and DEPRECATED needs it");
  check_labels(field.values, field.value_count, field.other);

  std::string_view from = detail::text(field.from);
  std::string_view id;
  require(!from.empty() || job.need_count > 0,
          "a field needs `from`: the ids of the reads it is made of");
  while (detail::next_word(from, id) > 0) {
    bool known = false;
    for (std::uint32_t k = 0; k < job.read_count; ++k) known = known || id == job.reads[k].id;
    require(known, "`from` names a read that the job does not declare");
  }
  for (std::uint32_t k = 0; k < index; ++k) {
    require(name != job.fields[k].name, "two fields have one name");
  }
}

constexpr void check_param(const ktel_param& param) {
  require(detail::given(param.name), "a parameter needs a name");
  require(param.type >= KTEL_T_BOOL && param.type <= KTEL_T_TEXT && param.type != KTEL_T_LIST &&
              param.type != KTEL_T_MAP,
          "a parameter's type is unknown, or no scalar");
  require(detail::given(param.description), "a parameter needs a description");
  require(param.type != KTEL_T_ENUM || param.value_count > 0,
          "an ENUM needs its values, a MAP its keys");
  check_labels(param.values, param.value_count, nullptr);
}

// True, or a compile error; at run time, or std::logic_error.
constexpr bool check(const ktel_job& job) {
  require(
      detail::name(detail::text(job.name), '-', 3),
      "a job's name is words of lower-case letters and digits joined by '-', 3 to 40 characters");
  require(!detail::text(job.name).starts_with("ktel"), "names that begin with ktel are the host's");
  require(detail::given(job.title), "a job needs a title");
  require(detail::given(job.summary), "a job needs a summary");
  require(detail::text(job.question).ends_with('?'),
          "a job needs a question, with its question mark");
  require(detail::given(job.benefit), "a job needs a benefit: what the operator gets from it");
  require(detail::given(job.owner), "a job needs an owner");
  require(detail::given(job.contact), "a job needs a contact");
  require(detail::given(job.since), "a job needs `since`: the plugin's version that brought it");
  require(detail::date(detail::text(job.expires)), "`expires` is a date: 2028-06-30");
  // The address of a function is no constant to g++ 12 with -fsanitize=undefined.
  if (!std::is_constant_evaluated()) require(job.run != nullptr, "a job needs `run`");
  require(job.field_count > 0, "a job needs fields: without one it has nothing to report");
  require(job.field_stride == sizeof(ktel_field), "give the fields with KTEL_FIELDS(fields)");
  require(job.read_count == 0 || job.read_stride == sizeof(ktel_read),
          "give the reads with KTEL_READS(reads)");
  require(job.read_count <= 64, "a job has more than 64 reads");
  for (std::uint32_t i = 0; i < job.read_count; ++i) check_read(job, i);
  for (std::uint32_t i = 0; i < job.field_count; ++i) check_field(job, i);
  for (std::uint32_t i = 0; i < job.param_count; ++i) check_param(job.params[i]);
  for (std::uint32_t i = 0; i < job.need_count; ++i) {
    require(detail::given(job.needs[i].job), "a need names a job");
    require(detail::words(job.needs[i].paths) > 0, "a need names the fields it is about");
  }
  return true;
}

template <std::size_t n>
constexpr bool check(const ktel_job (&jobs)[n]) {
  for (const ktel_job& job : jobs) check(job);
  return true;
}

}  // namespace ktel::sdk
