// ListBody: see the header.
#include "cluster/list_body.hpp"

#include <utility>

namespace ktel::cluster {
namespace {

constexpr std::string_view protobuf_type = "application/vnd.kubernetes.protobuf";

// Null: the table of messages does not know the kind.
const protobuf::Message* message_of(const Fetch& fetch, Representation form) {
  if (form == Representation::metadata) return &protobuf::partial_object_metadata();
  return protobuf::message_of(fetch.group, fetch.version, fetch.resource);
}

}  // namespace

bool readable_as_protobuf(const Fetch& fetch, Representation form) {
  const protobuf::Message* message = message_of(fetch, form);
  return message != nullptr && protobuf::can_read(*message, fetch.paths);
}

Result<ListBody> ListBody::make(std::string_view content_type, const Fetch& fetch,
                                Representation form, std::shared_ptr<const json::PathTrie> paths,
                                json::RowSink sink) {
  if (!content_type.starts_with(protobuf_type)) {
    return ListBody(Reader(json::Projection(std::move(paths), json::Shape::list, std::move(sink))));
  }
  const protobuf::Message* message = message_of(fetch, form);
  auto wanted = message == nullptr ? std::nullopt : protobuf::wanted_of(*message, *paths);
  if (!wanted) return Error{Errc::no_result, "it is protobuf, which was not asked for"};
  return ListBody(Reader(protobuf::Reader(*std::move(wanted), std::move(paths),
                                          protobuf::Shape::list, std::move(sink))));
}

Result<void> ListBody::feed(std::string_view chunk) {
  return std::visit([chunk](auto& reader) { return reader.feed(chunk); }, reader_);
}

Result<void> ListBody::finish() {
  return std::visit([](auto& reader) { return reader.finish(); }, reader_);
}

const json::Envelope& ListBody::envelope() const noexcept {
  return std::visit([](const auto& reader) -> const json::Envelope& { return reader.envelope(); },
                    reader_);
}

}  // namespace ktel::cluster
