// The strict parser: Boost's, with a handler of our own that knows where it is.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <charconv>
#include <cmath>
#include <exception>
#include <optional>
#include <vector>

#include "json/canonical.hpp"

namespace ktel::json {
namespace {

using boost::json::error_code;

// Builds the value; refuses what Boost's own handler lets pass, naming the path.
struct Handler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  struct Frame {
    boost::json::value value;  // an object or an array
    std::string key;           // of the member being read
  };

  std::size_t depth;  // allowed
  std::vector<Frame> open{};
  std::string text{};  // of the key, string or number being read
  boost::json::value result{};
  std::optional<Error> refused{};

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return begin(boost::json::object(), ec); }
  bool on_object_end(std::size_t, error_code&) { return end(); }
  bool on_array_begin(error_code& ec) { return begin(boost::json::array(), ec); }
  bool on_array_end(std::size_t, error_code&) { return end(); }

  bool on_key_part(std::string_view s, std::size_t, error_code&) { return more(s); }
  bool on_key(std::string_view s, std::size_t, error_code& ec) {
    more(s);
    Frame& frame = open.back();
    frame.key = std::move(text);
    text.clear();
    if (!frame.value.get_object().contains(frame.key)) return true;
    return refuse("there twice: keep one of them", ec);
  }
  bool on_string_part(std::string_view s, std::size_t, error_code&) { return more(s); }
  bool on_string(std::string_view s, std::size_t, error_code&) {
    more(s);
    place(boost::json::string(text));
    text.clear();
    return true;
  }
  bool on_number_part(std::string_view s, error_code&) { return more(s); }
  bool on_int64(std::int64_t i, std::string_view, error_code&) { return number(i); }
  bool on_uint64(std::uint64_t u, std::string_view, error_code&) { return number(u); }
  bool on_double(double rough, std::string_view s, error_code& ec) {
    more(s);
    if (text.find_first_of(".eE") == text.npos) {
      return refuse("an integer beyond 64 bits: write it as a string", ec);
    }
    // Boost 1.81 may be off in the last digit; from_chars is not. What it cannot hold is too large,
    // or so small that it is 0.
    double d = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), d);
    if (read.ec != std::errc() && !(std::abs(rough) < 1)) {
      return refuse("a number beyond the range of a double: write it as a string", ec);
    }
    return number(d);
  }
  bool on_bool(bool b, error_code&) { return place(b); }
  bool on_null(error_code&) { return place(nullptr); }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  bool more(std::string_view s) {
    text += s;
    return true;
  }

  template <class Number>
  bool number(Number n) {
    text.clear();
    return place(n);
  }

  bool begin(boost::json::value container, error_code& ec) {
    if (open.size() == depth) {
      return refuse(fmt::format("nested deeper than {} levels: flatten it", depth), ec);
    }
    open.push_back({std::move(container), {}});
    return true;
  }

  bool end() {
    boost::json::value done = std::move(open.back().value);
    open.pop_back();
    return place(std::move(done));
  }

  bool place(boost::json::value value) {
    if (open.empty()) {
      result = std::move(value);
    } else if (auto* object = open.back().value.if_object()) {
      object->insert_or_assign(open.back().key, std::move(value));
    } else {
      open.back().value.get_array().push_back(std::move(value));
    }
    return true;
  }

  bool refuse(std::string_view what, error_code& ec) {
    const std::string where = path();
    refused = {Errc::bad_input, where.empty() ? fmt::format("it is {}", what)
                                              : fmt::format("{} is {}", where, what)};
    ec = boost::json::error::syntax;  // any will do: `refused` speaks
    return false;
  }

  std::string path() const {
    std::string path;
    for (const Frame& frame : open) {
      if (const auto* array = frame.value.if_array()) {
        path += fmt::format("[{}]", array->size());
      } else if (frame.key.find_first_of(".[] \"'") != frame.key.npos || frame.key.empty()) {
        path += fmt::format("[{}]", canonical(boost::json::string(frame.key)));
      } else {
        path += path.empty() ? frame.key : "." + frame.key;
      }
    }
    return path;
  }
};

std::string reason(const error_code& ec) {
  if (ec == boost::json::error::extra_data) return "something follows the value; take it out";
  if (ec == boost::json::error::incomplete) return "it ends too early; give all of it";
  return ec.message() + "; correct it there";
}

}  // namespace

Result<boost::json::value> parse_strict(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return Error{Errc::bad_input,
                 fmt::format("it is larger than the {} bytes allowed: send less", limits.bytes)};
  }
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    return Error{Errc::bad_input, "it is empty, one JSON value is expected"};
  }
  boost::json::parse_options options;
  options.max_depth = limits.depth + 1;  // the handler's own limit comes first and names the path
  boost::json::basic_parser<Handler> parser(options, Handler{limits.depth});
  error_code ec;
  std::size_t used = 0;
  try {
    used = parser.write_some(false, text.data(), text.size(), ec);
  } catch (const std::exception& e) {
    return Error{Errc::internal, fmt::format("parsing JSON: {}", e.what())};
  }
  if (!ec && used < text.size()) ec = boost::json::error::extra_data;
  if (parser.handler().refused) return *parser.handler().refused;
  if (ec) {
    return Error{Errc::bad_input, fmt::format("not JSON at byte {}: {}", used + 1, reason(ec))};
  }
  return std::move(parser.handler().result);
}

}  // namespace ktel::json
