// `Wanted`: which fields of a message lead to declared paths; the reader skips all others unseen.
//
// Compiled once for a list from its paths and the message of its objects. Immutable values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "json/path.hpp"
#include "json/path_trie.hpp"
#include "protobuf/schema.hpp"

namespace ktel::protobuf {

struct Wanted {
  struct Child {
    const Field* field = nullptr;
    std::uint32_t node = 0;  // of a message: in `nodes`; of a map: in the trie
  };
  std::vector<std::vector<Child>> nodes;  // 0 is the object

  const Child* find(std::uint32_t node, std::uint32_t number) const noexcept;
};

// Nothing: a path leads where the table does not, or to no value. JSON is to be asked for then.
std::optional<Wanted> wanted_of(const Message& message, const json::PathTrie& paths);

// Is there a form of protobuf in which objects of this message tell all paths?
bool can_read(const Message& message, std::span<const json::Path> paths);

}  // namespace ktel::protobuf
