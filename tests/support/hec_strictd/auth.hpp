// Who may send: the token table and the Authorization header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ktel::test::hec {

struct Token {
  std::string token;
  bool enabled = true;
  bool use_ack = false;
  bool query_auth = false;                // may come as ?token=
  std::vector<std::string> indexes = {};  // allowed; empty: all
  // What an object says that does not say it itself.
  std::string index = "main";
  std::string host = "hec_strictd";
  std::string source = "http:input";
  std::string sourcetype = "httpevent";
};

struct Authorized {
  const Token* token = nullptr;
  int code = 0;  // the refusal if token is null
};

// `query_token` is the value of ?token=; it is refused even beside a good header unless that token
// allows it.
Authorized authorize(const std::vector<Token>& tokens, std::string_view authorization,
                     bool has_query_token, std::string_view query_token);

}  // namespace ktel::test::hec
