// What the fields of an answer mean: the envelope, the list, and what of its objects is wanted.
#include "protobuf/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/one_line.hpp"
#include "json/walker.hpp"
#include "protobuf/time_text.hpp"
#include "protobuf/wire.hpp"

namespace ktel::protobuf {
namespace {

using json::Walker;

constexpr std::string_view magic("k8s\0", 4);

// etcd holds objects of 1.5 MB; what is twice that is none.
constexpr std::uint64_t largest_object = 3u << 20;
constexpr std::size_t longest_token = 64u << 10;
constexpr std::size_t longest_name = 256;

// Field numbers of what stands around objects (generated.proto of apimachinery).
namespace answer {
enum : std::uint32_t { type_meta = 1, raw = 2, content_encoding = 3 };
}
namespace type_meta {
enum : std::uint32_t { api_version = 1, kind = 2 };
}
namespace list {
enum : std::uint32_t { metadata = 1, items = 2 };
}
namespace list_meta {
enum : std::uint32_t { resource_version = 2, continue_token = 3, remaining = 4 };
}
namespace timestamp {
enum : std::uint32_t { seconds = 1, nanos = 2 };
}
namespace entry {
enum : std::uint32_t { key = 1, value = 2 };
}
constexpr std::uint32_t quantity_text = 1;

// As JSON has it: U+FFFD for each byte that is no UTF-8, which protobuf does not rule out.
std::string_view as_json(std::string& text) {
  constexpr std::string_view no_character = "\xEF\xBF\xBD";
  std::string replaced;
  std::size_t taken = 0;  // of the text, into that
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(std::string_view(text).substr(at));
    at += std::max<std::size_t>(length, 1);
    if (length > 0) continue;
    replaced.append(text, taken, at - 1 - taken).append(no_character);
    taken = at;
  }
  if (taken > 0) text = replaced.append(text, taken);
  return text;
}

class Handler {
 public:
  Handler(Wanted wanted, std::shared_ptr<const json::PathTrie> paths, Shape shape,
          json::RowSink sink, json::CellLimits limits)
      : wanted_(std::move(wanted)),
        paths_(std::move(paths)),
        limits_(limits),
        shape_(shape),
        sink_(std::move(sink)),
        row_(paths_, limits, Walker::Again::merges) {
    levels_.push_back({Role::answer});
    envelope.list = shape == Shape::list;
  }

  json::Envelope envelope;
  bool has_raw = false;

  bool failed() const noexcept { return failed_.has_value(); }
  const Error& failure() const noexcept { return *failed_; }

  void varint(std::uint32_t number, std::uint64_t value) {
    switch (levels_.back().role) {
      case Role::list_meta:
        if (number == list_meta::remaining) envelope.remaining = static_cast<std::int64_t>(value);
        break;
      case Role::time:
        if (number == timestamp::seconds) seconds_ = static_cast<std::int64_t>(value);
        if (number == timestamp::nanos) nanos_ = static_cast<std::int64_t>(value);
        break;
      case Role::object:
        if (const auto* child = wanted_.find(levels_.back().node, number)) number_of(*child, value);
        break;
      default:
        break;
    }
  }

  Next sized(std::uint32_t number, std::uint64_t size) {
    switch (levels_.back().role) {
      case Role::answer:
        return in_answer(number);
      case Role::type_meta:
        if (number == type_meta::api_version) return text_to(envelope.api_version, longest_name);
        if (number == type_meta::kind) return text_to(envelope.kind, longest_name);
        break;
      case Role::list:
        if (number == list::metadata) return enter(Role::list_meta);
        if (number == list::items) return begin_item(size);
        break;
      case Role::list_meta:
        if (number == list_meta::resource_version) {
          return text_to(envelope.resource_version, longest_name);
        }
        if (number == list_meta::continue_token) {
          return text_to(envelope.continue_token, longest_token);
        }
        break;
      case Role::object:
        if (const auto* child = wanted_.find(levels_.back().node, number)) {
          return in_object(*child, size);
        }
        break;
      case Role::entry:
        return in_entry(number);
      case Role::quantity:
        if (number == quantity_text) return text_to(value_, limits_.text_bytes);
        break;
      case Role::time:
        break;
    }
    return Next::skip;
  }

