// Rows from protobuf in any pieces: the same as JSON's, or a failure.
#include "protobuf/reader.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json.hpp>

#include <memory>
#include <string>
#include <vector>

#include "support/protobuf_writer.hpp"

using namespace ktel;
using json::Cell;
using protobuf::Reader;
using protobuf::Shape;
using test::pb_answer;
using test::pb_bytes;
using test::pb_number;

namespace {

namespace bj = boost::json;

std::string show(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::absent:
      return "-";
    case Cell::Type::boolean:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Type::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Type::text:
      return cell.text.empty() ? "''" : cell.text;
    case Cell::Type::too_large:
      return "too large";
    case Cell::Type::list: {
      std::string text = "[";
      for (const Cell& item : cell.items) text += (text.size() > 1 ? " " : "") + show(item);
      return text + "]";
    }
    default:
      return "?";
  }
}

struct Read {
  std::vector<std::string> rows;
  json::Envelope envelope;
  std::string error = {};
};

Read read(const std::string& bytes, std::string_view paths, std::size_t piece = 1,
          Shape shape = Shape::list) {
  Read all;
  const auto trie = std::make_shared<const json::PathTrie>(json::parse_paths(paths).value());
  auto wanted = protobuf::wanted_of(*protobuf::message_of("", "v1", "pods"), *trie);
  REQUIRE(wanted.has_value());
  Reader reader(*std::move(wanted), trie, shape, [&all](std::span<const Cell> cells) {
    std::string row;
    for (const Cell& cell : cells) row += (row.empty() ? "" : ", ") + show(cell);
    if (row == "refuse") return Result<void>(Error{Errc::bad_input, "it refuses"});
    all.rows.push_back(row);
    return Result<void>();
  });
  Result<void> fed;
  for (std::size_t at = 0; at < bytes.size() && fed; at += piece) {
    fed = reader.feed(std::string_view(bytes).substr(at, piece));
  }
  if (fed) fed = reader.finish();
  if (!fed) {
    all.error = fed.error().message;
    CHECK(reader.feed("x").error().message == all.error);  // it stays so
    CHECK(reader.finish().error().message == all.error);
  }
  all.envelope = reader.envelope();
  return all;
}

std::string pod(std::string_view json) {
  return test::pb_object(*protobuf::message_of("", "v1", "pods"), bj::parse(json).as_object());
}

std::string list_of(std::initializer_list<std::string> pods, const std::string& metadata = {}) {
  std::string raw = pb_bytes(1, metadata);
  for (const std::string& item : pods) raw += pb_bytes(2, item);
  return pb_answer("v1", "PodList", raw);
}

