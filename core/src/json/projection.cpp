// Joins Boost's push parser to two walkers: one for what stands around a list, one for its items.
#include "json/projection.hpp"

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "json/walker.hpp"

namespace ktel::json {
namespace {

using boost::json::error_code;

// Deeper than the schemas in custom resource definitions and than managedFields go.
constexpr std::size_t max_depth = 512;

enum : std::size_t { kind, api_version, continue_token, remaining, resource_version };

std::shared_ptr<const PathTrie> envelope_paths() {
  static const auto trie = std::make_shared<const PathTrie>(
      parse_paths("kind apiVersion metadata.continue metadata.remainingItemCount "
                  "metadata.resourceVersion")
          .value());
  return trie;
}

class Handler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  Handler(std::shared_ptr<const PathTrie> paths, Shape shape, RowSink sink, CellLimits limits)
      : shape_(shape),
        row_depth_(shape == Shape::array ? 1 : 2),
        sink_(std::move(sink)),
        around_(envelope_paths(), CellLimits{.text_bytes = 64 * 1024}),
        row_(std::move(paths), limits) {}

  Envelope envelope;
  std::optional<Error> failed;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code& ec) {
    if (!read_envelope()) {
      return fail({Errc::no_result, "its continue token is longer than 64 KiB"}, ec);
    }
    if (shape_ == Shape::list && !envelope.list) {
      return fail({Errc::no_result, "it is no list: neither items nor rows are there"}, ec);
    }
    if (shape_ == Shape::array && !envelope.list) {
      return fail({Errc::no_result, "it is no array"}, ec);
    }
    return envelope.list || emit(ec);
  }
  bool on_object_begin(error_code&) {
    begin_value();
    both([](Walker& walker) { walker.begin_object(); });
    ++depth_;
    return true;
  }
  bool on_object_end(std::size_t, error_code& ec) { return end_container(ec); }
  bool on_array_begin(error_code& ec) {
    begin_value();
    if (holds_rows()) {
      if (!begin_items(ec)) return false;
      in_items_ = true;
      around_.begin_array();
    } else {
      both([](Walker& walker) { walker.begin_array(); });
    }
    ++depth_;
    return true;
  }
  bool on_array_end(std::size_t, error_code& ec) { return end_container(ec); }
  bool on_key_part(std::string_view s, std::size_t, error_code&) {
    if (depth_ == 1) add_to_key(s);
    both([s](Walker& walker) { walker.key_part(s); });
    return true;
  }
  bool on_key(std::string_view s, std::size_t, error_code&) {
    if (depth_ == 1) {
      add_to_key(s);
      items_key_ = key_ == "items" || key_ == "rows";
      key_.clear();
    }
    both([s](Walker& walker) { walker.key(s); });
    return true;
  }
  bool on_string_part(std::string_view s, std::size_t, error_code&) {
    begin_value();
    both([s](Walker& walker) { walker.text_part(s); });
    return true;
  }
  bool on_string(std::string_view s, std::size_t, error_code& ec) {
    return scalar([s](Walker& walker) { walker.text(s); }, ec);
  }
  bool on_number_part(std::string_view s, error_code&) {
    begin_value();
    both([s](Walker& walker) { walker.number_part(s); });
    return true;
  }
  bool on_int64(std::int64_t i, std::string_view, error_code& ec) {
    return scalar([i](Walker& walker) { walker.integer(i); }, ec);
  }
  bool on_uint64(std::uint64_t, std::string_view s, error_code& ec) {
    return scalar([s](Walker& walker) { walker.unsigned_integer(s); }, ec);
  }
  bool on_double(double, std::string_view s, error_code& ec) {
    return scalar([s](Walker& walker) { walker.real(s); }, ec);
  }
  bool on_bool(bool b, error_code& ec) {
    return scalar([b](Walker& walker) { walker.boolean(b); }, ec);
  }
  bool on_null(error_code& ec) {
    if (holds_rows() && !begin_items(ec)) return false;  // Go's nil: no items
    return scalar([](Walker& walker) { walker.null(); }, ec);
  }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  // Whose event is it? Within the items it is the row's; around them the envelope's, and the row's
  // too while the document may still turn out to be one.
  template <class Event>
  void both(Event event) {
    if (in_items_ && depth_ >= row_depth_) {
      event(row_);
      return;
    }
    event(around_);
    if (shape_ != Shape::list && !envelope.list) event(row_);
  }

  // Is what begins here the array whose elements are rows?
  bool holds_rows() const {
    if (shape_ == Shape::array) return depth_ == 0;
    return shape_ != Shape::document && depth_ == 1 && items_key_;
  }

  // The rows of the first have been handed on.
  bool begin_items(error_code& ec) {
    if (envelope.list) return fail({Errc::no_result, "it has items or rows twice"}, ec);
    envelope.list = true;
    return true;
  }

