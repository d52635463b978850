// The tripwire: does a text look like something that must not leave?
//
// Not a filter for hostile plugins but a net under mistakes: what a token's pattern let through by
// accident, what a caller piped in without looking. Shapes only, no lists of names. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace ktel::standard {

// In the order in which they are looked for: a text with several shapes has the first.
enum class Shape { pem, bearer, jwt, url, path, email, uuid, address, host_name };

// The shape of any part of `text`. address: IPv4, IPv6, MAC; path: absolute.
std::optional<Shape> find_shape(std::string_view text);

// With its article: "an e-mail address".
std::string_view describe(Shape shape) noexcept;

// Credentials: refused even where other shapes are the author's own business.
constexpr bool is_secret(Shape shape) noexcept { return shape <= Shape::jwt; }

}  // namespace ktel::standard