std::string fixed_rows(std::string_view json, std::string_view paths) {
  const Read all = read(list_of({pod(json)}), paths);
  CHECK(all.error == "");
  return all.rows.size() == 1 ? all.rows[0] : fmt::format("{} rows", all.rows.size());
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_SUITE("core/protobuf/reader") {
  TEST_CASE("items are rows, and what stands around them is the envelope, in pieces of any size") {
    const std::string bytes = list_of({pod(R"({"metadata":{"name":"a","labels":{"x":"1","y":"2"}},
                         "spec":{"containers":[{"name":"c","env":[{"name":"E"}]},{"name":"d"}]}})"),
                                       pod(R"({"metadata":{"name":"b"},"spec":{"nodeName":"n"}})")},
                                      pb_bytes(2, "17") + pb_bytes(3, "token") + pb_number(4, 5));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, bytes.size()}) {
      const Read all =
          read(bytes,
               "metadata.name metadata.labels['y'] spec.nodeName spec.containers[*].name "
               "spec.containers[*].env[*].name",
               piece);
      CHECK(all.error == "");
      CHECK(all.rows == Rows{"a, 2, -, [c d], [[E] -]", "b, -, n, -, -"});
      CHECK(all.envelope.list);
      CHECK(all.envelope.items == 2);
      CHECK(all.envelope.kind == "PodList");
      CHECK(all.envelope.api_version == "v1");
      CHECK(all.envelope.resource_version == "17");
      CHECK(all.envelope.continue_token == "token");
      CHECK(all.envelope.remaining == 5);
    }
  }

  TEST_CASE("an answer that is cut at any byte is a failure, or lacks nothing") {
    const std::string bytes = list_of({pod(R"({"metadata":{"name":"a"}})")}, pb_bytes(3, "t"));
    const std::size_t whole = bytes.size() - 4;  // two empty fields stand behind the list
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      const Read all = read(bytes.substr(0, size), "metadata.name");
      if (size >= whole && all.error.empty()) {
        CHECK(all.rows == Rows{"a"});
      } else {
        CHECK(all.error == fmt::format("it ends after {} bytes, before its protobuf does", size));
      }
    }
  }

  TEST_CASE("values that JSON leaves out where they are empty are not there") {
    CHECK(fixed_rows(R"({"metadata":{"name":""},"spec":{"containers":[{"name":"","image":""}]}})",
                     "metadata.name spec.hostNetwork spec.containers[*].name "
                     "spec.containers[*].image metadata.generation") == "-, -, [''], [-], -");
    CHECK(fixed_rows(R"({"spec":{"priority":0,"runtimeClassName":"","hostUsers":false}})",
                     "spec.priority spec.runtimeClassName spec.hostUsers") == "0, '', false");
    CHECK(fixed_rows(R"({"spec":{"containers":[{"command":["","x",""]}]}})",
                     "spec.containers[*].command[*]") == "[['' x '']]");
  }

  TEST_CASE("numbers, times and quantities are what JSON has") {
    CHECK(fixed_rows(R"({"metadata":{"generation":-7,"creationTimestamp":"2008-01-01T01:01:01Z"},
                         "spec":{"containers":[{"resources":{"limits":{"cpu":"100m"}}}]}})",
                     "metadata.generation metadata.creationTimestamp metadata.deletionTimestamp "
                     "spec.containers[*].resources.limits['cpu']") ==
          "-7, 2008-01-01T01:01:01Z, -, [100m]");
  }

  TEST_CASE("a map answers keys and prefixes, and is a list of none where none matches") {
    const auto labels = R"({"metadata":{"labels":{"app":"1","app.b":"2","c":"3"}}})";
    CHECK(fixed_rows(labels,
                     "metadata.labels['app'] metadata.labels['app*'] metadata.labels['x*'] "
                     "metadata.labels['x'] metadata.annotations['a*']") == "1, [1 2], [], -, -");
  }

  TEST_CASE("fields may come in any order, and messages in parts") {
    const std::string name = pb_bytes(1, pb_bytes(1, "a"));
    const std::string spec = pb_bytes(2, pb_bytes(10, "n"));
    const std::string container = pb_bytes(2, pb_bytes(2, pb_bytes(1, "c")));
    const std::string other = pb_bytes(2, pb_bytes(2, pb_bytes(2, "image") + pb_bytes(1, "d")));
    const std::string label = pb_bytes(1, pb_bytes(11, pb_bytes(2, "value") + pb_bytes(1, "key")));
    const std::string unknown = pb_bytes(99, "?") + pb_number(98, 1);
    const auto paths =
        "metadata.name metadata.labels['key'] spec.nodeName spec.containers[*].name "
        "spec.containers[*].image";
    const Rows expected{"a, value, n, [c d], [- image]"};
    CHECK(read(list_of({name + label + spec + container + other}), paths).rows == expected);
    CHECK(read(list_of({container + unknown + label + other + name + spec}), paths).rows ==
          expected);
    CHECK(read(list_of({container + spec + other + label + name}), paths).rows == expected);
    const std::string twice = pb_bytes(1, pb_bytes(1, "first")) + pb_bytes(1, pb_bytes(1, "last"));
    CHECK(read(list_of({twice}), "metadata.name").rows == Rows{"last"});
    // The list's own fields, and those around it.
    const std::string raw = pb_bytes(2, name) + pb_bytes(1, pb_bytes(3, "t"));
    const std::string answer = std::string("k8s\0", 4) + pb_bytes(2, raw) +
                               pb_bytes(1, pb_bytes(2, "PodList") + pb_bytes(1, "v1"));
    const Read all = read(answer, "metadata.name");
    CHECK(all.error == "");
    CHECK(all.rows == Rows{"a"});
    CHECK(all.envelope.continue_token == "t");
  }

  TEST_CASE("what is too large for a cell is told, not kept") {
    const std::string text(5'000, 'x');
    CHECK(read(list_of({pb_bytes(1, pb_bytes(1, text))}), "metadata.name").rows ==
          Rows{"too large"});
    const std::string label = pb_bytes(11, pb_bytes(1, "k") + pb_bytes(2, text));
    CHECK(read(list_of({pb_bytes(1, label)}), "metadata.labels['k']", 100).rows ==
          Rows{"too large"});
    std::string containers;
    for (int i = 0; i < 300; ++i) containers += pb_bytes(2, pb_bytes(1, "c"));
    CHECK(read(list_of({pb_bytes(2, containers)}), "spec.containers[*].name").rows ==
          Rows{"too large"});
  }

  TEST_CASE("bytes that are no UTF-8 become what JSON has for them") {
    CHECK(read(list_of({pb_bytes(1, pb_bytes(1,
                                             "a\xFF"
                                             "b\xC3"))}),
               "metadata.name")
              .rows == Rows{"a\xEF\xBF\xBD"
                            "b\xEF\xBF\xBD"});
  }

  TEST_CASE("one object is a row of its own") {
    const std::string bytes = pb_answer("v1", "Pod", pod(R"({"metadata":{"name":"a"}})"));
    const Read all = read(bytes, "metadata.name", 1, Shape::document);
    CHECK(all.error == "");
    CHECK(all.rows == Rows{"a"});
    CHECK(all.envelope.kind == "Pod");
    CHECK_FALSE(all.envelope.list);
  }

  TEST_CASE("what cannot be read is told") {
    const std::string good = list_of({});
    const std::string huge = pb_bytes(2, pb_bytes(2, std::string(3u << 20, 'x')));
    const struct {
      std::string bytes;
      std::string error;
    } rows[] = {
        {"", "it ends after 0 bytes, before its protobuf does"},
        {"k8s", "it ends after 3 bytes, before its protobuf does"},
        {"{\"kind\":\"PodList\"}", "it does not begin as protobuf of the API does"},
        {std::string("k8s\0", 4) + pb_bytes(1, ""),
         "it ends after 6 bytes, before its protobuf does"},
        {good + "\x0B", fmt::format("it is not protobuf at byte {}: a field has a type that the "
                                    "API does not use",
                                    good.size() + 1)},
        {pb_answer("v1", "Pod", ""), "it is no list but \"Pod\""},
        {pb_answer("v1", "a\nb", ""), "it is no list but \"a b\""},
        {good + pb_bytes(2, ""), "it has its contents twice"},
        {good + pb_bytes(3, "gzip"),
         "its contents are encoded once more, in a way that was not asked for"},
        {pb_answer("v1", "PodList", huge),
         fmt::format("an object in it is {} bytes long, more than any object may be",
                     (3u << 20) + 5)},
        {list_of({}, pb_bytes(3, std::string(65'537, 't'))),
         "its continue token is longer than 64 KiB"},
        {list_of({pb_bytes(1, pb_number(1, 5))}), "its field name is a number"},
        {list_of({pb_bytes(1, pb_bytes(1, "refuse"))}), "it refuses"},
    };
    for (const auto& row : rows) {
      CHECK(read(row.bytes, "metadata.name", 4096).error == row.error);
    }
    CHECK(read(list_of({pb_bytes(1, pb_bytes(7, "x"))}), "metadata.generation").error ==
          "its field generation is no number");
  }
}
