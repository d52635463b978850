// What is scrubbed out of text, and what of a URL is a secret.
#include "base/secrets.hpp"

#include <doctest/doctest.h>

using ktel::Secrets;

TEST_SUITE("core/base/secrets") {
  TEST_CASE("a secret is scrubbed wherever it stands, the longest first") {
    Secrets secrets;
    secrets.add("token");
    secrets.add("token-of-mine");
    secrets.add("abc");  // too short to be told from text
    CHECK(secrets.scrub("a token, a token-of-mine, abc") == "a ***, a ***, abc");
  }

  TEST_CASE("the password in a URL is a secret, as it is written and as it is meant") {
    Secrets secrets;
    secrets.add_password_of("http://me:p%40ss%2Fword@proxy:3128");
    secrets.add_password_of("http://proxy:3128/a:b@c");
    secrets.add_password_of("me-alone@proxy:3128");
    CHECK(secrets.scrub("p%40ss%2Fword p@ss/word me me-alone proxy:3128 b") ==
          "*** *** me me-alone proxy:3128 b");
  }
}
