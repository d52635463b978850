// Patterns of names.
#include "plugin/name_rules.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace ktel::plugin;

TEST_SUITE("core/plugin/name_rules") {
  TEST_CASE("names take the forms of the standard") {
    CHECK(is_job_name("cluster-state"));
    CHECK(is_job_name("k8s"));
    for (const char* bad : {"", "ab", "Cluster", "a--b", "-ab", "ab-", "a_b", "1ab", "a b"}) {
      CHECK_FALSE(is_job_name(bad));
    }
    CHECK(is_job_name(std::string(40, 'a')));
    CHECK_FALSE(is_job_name(std::string(41, 'a')));
    CHECK(is_field_name("pods_count"));
    CHECK(is_field_name("os"));
    CHECK(is_field_name("last-update"));
    for (const char* bad : {"", "last-config", "_a", "a__b", "A", "a_"}) {
      CHECK_FALSE(is_field_name(bad));
    }
    CHECK(is_plugin_id("io.acme.storage-2"));
    CHECK_FALSE(is_plugin_id(""));
    CHECK_FALSE(is_plugin_id("io/acme"));
    CHECK_FALSE(is_plugin_id(std::string(65, 'a')));
    CHECK(is_scheme("splunk+http"));
    CHECK_FALSE(is_scheme("+http"));
    CHECK(is_group("gateway.networking.k8s.io"));
    CHECK_FALSE(is_group("gateway..io"));
  }

  TEST_CASE("versions have three numbers, days exist") {
    for (const char* good : {"1.0.0", "0.10.2-rc.1", "1.2.3+build"}) CHECK(is_version(good));
    for (const char* bad : {"", "1.0", "1..0", "v1.0.0", "1.0.0-", "1.0.0.0", "1.0.0 "}) {
      CHECK_FALSE(is_version(bad));
    }
    CHECK(is_date("2028-02-29"));
    for (const char* bad : {"2027-02-29", "2028-13-01", "2028-1-01", "20280101", "2028-0a-01"}) {
      CHECK_FALSE(is_date(bad));
    }
  }

  TEST_CASE("the vendor is the second word") {
    CHECK(vendor_of("io.acme.storage") == "acme");
    CHECK(vendor_of("io.acme") == "acme");
    CHECK(vendor_of("acme") == "");
  }

  TEST_CASE("UTF-8 is checked to the byte") {
    CHECK(is_utf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
    for (const char* bad :
         {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
      CHECK_FALSE(is_utf8(bad));
    }
  }

  TEST_CASE("the URL of a read is a plain path") {
    CHECK(check_read_url("/version").has_value());
    CHECK(check_read_url("/healthz/etcd").has_value());
    CHECK(check_read_url("/apiary").has_value());
    for (const char* bad :
         {"", "/", "x", "/api", "/apis/", "/a//b", "/./a", "/a/..", "/a?b", "/a%2e", "/healthz/"}) {
      CHECK_FALSE(check_read_url(bad).has_value());
    }
  }
}
