// A document in any pieces: the same rows and envelope, and those that a walk over the whole tree
// finds.
#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "json/projection.hpp"
#include "property.hpp"

using namespace ktel;
using namespace ktel::fuzz;
using json::Cell;
using json::CellLimits;
using json::Envelope;
using json::Path;
using json::Shape;
using json::Step;

namespace {

// Names of one letter, so that mutations find them; lists in lists, and prefixes of one another.
constexpr std::string_view paths_text =
    "metadata.name a a.b a[*] a[*].b a[*][*] a['x*'].b ['xy*'][*].b c[*].d[*].e [*]";

const std::vector<Path>& paths() {
  static const std::vector<Path> parsed = json::parse_paths(paths_text).value();
  return parsed;
}

struct Seen {
  bool accepted = false;
  std::vector<std::string> rows;
  Envelope envelope;
};

Seen project(std::string_view text, Shape shape, Cut cut, CellLimits limits) {
  static const auto trie = std::make_shared<const json::PathTrie>(paths());
  Seen seen;
  json::Projection projection(
      trie, shape,
      [&](std::span<const Cell> cells) {
        seen.rows.push_back(show(cells));
        return Result<void>();
      },
      limits);
  feed(projection, text, cut);
  seen.accepted = projection.finish().has_value();
  seen.envelope = projection.envelope();
  return seen;
}

// A whole document, members in their order and as often as they stand.
struct Tree {
  enum class Type { scalar, object, array } type = Type::scalar;
  Cell scalar;
  std::string key;  // of a member
  std::vector<Tree> children;
};

class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using error_code = boost::json::error_code;

  Tree root;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(Tree::Type::object); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_begin(error_code&) { return open(Tree::Type::array); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(std::string_view s, std::size_t, error_code&) { return part(s); }
  bool on_key(std::string_view s, std::size_t, error_code&) {
    key_ = std::exchange(buffer_, {}).append(s);
    return true;
  }
  bool on_string_part(std::string_view s, std::size_t, error_code&) { return part(s); }
  bool on_string(std::string_view s, std::size_t, error_code&) {
    return scalar(Cell::Type::text, 0, s);
  }
  bool on_number_part(std::string_view s, error_code&) { return part(s); }
  bool on_int64(std::int64_t i, std::string_view, error_code&) {
    buffer_.clear();
    return scalar(Cell::Type::integer, i);
  }
  bool on_uint64(std::uint64_t, std::string_view s, error_code&) {
    return scalar(Cell::Type::number, 0, s);
  }
  bool on_double(double, std::string_view s, error_code&) {
    scalar(Cell::Type::number, 0, s);
    Cell& cell = last_->scalar;
    const char* const end = cell.text.data() + cell.text.size();
    if (cell.text.find_first_of(".eE") != cell.text.npos &&
        std::from_chars(cell.text.data(), end, cell.real).ec == std::errc()) {
      cell.type = Cell::Type::real;
    }
    return true;
  }
  bool on_bool(bool b, error_code&) { return scalar(Cell::Type::boolean, b ? 1 : 0); }
  bool on_null(error_code&) { return scalar(Cell::Type::absent); }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  Tree& add() {
    if (open_.empty()) return root;
    Tree& child = open_.back()->children.emplace_back();
    child.key = std::exchange(key_, {});
    return child;
  }
  bool open(Tree::Type type) {
    Tree& tree = add();
    tree.type = type;
    open_.push_back(&tree);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool part(std::string_view s) {
    buffer_ += s;
    return true;
  }
  bool scalar(Cell::Type type, std::int64_t integer = 0, std::string_view text = {}) {
    last_ = &add();
    last_->scalar.type = type;
    last_->scalar.integer = integer;
    last_->scalar.text = std::exchange(buffer_, {}).append(text);
    return true;
  }

  std::string key_;
  std::string buffer_;
  std::vector<Tree*> open_;  // the innermost has no child that is open: none of them moves
  Tree* last_ = nullptr;
};

std::optional<Tree> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 512;
  boost::json::basic_parser<TreeBuilder> parser(options);
  boost::json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec || text.find_first_not_of(" \t\r\n", used) != text.npos) return std::nullopt;
  return std::move(parser.handler().root);
}

const Tree* last_member(const Tree& tree, std::string_view name) {
  const Tree* found = nullptr;
  for (const Tree& member : tree.children) {
    if (member.key == name) found = &member;
  }
  return found;
}

