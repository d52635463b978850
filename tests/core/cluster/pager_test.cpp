// Page by page: when a list ends, what a count believes, and what follows an error.
#include "cluster/pager.hpp"

#include <doctest/doctest.h>

using namespace ktel;
using cluster::Pager;
using cluster::PagerOptions;
using cluster::Representation;
using Step = Pager::Step;

namespace {

json::Envelope page(std::uint64_t items, std::string next = {},
                    std::optional<std::int64_t> remaining = {}, std::string kind = "Table") {
  json::Envelope envelope;
  envelope.list = true;
  envelope.kind = std::move(kind);
  envelope.items = items;
  envelope.continue_token = std::move(next);
  envelope.remaining = remaining;
  return envelope;
}

PagerOptions counting() {
  PagerOptions options;
  options.representation = Representation::table;
  return options;
}

}  // namespace

TEST_SUITE("core/cluster/pager") {
  TEST_CASE("a list ends with the page that has no continue token, whatever remains is said") {
    Pager pager(PagerOptions{});
    CHECK(pager.next().limit == 1000);
    CHECK(pager.page(page(1000, "a", 0, "PodList")) == Step::ask);
    CHECK(pager.next().continue_token == "a");
    CHECK(pager.page(page(1000, "b", {}, "PodList")) == Step::ask);
    CHECK(pager.page(page(0, "", {}, "PodList")) == Step::done);
    CHECK(pager.count() == 2000);
  }

  TEST_CASE("the first page of a list says how many there are, but not with a selector") {
    Pager list(PagerOptions{});
    CHECK(list.page(page(1000, "a", 1500, "PodList")) == Step::ask);
    CHECK(list.total() == 2500u);
    CHECK(list.page(page(1000, "b", 499, "PodList")) == Step::ask);  // one is gone meanwhile
    CHECK(list.total() == 2500u);

    for (const PagerOptions& options :
         {PagerOptions{.selective = true}, PagerOptions{.exact_counts = true}}) {
      Pager silent(options);
      CHECK(silent.page(page(1000, "a", 1500, "PodList")) == Step::ask);
      CHECK_FALSE(silent.total().has_value());
    }
    Pager whole(PagerOptions{});
    CHECK(whole.page(page(3, "", {}, "PodList")) == Step::done);
    CHECK_FALSE(whole.total().has_value());  // count() is the answer
  }

  TEST_CASE("a count is one request of one row where the server says how many remain") {
    Pager pager(counting());
    CHECK(pager.next().limit == 1);
    CHECK(pager.next().representation == Representation::table);
    CHECK(pager.page(page(1, "a", 49'999)) == Step::done);
    CHECK(pager.count() == 50'000);
  }

  TEST_CASE("a count of what fits on the first page is exact") {
    for (const std::uint64_t items : {0u, 1u}) {
      Pager pager(counting());
      CHECK(pager.page(page(items)) == Step::done);
      CHECK(pager.count() == items);
    }
  }

  TEST_CASE("a count pages where the server does not say how many remain") {
    Pager pager(counting());
    CHECK(pager.page(page(1, "a")) == Step::ask);
    CHECK(pager.next().limit == 5000);
    CHECK(pager.page(page(5000, "b")) == Step::ask);
    CHECK(pager.page(page(7)) == Step::done);
    CHECK(pager.count() == 5008);
  }

  TEST_CASE("a count pages from the start with a selector, or when it shall be exact") {
    PagerOptions options = counting();
    SUBCASE("selector") { options.selective = true; }
    SUBCASE("exact") { options.exact_counts = true; }
    Pager pager(options);
    CHECK(pager.next().limit == 5000);
    CHECK(pager.page(page(5000, "a", 3)) == Step::ask);
    CHECK(pager.page(page(2)) == Step::done);
    CHECK(pager.count() == 5002);
  }

  TEST_CASE("a number of remaining items that makes no sense is not believed") {
    Pager pager(counting());
    CHECK(pager.page(page(1, "a", -5)) == Step::ask);
    CHECK(pager.page(page(1)) == Step::done);
    CHECK(pager.count() == 2);
  }

  TEST_CASE("where tables are refused or ignored, metadata is paged") {
    Pager pager(counting());
    SUBCASE("refused") { CHECK(pager.refused(406, "no") == Step::ask); }
    SUBCASE("ignored") { CHECK(pager.page(page(1, "a", {}, "PodList")) == Step::ask); }
    CHECK(pager.next().representation == Representation::metadata);
  }

  TEST_CASE("expired pages start again once, with twice the limit, and then fail") {
    Pager pager(PagerOptions{});
    CHECK(pager.page(page(1000, "a")) == Step::ask);
    CHECK(pager.refused(410, "too old") == Step::restart);
    CHECK(pager.next().limit == 2000);
    CHECK(pager.next().continue_token == "");
    CHECK(pager.count() == 0);
    CHECK(pager.page(page(2000, "a")) == Step::ask);
    CHECK(pager.refused(410, "too old") == Step::failed);
    CHECK(pager.error().message ==
          "its pages expired again and again while they were read (too old): the cluster changes "
          "faster than it can be listed; try again");
  }

  TEST_CASE("where the server can bear it, all is asked for at once in the end") {
    PagerOptions options;
    bool streams = false;
    SUBCASE("a table") { options.representation = Representation::table; }
    SUBCASE("a server that streams") { streams = true; }
    options.selective = true;
    Pager pager(options);
    if (streams) pager.server_streams();
    CHECK(pager.next().limit == 5000);
    CHECK(pager.refused(410, "too old") == Step::restart);
    CHECK(pager.next().limit == 10'000);
    CHECK(pager.refused(410, "too old") == Step::restart);
    CHECK(pager.next().limit == 0);
    CHECK(pager.next().continue_token == "");
    CHECK(pager.page(page(123'456)) == Step::done);
    CHECK(pager.count() == 123'456);
    CHECK(pager.refused(410, "too old") == Step::failed);
  }

  TEST_CASE("what was learned in one namespace holds in the next, and all count") {
    Pager list(PagerOptions{});
    CHECK(list.page(page(10, "")) == Step::done);
    list.next_namespace();
    CHECK(list.next().limit == 1000);
    CHECK(list.page(page(1000, "a", 5)) == Step::ask);
    CHECK(list.count() == 1010);
    CHECK(list.total() == 1005u);

    SUBCASE("expired pages") {
      CHECK(list.refused(410, "too old") == Step::restart);
      CHECK(list.count() == 0);  // of the first namespace, too
      CHECK(list.next().limit == 2000);
      CHECK(list.page(page(11, "")) == Step::done);
      list.next_namespace();
      CHECK(list.next().limit == 2000);
      CHECK(list.refused(410, "too old") == Step::failed);
    }
    SUBCASE("a page that was too much") {
      CHECK(list.refused(413, "x") == Step::ask);
      CHECK(list.page(page(5, "")) == Step::done);
      list.next_namespace();
      CHECK(list.next().limit == 500);
    }
    SUBCASE("a server without tables") {
      Pager count(counting());
      CHECK(count.refused(406, "no") == Step::ask);
      CHECK(count.page(page(1, "a", 8, "PartialObjectMetadataList")) == Step::done);
      count.next_namespace();
      CHECK(count.next().representation == Representation::metadata);
      CHECK(count.page(page(1, "a", 2, "PartialObjectMetadataList")) == Step::done);
      CHECK(count.count() == 12);
    }
  }

  TEST_CASE("a page that breaks off begins again with half the limit, down to 500") {
    Pager pager(PagerOptions{.page_limit = 1600});
    CHECK(pager.page(page(1600, "a")) == Step::ask);
    CHECK(pager.broke_off() == Step::restart);
    CHECK(pager.next().limit == 800);
    CHECK(pager.next().continue_token == "");
    CHECK(pager.count() == 0);
    CHECK(pager.page(page(800, "a")) == Step::ask);
    CHECK(pager.broke_off() == Step::restart);
    CHECK(pager.next().limit == 500);
    CHECK(pager.broke_off() == Step::refused);

    Pager one(counting());
    CHECK(one.broke_off() == Step::refused);
  }

  TEST_CASE("where smaller pages were needed, expired ones make none larger, nor all at once") {
    Pager pager(PagerOptions{});
    pager.server_streams();
    CHECK(pager.refused(413, "x") == Step::ask);
    CHECK(pager.page(page(2500, "a")) == Step::ask);
    CHECK(pager.refused(410, "too old") == Step::restart);
    CHECK(pager.next().limit == 2500);
    CHECK(pager.refused(410, "too old") == Step::failed);

    // One that gives pages where all was asked for.
    Pager paged(PagerOptions{});
    paged.server_streams();
    CHECK(paged.refused(410, "too old") == Step::restart);
    CHECK(paged.refused(410, "too old") == Step::restart);
    CHECK(paged.next().limit == 0);
    CHECK(paged.page(page(1000, "a")) == Step::ask);
    CHECK(paged.next().limit == 10000);
    CHECK(paged.broke_off() == Step::restart);
    CHECK(paged.next().limit == 5000);
  }

  TEST_CASE("asking whether the server streams is worth a request where that saves more") {
    const struct {
      std::optional<std::int64_t> remaining;
      bool worth;
    } rows[] = {{2000, false}, {2001, true}, {std::nullopt, true}};
    for (const auto& row : rows) {
      CAPTURE(row.remaining.value_or(-1));
      Pager pager(PagerOptions{});
      CHECK_FALSE(pager.worth_larger_pages());
      CHECK(pager.page(page(1000, "a", row.remaining)) == Step::ask);
      CHECK(pager.worth_larger_pages() == row.worth);
    }
    Pager known(PagerOptions{});
    known.server_streams();
    CHECK(known.page(page(5000, "a", 50'000)) == Step::ask);
    CHECK_FALSE(known.worth_larger_pages());
    Pager halved(PagerOptions{});
    CHECK(halved.page(page(1000, "a", 50'000)) == Step::ask);
    CHECK(halved.refused(413, "x") == Step::ask);
    CHECK_FALSE(halved.worth_larger_pages());
    Pager count(counting());
    CHECK(count.page(page(1, "a")) == Step::ask);
    CHECK_FALSE(count.worth_larger_pages());  // its pages are large
  }

  TEST_CASE("pages are large once the server is known to stream, unless they were too much") {
    Pager pager(PagerOptions{});
    CHECK(pager.page(page(1000, "a")) == Step::ask);
    pager.server_streams();
    CHECK(pager.next().limit == 5000);
    CHECK(pager.refused(413, "x") == Step::ask);
    CHECK(pager.next().limit == 2500);
    pager.server_streams();
    CHECK(pager.next().limit == 2500);

    Pager small(PagerOptions{});
    CHECK(small.refused(413, "x") == Step::ask);
    small.server_streams();
    CHECK(small.next().limit == 500);

    Pager count(counting());
    count.server_streams();
    CHECK(count.next().limit == 1);
  }

  TEST_CASE("a page that is too much is halved, down to 500") {
    for (const int status : {413, 500, 504}) {
      Pager pager(PagerOptions{.page_limit = 1600});
      CHECK(pager.page(page(1600, "a")) == Step::ask);
      CHECK(pager.refused(status, "x") == Step::ask);
      CHECK(pager.next().limit == 800);
      CHECK(pager.next().continue_token == "a");
      CHECK(pager.refused(status, "x") == Step::ask);
      CHECK(pager.next().limit == 500);
      CHECK(pager.refused(status, "the server is tired") == Step::refused);
    }
  }

  TEST_CASE("a server that repeats its tokens is not followed for ever") {
    Pager pager(PagerOptions{});
    CHECK(pager.page(page(1000, "a")) == Step::ask);
    SUBCASE("at once") {}
    SUBCASE("after another") { CHECK(pager.page(page(1000, "b")) == Step::ask); }
    CHECK(pager.page(page(1000, "a")) == Step::failed);
    CHECK(pager.error().message ==
          "the API server gives the same continue token again, so the list does not end: check the "
          "proxies between, which may answer from a cache");
  }
}
