// `Url`: the parts of a URL, split strictly; what a destination and a backend's request are checked
// with. Pure values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ktel/result.hpp>

namespace ktel::delivery {

struct Url {
  std::string scheme;          // lower case
  bool has_authority = false;  // is there a "//"?
  bool has_user_info = false;
  std::string authority;  // less its user info, as written
  std::string host;       // lower case; an IPv6 address without its brackets
  std::optional<unsigned> port;
  std::string path;
  std::string query;  // raw, without the "?"
};

// bad_input; the message continues a sentence that names the URL: "has no scheme", "has the port
// ...". It repeats no user info and nothing of the query.
Result<Url> parse_url(std::string_view text);

// name=value&...: decoded, in order. bad_input: a bad escape, a name twice.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

// The URL for eyes: user info, query and fragment left out, whatever else is wrong with it.
std::string shown_url(std::string_view text);

// Is it this machine, as a literal address or by the name localhost?
bool is_loopback(std::string_view host);

}  // namespace ktel::delivery