  // One byte more than there may be is enough to know that it is too much.
  void text_part(std::string_view part, bool last) {
    const std::size_t room = most_ + 1 - std::min(buffer_->size(), most_ + 1);
    *buffer_ += part.substr(0, room);
    if (!last) return;
    if (const auto* child = std::exchange(text_of_, nullptr)) {
      begin_value(*child);
      row_.text(as_json(value_));
      end_value(*child);
    } else if (buffer_ == &envelope.continue_token && buffer_->size() > most_) {
      fail("its continue token is longer than 64 KiB");
    } else if (buffer_ == &encoding_ && !encoding_.empty()) {
      fail("its contents are encoded once more, in a way that was not asked for");
    }
  }

  void leave() {
    const Level level = levels_.back();
    levels_.pop_back();
    switch (level.role) {
      case Role::object:
        row_.end();
        if (level.child == nullptr) return end_row();
        return end_value(*level.child);
      case Role::time:
        return end_time(*level.child);
      case Role::entry:
        return end_entry(*level.child);
      default:
        return;
    }
  }

 private:
  enum class Role {
    answer,
    type_meta,
    list,
    list_meta,
    object,
    time,
    entry,  // of a map
    quantity
  };
  struct Level {
    Role role;
    std::uint32_t node = 0;                // of an object: in `wanted_`
    const Wanted::Child* child = nullptr;  // what it is within another object
  };

  Next enter(Role role, std::uint32_t node = 0, const Wanted::Child* child = nullptr) {
    levels_.push_back({role, node, child});
    return Next::enter;
  }

  Next text_to(std::string& buffer, std::size_t most) {
    buffer.clear();
    buffer_ = &buffer;
    most_ = most;
    return Next::text;
  }

  Next text_to_row(const Wanted::Child& child) {
    text_of_ = &child;
    return text_to(value_, limits_.text_bytes);
  }

  Next in_answer(std::uint32_t number) {
    if (number == answer::type_meta) return enter(Role::type_meta);
    if (number == answer::content_encoding) return text_to(encoding_, longest_name);
    if (number != answer::raw) return Next::skip;
    if (std::exchange(has_raw, true)) {
      fail("it has its contents twice");
      return Next::skip;
    }
    if (shape_ == Shape::list) return enter(Role::list);
    begin_row();
    return enter(Role::object);
  }

  Next begin_item(std::uint64_t size) {
    if (size > largest_object) {
      fail(fmt::format("an object in it is {} bytes long, more than any object may be", size));
      return Next::skip;
    }
    begin_row();
    return enter(Role::object);
  }

  Next in_object(const Wanted::Child& child, std::uint64_t size) {
    switch (child.field->type) {
      case Field::Type::message:
        begin_value(child);
        row_.begin_object();
        return enter(Role::object, child.node, &child);
      case Field::Type::text:
        if (size == 0 && child.field->left_out_empty && !child.field->repeated) return Next::skip;
        return text_to_row(child);
      case Field::Type::time:
      case Field::Type::micro_time:
        seconds_ = nanos_ = std::nullopt;
        return enter(Role::time, 0, &child);
      case Field::Type::texts:
      case Field::Type::quantities:
        key_.clear();
        value_.clear();
        return enter(Role::entry, 0, &child);
      case Field::Type::integer:
      case Field::Type::boolean:
        break;
    }
    fail(fmt::format("its field {} is no number", child.field->name));
    return Next::skip;
  }

  Next in_entry(std::uint32_t number) {
    // Beyond the longest name that is asked for no more of a key matters.
    if (number == entry::key) return text_to(key_, paths_->longest_name());
    if (number != entry::value) return Next::skip;
    if (levels_.back().child->field->type == Field::Type::quantities) {
      return enter(Role::quantity);
    }
    return text_to(value_, limits_.text_bytes);
  }

  void number_of(const Wanted::Child& child, std::uint64_t value) {
    const Field& field = *child.field;
    const bool number = field.type == Field::Type::integer || field.type == Field::Type::boolean;
    if (!number) return fail(fmt::format("its field {} is a number", field.name));
    if (value == 0 && field.left_out_empty && !field.repeated) return;
    begin_value(child);
    if (field.type == Field::Type::boolean) {
      row_.boolean(value != 0);
    } else {
      row_.integer(static_cast<std::int64_t>(value));
    }
    end_value(child);
  }

