// What a backend declares, and the URLs that it must refuse.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "backend.hpp"

TEST_SUITE_BEGIN("delivery/conformance");

namespace {

using namespace ktel;
using namespace ktel::test::conformance;

bool is_sentence(const std::string& text) {
  return !text.empty() && text.ends_with('.') && fault_of(text).empty();
}

// How the URL is refused; "": it is not.
std::string refusal(const std::string& url, const Given& secrets = all_secrets()) {
  const auto opened = open(url, secrets);
  if (opened) return "";
  CHECK(opened.error().code == Errc::bad_input);
  return opened.error().message;
}

bool names(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("an operator is shown sentences") {
  CHECK(is_sentence(declaration().summary));
  std::set<std::string> seen;
  for (const plugin::Param& param : declaration().params) {
    CAPTURE(param.name);
    CHECK(is_sentence(param.description));
    CHECK(seen.insert(param.name).second);
    CHECK_FALSE((param.secret && param.has_default));
  }
}

TEST_CASE("it declares the scheme of the URL, and opens it without network") {
  const auto& schemes = declaration().schemes;
  const std::string scheme = url_pattern().substr(0, url_pattern().find(':'));
  CHECK(std::find(schemes.begin(), schemes.end(), scheme) != schemes.end());
  // Nobody listens there, and the folder does not exist.
  CHECK(refusal(some_url()) == "");
}

TEST_CASE("an unknown parameter is refused by its name") {
  const std::string why = refusal(with_param(some_url(), "colour=blue"));
  CHECK(why.starts_with(declaration().name + " has no parameter colour;"));
}

TEST_CASE("a value that does not fit is refused by the parameter's name") {
  for (const plugin::Param& param : declaration().params) {
    if (param.secret || param.type == KTEL_T_TEXT) continue;
    if (names(url_pattern(), param.name + "=")) continue;
    CAPTURE(param.name);
    const std::string why = refusal(with_param(some_url(), param.name + "=%22no-such-value"));
    CHECK(names(why, param.name));
    CHECK(fault_of(why) == "");
  }
}

TEST_CASE("a secret in the URL is refused and not repeated") {
  for (const plugin::Param& param : declaration().params) {
    if (!param.secret) continue;
    CAPTURE(param.name);
    const std::string why = refusal(with_param(some_url(), param.name + "=" + planted));
    CHECK(names(why, param.name));
    CHECK(fault_of(why) == "");
  }
}

TEST_CASE("a required secret that is missing is asked for") {
  for (const plugin::Param& param : declaration().params) {
    if (!param.secret || !param.required) continue;
    CAPTURE(param.name);
    Given others = all_secrets();
    others.erase(param.name);
    const std::string why = refusal(some_url(), others);
    CHECK(names(why, declaration().name + " needs a " + param.name + ": give it with"));
  }
}

TEST_SUITE_END();
