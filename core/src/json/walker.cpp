// The walk: a set of tree nodes goes down with each container, and up again.
#include "json/walker.hpp"

#include <algorithm>
#include <charconv>

namespace ktel::json {

Walker::Walker(std::shared_ptr<const PathTrie> trie, CellLimits limits, Again again)
    : trie_(std::move(trie)),
      limits_(limits),
      again_(again),
      cells_(trie_->size()),
      cursors_(trie_->size()),
      items_(trie_->size()),
      too_large_(trie_->size()),
      spill_(trie_->size()),
      frames_(1) {
  reset();
}

void Walker::reset() {
  for (std::size_t path = 0; path < cells_.size(); ++path) {
    cells_[path] = {};
    cursors_[path].assign(1, &cells_[path]);
    items_[path] = 0;
    too_large_[path] = 0;
    spill_[path] = {};
  }
  depth_ = 0;
  skipped_ = 0;
  buffer_.clear();
  open_ = keeping_ = false;
  frames_[0].array = false;
  frames_[0].next.assign(1, 0);
  frames_[0].items.clear();
}

std::span<const Cell> Walker::cells() {
  for (std::size_t path = 0; path < cells_.size(); ++path) {
    if (too_large_[path] == 0) continue;
    cells_[path] = {};
    cells_[path].type = Cell::Type::too_large;
  }
  return cells_;
}

// A value begins in the innermost container: in an array it is an element, for which the paths that
// go on there get their list item now; in an object key() has done the same.
void Walker::open_value() {
  Frame& frame = frames_[depth_];
  if (!frame.array) return;
  frame.next.clear();
  frame.items.clear();
  for (const std::uint32_t node : frame.nodes) {
    const std::uint32_t each = trie_->node(node).each;
    if (each == PathTrie::none) continue;
    frame.next.push_back(each);
    frame.items.push_back(each);
    push_item(each);
  }
}

void Walker::close_value() {
  for (const std::uint32_t node : frames_[depth_].items) {
    for (const std::uint32_t path : trie_->node(node).paths) cursors_[path].pop_back();
  }
  frames_[depth_].items.clear();
}

void Walker::make_list(std::uint32_t node) {
  for (const std::uint32_t path : trie_->node(node).paths) {
    Cell& cell = *cursors_[path].back();
    if (again_ == Again::merges && cell.type == Cell::Type::list) continue;
    cell = {};
    cell.type = Cell::Type::list;
  }
}

// Of a key that stands twice in an object the last value counts, whatever it is.
void Walker::clear(std::uint32_t node) {
  if (again_ == Again::merges) return;
  for (const std::uint32_t path : trie_->node(node).paths) *cursors_[path].back() = {};
}

void Walker::push_item(std::uint32_t node) {
  for (const std::uint32_t path : trie_->node(node).paths) {
    if (++items_[path] > limits_.list_items) too_large_[path] = 1;
    Cell& list = *cursors_[path].back();
    cursors_[path].push_back(too_large_[path] != 0 ? &spill_[path] : &list.items.emplace_back());
  }
}

void Walker::begin(bool array) {
  if (skipped_ > 0) {
    ++skipped_;
    return;
  }
  open_value();
  const std::vector<std::uint32_t>& next = frames_[depth_].next;
  const bool deeper = std::any_of(next.begin(), next.end(), [this, array](std::uint32_t node) {
    const PathTrie::Node& n = trie_->node(node);
    return array ? n.each != PathTrie::none : !n.members.empty() || !n.prefixes.empty();
  });
  if (!deeper) {
    skipped_ = 1;
    return;
  }
  if (++depth_ == frames_.size()) frames_.emplace_back();
  Frame& frame = frames_[depth_];
  frame.array = array;
  frame.nodes = frames_[depth_ - 1].next;
  frame.next.clear();
  frame.items.clear();
  for (const std::uint32_t node : frame.nodes) {
    const PathTrie::Node& n = trie_->node(node);
    if (array && n.each != PathTrie::none) make_list(n.each);
    if (array) continue;
    for (const PathTrie::Edge& edge : n.prefixes) make_list(edge.node);
  }
}

void Walker::end() {
  if (skipped_ > 0) {
    if (--skipped_ == 0) close_value();
    return;
  }
  --depth_;
  close_value();
}

// One byte more than any name has is enough to know that a key is none of them.
void Walker::key_part(std::string_view part) {
  if (skipped_ > 0) return;
  const std::size_t most = trie_->longest_name() + 1;
  buffer_ += part.substr(0, most - std::min(buffer_.size(), most));
}

void Walker::key(std::string_view last) {
  if (skipped_ > 0) return;
  if (!buffer_.empty()) {
    key_part(last);
    last = buffer_;
  }
  Frame& frame = frames_[depth_];
  frame.next.clear();
  frame.items.clear();
  for (const std::uint32_t node : frame.nodes) {
    const PathTrie::Node& n = trie_->node(node);
    for (const PathTrie::Edge& edge : n.members) {
      if (edge.name != last) continue;
      frame.next.push_back(edge.node);
      clear(edge.node);
    }
    for (const PathTrie::Edge& edge : n.prefixes) {
      if (!last.starts_with(edge.name)) continue;
      frame.next.push_back(edge.node);
      frame.items.push_back(edge.node);
      push_item(edge.node);
    }
  }
  buffer_.clear();
}

bool Walker::wanted() const noexcept {
  const auto& next = frames_[depth_].next;
  return std::any_of(next.begin(), next.end(),
                     [this](std::uint32_t node) { return !trie_->node(node).ends.empty(); });
}

// One byte past the limit is enough to know that a text is too large.
void Walker::keep(std::string_view part) {
  if (!open_) {
    open_value();
    open_ = true;
    keeping_ = wanted();
  }
  if (!keeping_) return;
  const std::size_t room =
      limits_.text_bytes + 1 - std::min(buffer_.size(), limits_.text_bytes + 1);
  buffer_ += part.substr(0, room);
}

// Ends a scalar: `set` fills the cell of each path that ends on it.
template <class Set>
void Walker::set(Set set) {
  if (!open_) open_value();
  for (const std::uint32_t node : frames_[depth_].next) {
    for (const std::uint32_t path : trie_->node(node).ends) {
      if (buffer_.size() > limits_.text_bytes) too_large_[path] = 1;
      Cell& cell = too_large_[path] != 0 ? spill_[path] : *cursors_[path].back();
      cell = {};
      set(cell);
    }
  }
  buffer_.clear();
  open_ = keeping_ = false;
  close_value();
}

void Walker::text_part(std::string_view part) {
  if (skipped_ == 0) keep(part);
}

void Walker::text(std::string_view last) {
  if (skipped_ > 0) return;
  keep(last);
  set([this](Cell& cell) {
    cell.type = Cell::Type::text;
    cell.text = buffer_;
  });
}

void Walker::number_part(std::string_view part) {
  if (skipped_ == 0) keep(part);
}

void Walker::integer(std::int64_t value) {
  if (skipped_ > 0) return;
  buffer_.clear();  // what came in parts is known now, and takes no more room than this
  set([value](Cell& cell) {
    cell.type = Cell::Type::integer;
    cell.integer = value;
  });
}

void Walker::unsigned_integer(std::string_view last) {
  if (skipped_ > 0) return;
  keep(last);
  set([this](Cell& cell) {
    cell.type = Cell::Type::number;
    cell.text = buffer_;
  });
}

void Walker::real(std::string_view last) {
  if (skipped_ > 0) return;
  keep(last);
  set([this](Cell& cell) {
    const bool fraction = buffer_.find_first_of(".eE") != buffer_.npos;
    const char* end = buffer_.data() + buffer_.size();
    if (fraction && std::from_chars(buffer_.data(), end, cell.real).ec == std::errc()) {
      cell.type = Cell::Type::real;
    } else {
      cell.type = Cell::Type::number;
      cell.text = buffer_;
    }
  });
}

void Walker::real(double value) {
  if (skipped_ > 0) return;
  set([value](Cell& cell) {
    cell.type = Cell::Type::real;
    cell.real = value;
  });
}

void Walker::boolean(bool value) {
  if (skipped_ > 0) return;
  set([value](Cell& cell) {
    cell.type = Cell::Type::boolean;
    cell.integer = value ? 1 : 0;
  });
}

void Walker::null() {
  if (skipped_ > 0) return;
  set([](Cell&) {});
}

}  // namespace ktel::json
