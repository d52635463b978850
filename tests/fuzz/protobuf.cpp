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

// Of each type of field one at least, in lists of lists and in maps; what errors come as; and what
// stands for objects of any kind.
struct Kind {
  Kind(const protobuf::Message& message, std::string_view text)
      : paths(std::make_shared<const json::PathTrie>(json::parse_paths(text).value())),
        wanted(protobuf::wanted_of(message, *paths).value()) {}

  std::shared_ptr<const json::PathTrie> paths;
  protobuf::Wanted wanted;
};

const Kind& pods() {
  static const Kind kind(
      *protobuf::message_of("", "v1", "pods"),
      "metadata.name metadata.generation metadata.creationTimestamp metadata.labels['a'] "
      "metadata.labels['b*'] spec.hostNetwork spec.containers[*].name "
      "spec.containers[*].command[*] spec.containers[*].ports[*].containerPort "
      "spec.containers[*].resources.limits['cpu'] status.startTime");
  return kind;
}

const Kind& events() {
  static const Kind kind(*protobuf::message_of("", "v1", "events"),
                         "metadata.name involvedObject.kind reason count type firstTimestamp "
                         "eventTime series.count series.lastObservedTime");
  return kind;
}

const Kind& metadata() {
  static const Kind kind(protobuf::partial_object_metadata(),
                         "metadata.name metadata.labels['a'] metadata.annotations['b*'] "
                         "metadata.finalizers[*] metadata.ownerReferences[*].controller "
                         "metadata.managedFields[*].time");
  return kind;
}

const Kind& status() {
  static const Kind kind(protobuf::status(), "status message reason code");
  return kind;
}

struct Seen {
  bool accepted = false;
  std::vector<std::string> rows;
  json::Envelope envelope;
};

struct Way {
  const Kind& (*kind)();
  Shape shape;
  CellLimits limits = {};
};

Seen read(std::string_view bytes, const Way& way, Cut cut) {
  const Kind& kind = way.kind();
  Seen seen;
  protobuf::Reader reader(
      kind.wanted, kind.paths, way.shape,
      [&](std::span<const Cell> cells) {
        seen.rows.push_back(show(cells));
        return Result<void>();
      },
      way.limits);
  feed(reader, bytes, cut);
  const Result<void> done = reader.finish();
  seen.accepted = done.has_value();
  seen.envelope = reader.envelope();
  require(seen.accepted || !done.error().message.empty(), "a failure says why");
  return seen;
}

void check(std::string_view bytes, const Way& way) {
  const Seen whole = read(bytes, way, Cut::whole);
  for (const Cut cut : {Cut::bytes, Cut::pieces}) {
    const Seen cut_up = read(bytes, way, cut);
    require(cut_up.accepted == whole.accepted, "success does not depend on where chunks end");
    require(cut_up.rows == whole.rows, "rows do not depend on where chunks end");
    require(!whole.accepted || same(cut_up.envelope, whole.envelope),
            "the envelope does not depend on where chunks end");
  }
  if (!whole.accepted) return;
  require(whole.envelope.items == whole.rows.size(), "the envelope counts the rows");
  require(way.shape == Shape::list || whole.rows.size() == 1, "a document is one row");
  const Seen part = read(bytes.substr(0, hash_of(bytes) % bytes.size()), way, Cut::whole);
  require(part.rows.size() <= whole.rows.size() &&
              std::equal(part.rows.begin(), part.rows.end(), whole.rows.begin()),
          "what was cut short has no row that the whole does not have");
}

constexpr CellLimits small_limits = {.text_bytes = 24, .list_items = 3};

constexpr Way ways[] = {
    {pods, Shape::list},      {pods, Shape::document}, {pods, Shape::list, small_limits},
    {events, Shape::list},    {metadata, Shape::list}, {metadata, Shape::list, small_limits},
    {status, Shape::document}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = text_of(data, size);
  for (const Way& way : choose(bytes, ways)) check(bytes, way);
  return 0;
}
