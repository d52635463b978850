// The API's protobuf in any pieces: the same rows and envelope; and of an answer that was cut short
// no row that the whole does not have.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "property.hpp"
#include "protobuf/reader.hpp"

using namespace ktel;
using namespace ktel::fuzz;
using json::Cell;
using json::CellLimits;
using protobuf::Shape;

namespace {

// Of each type of field one, in lists of lists and in maps.
constexpr std::string_view paths_text =
    "metadata.name metadata.generation metadata.creationTimestamp metadata.labels['a'] "
    "metadata.labels['b*'] spec.hostNetwork spec.containers[*].name spec.containers[*].command[*] "
    "spec.containers[*].ports[*].containerPort spec.containers[*].resources.limits['cpu'] "
    "status.startTime";

struct Seen {
  bool accepted = false;
  std::vector<std::string> rows;
  json::Envelope envelope;
};

Seen read(std::string_view bytes, Shape shape, Cut cut, CellLimits limits) {
  static const auto trie =
      std::make_shared<const json::PathTrie>(json::parse_paths(paths_text).value());
  static const protobuf::Wanted wanted =
      protobuf::wanted_of(*protobuf::message_of("", "v1", "pods"), *trie).value();
  Seen seen;
  protobuf::Reader reader(
      wanted, trie, shape,
      [&](std::span<const Cell> cells) {
        seen.rows.push_back(show(cells));
        return Result<void>();
      },
      limits);
  feed(reader, bytes, cut);
  const Result<void> done = reader.finish();
  seen.accepted = done.has_value();
  seen.envelope = reader.envelope();
  require(seen.accepted || !done.error().message.empty(), "a failure says why");
  return seen;
}

void check(std::string_view bytes, Shape shape, CellLimits limits) {
  const Seen whole = read(bytes, shape, Cut::whole, limits);
  for (const Cut cut : {Cut::bytes, Cut::pieces}) {
    const Seen cut_up = read(bytes, shape, cut, limits);
    require(cut_up.accepted == whole.accepted, "success does not depend on where chunks end");
    require(cut_up.rows == whole.rows, "rows do not depend on where chunks end");
    require(!whole.accepted || same(cut_up.envelope, whole.envelope),
            "the envelope does not depend on where chunks end");
  }
  if (!whole.accepted) return;
  require(whole.envelope.items == whole.rows.size(), "the envelope counts the rows");
  require(shape == Shape::list || whole.rows.size() == 1, "a document is one row");
  const Seen part = read(bytes.substr(0, hash_of(bytes) % bytes.size()), shape, Cut::whole, limits);
  require(part.rows.size() <= whole.rows.size() &&
              std::equal(part.rows.begin(), part.rows.end(), whole.rows.begin()),
          "what was cut short has no row that the whole does not have");
}

constexpr CellLimits small_limits = {.text_bytes = 24, .list_items = 3};

constexpr std::pair<Shape, CellLimits> ways[] = {
    {Shape::list, {}}, {Shape::document, {}}, {Shape::list, small_limits}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = text_of(data, size);
  for (const auto& [shape, limits] : choose(bytes, ways)) check(bytes, shape, limits);
  return 0;
}
