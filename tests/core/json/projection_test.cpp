// Rows from documents in any pieces: what a cell is, chunk boundaries, truncation, limits.
#include "json/projection.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

using namespace ktel::json;
using ktel::Result;

namespace {

// A cell as text, so that a whole row can be read in one line.
std::string show(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::absent:
      return "-";
    case Cell::Type::boolean:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Type::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Type::real:
      return fmt::format("{}f", cell.real);
    case Cell::Type::text:
      return "'" + cell.text + "'";
    case Cell::Type::number:
      return "#" + cell.text;
    case Cell::Type::too_large:
      return "!";
    case Cell::Type::list:
      break;
  }
  std::string text = "[";
  for (const Cell& item : cell.items) text += (text.size() > 1 ? " " : "") + show(item);
  return text + "]";
}

struct Seen {
  std::vector<std::string> rows;
  Envelope envelope;
  std::string error;  // empty: none
  bool operator==(const Seen& other) const {
    return rows == other.rows && error == other.error &&
           envelope.continue_token == other.envelope.continue_token &&
           envelope.remaining == other.envelope.remaining && envelope.kind == other.envelope.kind &&
           envelope.items == other.envelope.items;
  }
};

Seen project(std::string_view paths, const std::vector<std::string_view>& chunks,
             Shape shape = Shape::list, CellLimits limits = {}) {
  Seen seen;
  const auto trie = std::make_shared<const PathTrie>(parse_paths(paths).value());
  Projection projection(
      trie, shape,
      [&seen](std::span<const Cell> cells) {
        std::string row;
        for (const Cell& cell : cells) row += (row.empty() ? "" : " ") + show(cell);
        seen.rows.push_back(row);
        return Result<void>();
      },
      limits);
  Result<void> result;
  for (const std::string_view chunk : chunks) {
    if (result) result = projection.feed(chunk);
  }
  if (result) result = projection.finish();
  if (!result) seen.error = result.error().message;
  seen.envelope = projection.envelope();
  return seen;
}

std::vector<std::string> row_of(std::string_view paths, std::string_view document) {
  const Seen seen = project(paths, {document}, Shape::document);
  CHECK(seen.error == "");
  return seen.rows;
}

constexpr std::string_view pods = R"({"kind":"PodList","apiVersion":"v1","metadata":{
  "resourceVersion":"17","continue":"abc\u00e9","remainingItemCount":3},"items":[
  {"metadata":{"name":"a\"1","labels":{"app.kubernetes.io/name":"kong","x/a":"1","x/b":"2"}},
   "spec":{"containers":[{"name":"c1","image":"i1","n":-12},{"name":"c2","n":1.5e3}],"on":true}},
  {"metadata":{"name":"b","labels":{}},"spec":{"containers":[],"on":null},"status":[[1,[2]],{"a":{}}]},
  {"metadata":{"name":"\ud83d\ude00"},"spec":{"containers":{"not":"a list"},"on":18446744073709551615}}
  ]} )";
constexpr std::string_view pod_paths =
    "metadata.name spec.containers[*].name spec.containers[*].image spec.containers[*].n spec.on "
    "metadata.labels['app.kubernetes.io/name'] metadata.labels['x/*'] metadata status[*][*]";

const std::vector<std::string> pod_rows = {
    "'a\"1' ['c1' 'c2'] ['i1' -] [-12 1500f] true 'kong' ['1' '2'] - -",
    "'b' [] [] [] - - [] - [[1 -] -]",
    "'\U0001F600' - - - #18446744073709551615 - - - -",
};

}  // namespace

