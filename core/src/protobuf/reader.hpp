// `Reader`: a protobuf answer of the API server as it arrives, in chunks of any size, becomes rows.
//
// The same rows as `json::Projection` makes of the same objects in JSON. Neither the answer nor an
// object is held: messages are a stack of where they end, what no path asks for is skipped by its
// length, and only values are kept, until the row is handed on. Fields may come in any order, a
// message may come in parts. The rows of an answer that turns out broken or truncated have been
// handed on already: whoever keeps them drops them when feed() or finish() fails. One thread.
#pragma once

#include <memory>
#include <string_view>

#include <ktel/result.hpp>

#include "json/projection.hpp"
#include "protobuf/schema.hpp"
#include "protobuf/wanted.hpp"

namespace ktel::protobuf {

enum class Shape {
  document,  // the object is one row
  list       // each item is a row
};

class Reader {
 public:
  // `wanted`: of `paths` and of the message of the objects.
  Reader(Wanted wanted, std::shared_ptr<const json::PathTrie> paths, Shape shape,
         json::RowSink sink, json::CellLimits limits = {});
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Fails if it is not the API's protobuf (naming the byte), an object is larger than 3 MiB, or the
  // sink failed; after that always.
  Result<void> feed(std::string_view chunk);

  // The answer is over. Fails if it is not complete.
  Result<void> finish();

  // Complete once finish() has succeeded.
  const json::Envelope& envelope() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::protobuf