// What projection.hpp says a cell is, without thinking of chunks, tries and limits.
Cell evaluate(const Tree& tree, std::span<const Step> steps) {
  Cell cell;
  if (steps.empty()) {
    if (tree.type != Tree::Type::scalar) return cell;
    return tree.scalar;
  }
  const Step& step = steps.front();
  const auto rest = steps.subspan(1);
  if (step.kind == Step::Kind::each && tree.type == Tree::Type::array) {
    cell.type = Cell::Type::list;
    for (const Tree& element : tree.children) cell.items.push_back(evaluate(element, rest));
  } else if (step.kind == Step::Kind::prefix && tree.type == Tree::Type::object) {
    cell.type = Cell::Type::list;
    for (const Tree& member : tree.children) {
      if (member.key.starts_with(step.name)) cell.items.push_back(evaluate(member, rest));
    }
  } else if (step.kind == Step::Kind::member && tree.type == Tree::Type::object) {
    if (const Tree* member = last_member(tree, step.name)) return evaluate(*member, rest);
  }
  return cell;
}

std::string row_of(const Tree& tree) {
  std::vector<Cell> cells;
  for (const Path& path : paths()) cells.push_back(evaluate(tree, path.steps));
  return show(cells);
}

// The arrays of rows: one makes a list, two are refused, null is an empty one.
std::vector<const Tree*> lists_in(const Tree& tree, Shape shape) {
  std::vector<const Tree*> lists;
  const auto add = [&](const Tree& t) {
    const bool null = t.type == Tree::Type::scalar && t.scalar.type == Cell::Type::absent;
    if (t.type == Tree::Type::array || null) lists.push_back(&t);
  };
  if (shape == Shape::array) add(tree);
  const bool list = shape == Shape::list || shape == Shape::either;
  if (!list || tree.type != Tree::Type::object) return lists;
  for (const Tree& member : tree.children) {
    if (member.key == "items" || member.key == "rows") add(member);
  }
  return lists;
}

Seen expect(const Tree& tree, Shape shape) {
  Seen seen;
  const std::vector<const Tree*> lists = lists_in(tree, shape);
  seen.envelope.list = !lists.empty();
  const bool document = shape == Shape::document || (shape == Shape::either && lists.empty());
  seen.accepted = document || lists.size() == 1;
  if (!seen.accepted) return seen;
  if (document) {
    seen.rows.push_back(row_of(tree));
  } else {
    for (const Tree& element : lists.front()->children) seen.rows.push_back(row_of(element));
    seen.envelope.items = seen.rows.size();
  }
  const auto member = [](const Tree* of, std::string_view name) {
    const Tree* found = of == nullptr ? nullptr : last_member(*of, name);
    return found == nullptr ? Cell() : found->scalar;
  };
  const bool object = tree.type == Tree::Type::object;
  const Tree* const root = object ? &tree : nullptr;
  const Tree* const metadata = object ? last_member(tree, "metadata") : nullptr;
  seen.envelope.kind = member(root, "kind").text;
  seen.envelope.api_version = member(root, "apiVersion").text;
  seen.envelope.continue_token = member(metadata, "continue").text;
  seen.envelope.resource_version = member(metadata, "resourceVersion").text;
  const Cell remaining = member(metadata, "remainingItemCount");
  if (remaining.type == Cell::Type::integer) seen.envelope.remaining = remaining.integer;
  return seen;
}

void check(std::string_view text, Shape shape, CellLimits limits, const std::optional<Tree>& tree) {
  const Seen whole = project(text, shape, Cut::whole, limits);
  for (const Cut cut : {Cut::bytes, Cut::pieces}) {
    const Seen cut_up = project(text, shape, cut, limits);
    require(cut_up.accepted == whole.accepted, "success does not depend on where chunks end");
    require(cut_up.rows == whole.rows, "rows do not depend on where chunks end");
    require(!whole.accepted || same(cut_up.envelope, whole.envelope),
            "the envelope does not depend on where chunks end");
  }
  require(!whole.accepted || tree, "what is accepted is JSON");
  if (!tree) return;
  const Seen expected = expect(*tree, shape);
  require(whole.accepted == expected.accepted, "what is JSON of that shape is accepted");
  if (!whole.accepted) return;
  require(same(whole.envelope, expected.envelope), "the envelope is what stands around the rows");
  require(limits.list_items < CellLimits().list_items || whole.rows == expected.rows,
          "the rows are those of a walk over the tree");
}

constexpr CellLimits no_limits = {.text_bytes = 4096, .list_items = 4096};
constexpr CellLimits small_limits = {.text_bytes = 24, .list_items = 3};

constexpr std::pair<Shape, CellLimits> ways[] = {
    {Shape::document, no_limits}, {Shape::array, no_limits},    {Shape::list, no_limits},
    {Shape::either, no_limits},   {Shape::array, small_limits}, {Shape::either, small_limits}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > no_limits.text_bytes) return 0;  // else something might be too large for a cell
  const std::string_view text = text_of(data, size);
  const std::optional<Tree> tree = parse(text);
  for (const auto& [shape, limits] : choose(text, ways)) check(text, shape, limits, tree);
  return 0;
}
