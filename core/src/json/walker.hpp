// `Walker`: takes the events of one JSON value after another and fills the cells its paths ask for.
//
// Fed by `Projection` (projection.hpp) with what the parser sees, in any pieces, and by whoever has
// values that never were JSON. Keeps nothing of a value that no path asks for; a subtree without a
// path costs a counter. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/cell.hpp"
#include "json/path_trie.hpp"

namespace ktel::json {

class Walker {
 public:
  // What a member or an array that comes again does to what came before.
  enum class Again {
    replaces,  // JSON: of a member that stands twice the last value counts
    merges     // protobuf: messages merge, lists go on, of a scalar the last value counts
  };

  Walker(std::shared_ptr<const PathTrie> trie, CellLimits limits, Again again = Again::replaces);

  // Forgets the last value; the next event is the first of a new one.
  void reset();

  // One cell a path, once the value has ended.
  std::span<const Cell> cells();

  void begin_object() { begin(false); }
  void begin_array() { begin(true); }
  void end();
  void key_part(std::string_view part);
  void key(std::string_view last);
  void text_part(std::string_view part);
  void text(std::string_view last);
  void number_part(std::string_view part);
  void integer(std::int64_t value);
  void unsigned_integer(std::string_view last);  // beyond a signed one
  void real(std::string_view last);              // also an integer beyond 64 bits
  void real(double value);
  void boolean(bool value);
  void null();

 private:
  struct Frame {
    bool array = false;
    std::vector<std::uint32_t> nodes;  // of the container itself
    std::vector<std::uint32_t> next;   // of the value being read in it
    std::vector<std::uint32_t> items;  // those of `next` that gave their paths a list item
  };

  void begin(bool array);
  void open_value();
  void close_value();
  void make_list(std::uint32_t node);
  void clear(std::uint32_t node);
  void push_item(std::uint32_t node);
  bool wanted() const noexcept;
  void keep(std::string_view part);
  template <class Set>
  void set(Set set);

  std::shared_ptr<const PathTrie> trie_;
  CellLimits limits_;
  Again again_;
  std::vector<Cell> cells_;
  std::vector<std::vector<Cell*>> cursors_;  // by path: its cell, and the list items within
  std::vector<std::size_t> items_;           // by path: list items so far
  std::vector<char> too_large_;              // by path
  std::vector<Cell> spill_;                  // by path: where what is too large goes
  std::vector<Frame> frames_;                // frames_[0] holds the whole value; never shrinks
  std::size_t depth_ = 0;                    // frames in use, less the first
  std::size_t skipped_ = 0;                  // open containers nobody asks for
  std::string buffer_;                       // of the key, text or number being read
  bool open_ = false;                        // a scalar in several pieces has begun
  bool keeping_ = false;                     // and a path wants it
};

}  // namespace ktel::json