TEST_SUITE("core/json/projection") {
  TEST_CASE("a list gives a row an item, and what stands around the items") {
    const Seen seen = project(pod_paths, {pods});

    CHECK(seen.error == "");
    CHECK(seen.rows == pod_rows);
    CHECK(seen.envelope.list);
    CHECK(seen.envelope.kind == "PodList");
    CHECK(seen.envelope.api_version == "v1");
    CHECK(seen.envelope.continue_token == "abc\u00e9");
    CHECK(seen.envelope.remaining == 3);
    CHECK(seen.envelope.resource_version == "17");
    CHECK(seen.envelope.items == 3);
  }

  TEST_CASE("a chunk boundary at any byte changes nothing") {
    const Seen whole = project(pod_paths, {pods});
    for (std::size_t at = 0; at <= pods.size(); ++at) {
      CAPTURE(at);
      CHECK(project(pod_paths, {pods.substr(0, at), pods.substr(at)}) == whole);
    }
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < pods.size(); ++at) bytes.push_back(pods.substr(at, 1));
    CHECK(project(pod_paths, bytes) == whole);
  }

  TEST_CASE("a document truncated at any byte is a failure") {
    const std::size_t end = pods.find_last_of('}') + 1;
    for (std::size_t at = 0; at < end; ++at) {
      CAPTURE(at);
      CHECK(project(pod_paths, {pods.substr(0, at)}).error ==
            fmt::format("it ends after {} bytes, before its JSON does", at));
    }
  }

  TEST_CASE("a document is one row, whatever it is") {
    CHECK(row_of("gitVersion major", R"({"major":"1","gitVersion":"v1.36.0"})") ==
          std::vector<std::string>{"'v1.36.0' '1'"});
    CHECK(row_of("[*].a", R"([{"a":1},{},3])") == std::vector<std::string>{"[1 - -]"});
    CHECK(row_of("items[*].a", R"({"items":[{"a":1}]})") == std::vector<std::string>{"[1]"});
    CHECK(row_of("a", "42") == std::vector<std::string>{"-"});
    CHECK(row_of("a.b a", R"({"a":{"b":"x"}})") == std::vector<std::string>{"'x' -"});
    CHECK(row_of("a a", R"({"a":7})") == std::vector<std::string>{"7 7"});
    CHECK(row_of("a['*'].b a.x.b", R"({"a":{"x":{"b":1},"y":2}})") ==
          std::vector<std::string>{"[1 -] 1"});
  }

  TEST_CASE("either: a list if it has items, else a document") {
    const Seen list = project("metadata.name", {pods}, Shape::either);
    CHECK(list.rows.size() == 3);
    CHECK(list.rows[1] == "'b'");

    const Seen single =
        project("metadata.name", {R"({"metadata":{"name":"x"},"kind":"Pod"})"}, Shape::either);
    CHECK(single.rows == std::vector<std::string>{"'x'"});
    CHECK_FALSE(single.envelope.list);
    CHECK(single.envelope.kind == "Pod");
  }

  TEST_CASE("array: a row an element, whatever it is") {
    constexpr std::string_view served =
        R"( [{"a":{"b":1},"items":[2,{"a":0}]}, 3, [4,[5]], {}, null, {"a":{"b":"x"}}] )";
    const Seen seen = project("a.b items[*]", {served}, Shape::array);
    CHECK(seen.error == "");
    CHECK(seen.rows == std::vector<std::string>{"1 [2 -]", "- -", "- -", "- -", "- -", "'x' -"});
    CHECK(seen.envelope.items == 6);
    for (std::size_t cut = 0; cut <= served.size(); ++cut) {
      CAPTURE(cut);
      CHECK(project("a.b items[*]", {served.substr(0, cut), served.substr(cut)}, Shape::array) ==
            seen);
    }
    CHECK(project("[*]", {"[[1,2],[]]"}, Shape::array).rows ==
          std::vector<std::string>{"[1 2]", "[]"});
    CHECK(project("a", {"[]"}, Shape::array).rows.empty());
    CHECK(project("a", {"null"}, Shape::array).error == "");  // Go's nil
    for (const char* document : {"{}", R"({"items":[]})", R"({"items":null})", "1", "\"a\""}) {
      CAPTURE(document);
      CHECK(project("a", {document}, Shape::array).error == "it is no array");
    }
    CHECK(project("a", {"[{}"}, Shape::array).error ==
          "it ends after 3 bytes, before its JSON does");
  }

  TEST_CASE("items written as null is an empty list, no items at all is no list") {
    CHECK(project("a", {R"({"kind":"XList","items":null})"}).error == "");
    CHECK(project("a", {R"({"kind":"XList"})"}).error ==
          "it is no list: neither items nor rows are there");
  }

  TEST_CASE("a table's rows are counted like items") {
    const Seen seen = project("", {R"({"kind":"Table","metadata":{"continue":"x",
      "remainingItemCount":9},"columnDefinitions":[{"name":"n"}],"rows":[{"cells":["a",[1]]}]})"});
    CHECK(seen.envelope.items == 1);
    CHECK(seen.envelope.remaining == 9);
    CHECK(seen.envelope.kind == "Table");
  }

  TEST_CASE("numbers keep their value in the narrowest form") {
    CHECK(row_of("a b c d e", R"({"a":-9223372036854775808,"b":9223372036854775808,
      "c":99999999999999999999999,"d":0.1,"e":1e999})") ==
          std::vector<std::string>{
              "-9223372036854775808 #9223372036854775808 #99999999999999999999999 0.1f #1e999"});
  }

  TEST_CASE(
      "a text beyond 4 KiB and a list beyond 256 items is too large, its neighbours are not") {
    const auto with = [](std::size_t text, std::size_t items) {
      std::string list;
      for (std::size_t i = 0; i < items; ++i)
        list += fmt::format("{}{{\"n\":{}}}", i ? "," : "", i);
      const std::string document =
          fmt::format(R"({{"t":"{}","l":[{}],"x":1}})", std::string(text, 'x'), list);
      return project("t l[*].n x l[*].none[*]", {document}, Shape::document).rows.at(0);
    };
    CHECK(with(4096, 1) == "'" + std::string(4096, 'x') + "' [0] 1 [-]");
    CHECK(with(4097, 1) == "! [0] 1 [-]");
    CHECK(with(1, 257) == "'x' ! 1 !");
    CHECK(with(1, 256).substr(0, 7) == "'x' [0 ");
  }

  TEST_CASE("items of lists in lists count together") {
    const std::string_view text = R"({"a":[{"b":[1,2]},{"b":[3]}]})";
    CHECK(project("a[*].b[*]", {text}, Shape::document, {.text_bytes = 10, .list_items = 5})
              .rows[0] == "[[1 2] [3]]");
    CHECK(project("a[*].b[*]", {text}, Shape::document, {.text_bytes = 10, .list_items = 4})
              .rows[0] == "!");
  }

  TEST_CASE("an integer is an integer, however small the limit and wherever it is cut") {
    constexpr std::string_view text = R"({"a":123456789012})";
    for (std::size_t at = 0; at <= text.size(); ++at) {
      CAPTURE(at);
      CHECK(project("a", {text.substr(0, at), text.substr(at)}, Shape::document, {.text_bytes = 4})
                .rows == std::vector<std::string>{"123456789012"});
    }
  }

  TEST_CASE("nesting goes as deep as schemas do, and ends with a sentence") {
    const auto nested = [](std::size_t depth) {
      return project("a", {std::string(depth, '[') + std::string(depth, ']')}, Shape::document)
          .error;
    };
    CHECK(nested(500) == "");
    CHECK(nested(600).substr(0, 25) == "it is not JSON at byte 51");
  }

  TEST_CASE("what is not JSON is named with its byte, whatever the chunks") {
    CHECK(project("a", {"<html>"}).error.substr(0, 24) == "it is not JSON at byte 1");
    CHECK(project("a", {"{\"items\":", "[}"}).error.substr(0, 25) == "it is not JSON at byte 11");
    CHECK(project("a", {R"({"items":[]})", " ", "x"}).error ==
          "it is not JSON at byte 14: something follows the document");
  }

  TEST_CASE("of a key that stands twice the last value counts, whatever it is") {
    CHECK(row_of("a", R"({"a":1,"a":2})") == std::vector<std::string>{"2"});
    CHECK(row_of("a", R"({"a":1,"a":{"b":2}})") == std::vector<std::string>{"-"});
    CHECK(row_of("a.b a.c", R"({"a":{"b":1},"a":{"c":2}})") == std::vector<std::string>{"- 2"});
    CHECK(row_of("a[*]", R"({"a":[1,2],"a":3})") == std::vector<std::string>{"-"});
    CHECK(row_of("a[*].b", R"({"a":[{"b":1,"b":2},{"b":3}]})") ==
          std::vector<std::string>{"[2 3]"});
    CHECK(project("a", {R"({"metadata":{"continue":"x"},"metadata":{},"items":[]})"})
              .envelope.continue_token == "");
  }

  TEST_CASE("a second list of items is a failure") {
    for (const std::string_view text :
         {R"({"items":[{"a":1}],"items":[{"a":2}]})", R"({"items":[{"a":1}],"rows":[]})",
          R"({"items":[{"a":1}],"items":null})"}) {
      const Seen seen = project("a", {text});
      CHECK(seen.rows.size() == 1);
      CHECK(seen.error == "it has items or rows twice");
    }
  }

  TEST_CASE("a key of any length is known by its beginning") {
    const std::string long_key(100'000, 'k');
    const std::string document =
        fmt::format(R"({{"{0}":1,"name{0}":2,"x/{0}":3,"name":4,"items{0}":5}})", long_key);
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < document.size(); at += 1000) {
      pieces.push_back(std::string_view(document).substr(at, 1000));
    }
    const Seen seen = project("name ['x/*']", pieces, Shape::document);
    CHECK(seen.error == "");
    CHECK(seen.rows == std::vector<std::string>{"4 [3]"});
  }

  TEST_CASE("lists that are matched with each other must be whole") {
    const PathTrie paths(parse_paths("a b[*].c").value());
    std::vector<Cell> cells(2);
    CHECK(check_sizes(cells, paths).has_value());
    cells[1].type = Cell::Type::too_large;
    CHECK(check_sizes(cells, paths).error().message == "it has more at b[*].c than can be read");
  }

  TEST_CASE("the sink's error ends the projection") {
    const auto trie = std::make_shared<const PathTrie>(parse_paths("a").value());
    int rows = 0;
    Projection projection(trie, Shape::list, [&rows](std::span<const Cell>) -> Result<void> {
      ++rows;
      return ktel::Error{ktel::Errc::no_result, "enough"};
    });

    CHECK(projection.feed(R"({"items":[{"a":1},{"a":2}]})").error().message == "enough");
    CHECK(projection.finish().error().message == "enough");
    CHECK(rows == 1);
  }
}
