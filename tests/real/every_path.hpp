// `EveryPath`: all that the table of messages knows of a kind, read from JSON and from protobuf.
//
// Throws std::runtime_error with the reader's words if it cannot be read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/read_plan.hpp"
#include "json/projection.hpp"
#include "protobuf/reader.hpp"
#include "protobuf/schema.hpp"

namespace ktel::test {

using Cells = std::vector<std::string>;  // of one object, each as text

class EveryPath {
 public:
  // The message must outlive it. Of maps, prefixes and the keys that the API's samples have.
  explicit EveryPath(const protobuf::Message& message);

  const std::vector<std::string>& names() const noexcept { return names_; }

  std::vector<Cells> from_json(const std::string& text, json::Shape shape) const;
  // In pieces of so many bytes.
  std::vector<Cells> from_protobuf(const std::string& bytes, protobuf::Shape shape,
                                   std::size_t piece) const;
  // A list, as the API source reads it: `form` is what was asked for.
  std::vector<Cells> from_list(const std::string& content_type, const std::string& bytes,
                               const cluster::Fetch& fetch, cluster::Representation form,
                               std::size_t piece) const;

 private:
  const protobuf::Message& message_;
  std::vector<std::string> names_;
  std::shared_ptr<const json::PathTrie> paths_;
};

}  // namespace ktel::test