  // Each element of a list is a list of one, which goes on with what there was.
  void begin_value(const Wanted::Child& child) {
    row_.key(child.field->name);
    if (child.field->repeated) row_.begin_array();
  }
  void end_value(const Wanted::Child& child) {
    if (child.field->repeated) row_.end();
  }

  void end_time(const Wanted::Child& child) {
    if (!seconds_ && !nanos_) return;  // Go's zero time, null in JSON
    const bool micro = child.field->type == Field::Type::micro_time;
    const std::string text = time_text(seconds_.value_or(0), nanos_.value_or(0), micro);
    if (text.empty()) return;
    begin_value(child);
    row_.text(text);
    end_value(child);
  }

  // Also where the key is not asked for: that there is a map makes lists of what a prefix finds.
  void end_entry(const Wanted::Child& child) {
    row_.key(child.field->name);
    row_.begin_object();
    row_.key(key_);
    row_.text(as_json(value_));
    row_.end();
  }

  void begin_row() {
    row_.reset();
    row_.begin_object();
  }

  void end_row() {
    ++envelope.items;
    if (Result<void> taken = sink_(row_.cells()); !taken) failed_ = taken.error();
  }

  void fail(std::string text) {
    if (!failed_) failed_ = Error{Errc::no_result, std::move(text)};
  }

  const Wanted wanted_;
  const std::shared_ptr<const json::PathTrie> paths_;
  const json::CellLimits limits_;
  const Shape shape_;
  const json::RowSink sink_;
  Walker row_;
  std::vector<Level> levels_;
  std::string* buffer_ = nullptr;           // where text goes
  std::size_t most_ = 0;                    // that may be in it
  const Wanted::Child* text_of_ = nullptr;  // whose value it is
  std::string encoding_;
  std::string key_;  // of the map's entry being read
  std::string value_;
  std::optional<std::int64_t> seconds_;
  std::optional<std::int64_t> nanos_;
  std::optional<Error> failed_;
};

}  // namespace

class Reader::Impl {
 public:
  Impl(Wanted wanted, std::shared_ptr<const json::PathTrie> paths, Shape shape, json::RowSink sink,
       json::CellLimits limits)
      : handler_(std::move(wanted), std::move(paths), shape, std::move(sink), limits) {}

  Result<void> feed(std::string_view chunk) {
    if (broken_) return *broken_;
    while (magic_ < magic.size() && !chunk.empty()) {
      if (chunk.front() != magic[magic_++]) {
        return fail("it does not begin as protobuf of the API does");
      }
      chunk.remove_prefix(1);
    }
    if (wire_.feed(chunk)) return {};
    if (handler_.failed()) {
      broken_ = handler_.failure();
      return *broken_;
    }
    return fail(fmt::format("it is not protobuf at byte {}: {}", bytes(), wire_.fault()));
  }

  Result<void> finish() {
    if (broken_) return *broken_;
    if (!wire_.at_end() || !handler_.has_raw) {
      return fail(fmt::format("it ends after {} bytes, before its protobuf does", bytes()));
    }
    const json::Envelope& around = handler_.envelope;
    if (around.list && !around.kind.ends_with("List")) {
      return fail(fmt::format("it is no list but \"{}\"", one_line(around.kind, 64)));
    }
    return {};
  }

  const json::Envelope& envelope() const noexcept { return handler_.envelope; }

 private:
  std::uint64_t bytes() const noexcept { return magic_ + wire_.position(); }

  Result<void> fail(std::string text) {
    broken_ = Error{Errc::no_result, std::move(text)};
    return *broken_;
  }

  Handler handler_;
  Wire<Handler> wire_{handler_};
  std::size_t magic_ = 0;  // bytes of it seen
  std::optional<Error> broken_;
};

Reader::Reader(Wanted wanted, std::shared_ptr<const json::PathTrie> paths, Shape shape,
               json::RowSink sink, json::CellLimits limits)
    : impl_(std::make_unique<Impl>(std::move(wanted), std::move(paths), shape, std::move(sink),
                                   limits)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Result<void> Reader::feed(std::string_view chunk) { return impl_->feed(chunk); }
Result<void> Reader::finish() { return impl_->finish(); }
const json::Envelope& Reader::envelope() const noexcept { return impl_->envelope(); }

}  // namespace ktel::protobuf
