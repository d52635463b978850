// `ListBody`: an answer to a list as rows, in whatever encoding its Content-Type says it is.
//
// Made by the API source (api_list.cpp) for each page, once the head of the answer is there.
#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include <ktel/result.hpp>

#include "cluster/read_plan.hpp"
#include "json/projection.hpp"
#include "protobuf/reader.hpp"

namespace ktel::cluster {

// Do all paths of the fetch lead to values that protobuf can tell, in this form? Pure.
bool readable_as_protobuf(const Fetch& fetch, Representation form);

class ListBody {
 public:
  // `form`: what was asked for; `paths`: those of the fetch. Fails if it comes as protobuf, and
  // that cannot be read.
  static Result<ListBody> make(std::string_view content_type, const Fetch& fetch,
                               Representation form, std::shared_ptr<const json::PathTrie> paths,
                               json::RowSink sink);

  // As those of json::Projection and protobuf::Reader.
  Result<void> feed(std::string_view chunk);
  Result<void> finish();
  const json::Envelope& envelope() const noexcept;

 private:
  using Reader = std::variant<json::Projection, protobuf::Reader>;
  explicit ListBody(Reader reader) : reader_(std::move(reader)) {}

  Reader reader_;
};

}  // namespace ktel::cluster