  // Longer than "items": neither of the two.
  void add_to_key(std::string_view part) {
    constexpr std::size_t most = 6;
    key_ += part.substr(0, most - std::min(key_.size(), most));
  }

  // The first event of an element of `items` starts a row.
  void begin_value() {
    if (!in_items_ || depth_ != row_depth_ || in_row_) return;
    in_row_ = true;
    row_.reset();
  }

  template <class Event>
  bool scalar(Event event, error_code& ec) {
    begin_value();
    both(event);
    return end_value(ec);
  }

  bool end_container(error_code& ec) {
    --depth_;
    if (in_items_ && depth_ + 1 == row_depth_) {
      in_items_ = false;
      around_.end();
      return true;
    }
    both([](Walker& walker) { walker.end(); });
    return end_value(ec);
  }

  bool end_value(error_code& ec) {
    if (!in_row_ || depth_ != row_depth_) return true;
    in_row_ = false;
    ++envelope.items;
    return emit(ec);
  }

  bool emit(error_code& ec) {
    Result<void> taken = sink_(row_.cells());
    return taken.has_value() || fail(taken.error(), ec);
  }

  bool fail(Error error, error_code& ec) {
    failed = std::move(error);
    ec = boost::json::error::syntax;  // any will do: `failed` speaks
    return false;
  }

  bool read_envelope() {
    const auto cells = around_.cells();
    if (cells[continue_token].type == Cell::Type::too_large) return false;
    envelope.kind = cells[kind].text;
    envelope.api_version = cells[api_version].text;
    envelope.continue_token = cells[continue_token].text;
    envelope.resource_version = cells[resource_version].text;
    if (cells[remaining].type == Cell::Type::integer) envelope.remaining = cells[remaining].integer;
    return true;
  }

  Shape shape_;
  std::size_t row_depth_;  // of the elements that are rows
  RowSink sink_;
  Walker around_;
  Walker row_;
  std::string key_;
  std::size_t depth_ = 0;
  bool items_key_ = false;  // the member being read at the top is `items` or `rows`
  bool in_items_ = false;
  bool in_row_ = false;
};

}  // namespace

class Projection::Impl {
 public:
  Impl(std::shared_ptr<const PathTrie> paths, Shape shape, RowSink sink, CellLimits limits)
      : parser_(options(), std::move(paths), shape, std::move(sink), limits) {}

  Result<void> feed(std::string_view chunk, bool more) {
    if (broken_) return *broken_;
    Result<void> fed;
    try {
      fed = write(chunk, more);
    } catch (const std::exception& e) {
      fed = Error{Errc::internal, fmt::format("parsing JSON: {}", e.what())};
    }
    if (!fed) broken_ = fed.error();
    return fed;
  }

  const Envelope& envelope() const noexcept { return parser_.handler().envelope; }

 private:
  static boost::json::parse_options options() {
    boost::json::parse_options options;
    options.max_depth = max_depth;
    return options;
  }

  Result<void> write(std::string_view chunk, bool more) {
    std::size_t used = 0;
    if (!parser_.done()) {
      error_code ec;
      used = parser_.write_some(more, chunk.data(), chunk.size(), ec);
      if (parser_.handler().failed) return *parser_.handler().failed;
      if (ec && !more) {
        return Error{Errc::no_result,
                     fmt::format("it ends after {} bytes, before its JSON does", bytes_)};
      }
      if (ec) return not_json(used, ec.message());
    }
    const std::size_t extra = chunk.find_first_not_of(" \t\r\n", used);
    if (parser_.done() && extra != chunk.npos) {
      return not_json(extra, "something follows the document");
    }
    bytes_ += chunk.size();
    return {};
  }

  Error not_json(std::size_t offset, std::string_view why) const {
    return {Errc::no_result,
            fmt::format("it is not JSON at byte {}: {}", bytes_ + offset + 1, why)};
  }

  boost::json::basic_parser<Handler> parser_;
  std::uint64_t bytes_ = 0;  // of earlier chunks
  std::optional<Error> broken_;
};

Result<void> check_sizes(std::span<const Cell> cells, const PathTrie& paths) {
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    if (cells[i].type != Cell::Type::too_large) continue;
    return Error{Errc::no_result,
                 fmt::format("it has more at {} than can be read", paths.path(i).text)};
  }
  return {};
}

Projection::Projection(std::shared_ptr<const PathTrie> paths, Shape shape, RowSink sink,
                       CellLimits limits)
    : impl_(std::make_unique<Impl>(std::move(paths), shape, std::move(sink), limits)) {}
Projection::~Projection() = default;
Projection::Projection(Projection&&) noexcept = default;
Projection& Projection::operator=(Projection&&) noexcept = default;

Result<void> Projection::feed(std::string_view chunk) { return impl_->feed(chunk, true); }
Result<void> Projection::finish() { return impl_->feed({}, false); }
const Envelope& Projection::envelope() const noexcept { return impl_->envelope(); }

}  // namespace ktel::json
