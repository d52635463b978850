// The courier with a destination that answers as told, in a time of the test's own.
#include "delivery/courier.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "delivery/courier_lock.hpp"
#include "delivery/sqlite.hpp"
#include "ledger_dir.hpp"

using namespace ktel;
using namespace ktel::delivery;
using namespace std::chrono_literals;
using ktel::test::LedgerDir;
using ktel::test::row;
using ktel::test::there;

namespace {

Attempt delivered() {
  return {.outcome = Outcome::delivered, .verdict = Verdict::up, .text = "Success"};
}
Attempt down(std::string text = "connection refused") {
  return {.outcome = Outcome::retry,
          .verdict = Verdict::down,
          .cause = Cause::connect,
          .text = std::move(text)};
}
Attempt busy(std::chrono::milliseconds after) {
  return {.outcome = Outcome::retry,
          .verdict = Verdict::throttled,
          .cause = Cause::http,
          .code = 9,
          .after = after,
          .text = "Server is busy"};
}
Attempt blocked(Cause cause = Cause::auth) {
  return {.outcome = Outcome::retry,
          .verdict = Verdict::blocked,
          .cause = cause,
          .code = 4,
          .text = "Invalid token"};
}
Attempt rejected(std::uint32_t code) {
  return {.outcome = Outcome::rejected,
          .verdict = Verdict::up,
          .cause = Cause::data,
          .code = code,
          .text = "Incorrect index"};
}

Attempt not_yet() { return {.outcome = Outcome::pending, .text = {}}; }
Attempt taken(std::uint64_t token) {
  return {.outcome = Outcome::pending, .verdict = Verdict::up, .token = token, .text = "Success"};
}

// Answers at once from its script, then as `always`; nothing there: it does not answer before it is
// told to stop.
class FakeSink : public Sink {
 public:
  explicit FakeSink(std::string authority = "splunk.test:8088") {
    destination_.url = there;
    destination_.authority = std::move(authority);
  }

  const Destination& destination() const noexcept override { return destination_; }
  Result<Preview> preview(const Outgoing&) override { return Preview{}; }
  void send(Outgoing report, std::stop_token stop, std::function<void(Answer)> done) override {
    sent.push_back(std::move(report));
    if (on_send) on_send();
    if (!script.empty()) {
      const Attempt attempt = script.front();
      script.pop_front();
      done(attempt);
    } else if (always) {
      done(always(sent.back()));
    } else {
      stops_.push_back(std::make_unique<std::stop_callback<std::function<void()>>>(
          stop, [done = std::move(done)] {
            done(Attempt{.outcome = Outcome::retry, .cause = Cause::stopped, .text = "stopped"});
          }));
    }
  }

  // Unset: it does not answer before it is told to stop.
  void poll(std::vector<std::uint64_t> tokens, std::stop_token stop,
            std::function<void(PollAnswer)> done) override {
    polls.push_back(std::move(tokens));
    if (on_poll) {
      done(on_poll(polls.back()));
    } else {
      stops_.push_back(std::make_unique<std::stop_callback<std::function<void()>>>(
          stop, [done = std::move(done)] {
            done(Polled{{not_yet()}, stopped()});
          }));
    }
  }
  Result<void> reopen() override {
    ++reopened;
    return {};
  }

  std::vector<std::string> bodies() const {
    std::vector<std::string> bodies;
    for (const Outgoing& one : sent) bodies.push_back(one.body);
    return bodies;
  }

  std::deque<Attempt> script;
  std::function<Attempt(const Outgoing&)> always;
  std::function<void()> on_send;
  std::vector<Outgoing> sent;
  std::function<Polled(const std::vector<std::uint64_t>&)> on_poll;
  std::vector<std::vector<std::uint64_t>> polls;
  int reopened = 0;

 private:
  Destination destination_;
  std::vector<std::unique_ptr<std::stop_callback<std::function<void()>>>> stops_;
};

// Of polls: the tokens in `known` are acknowledged, the destination is as said.
Polled acknowledged(const std::vector<std::uint64_t>& asked,
                    const std::vector<std::uint64_t>& known, Attempt destination = delivered()) {
  Polled polled{.reports = {}, .destination = std::move(destination)};
  for (const std::uint64_t token : asked) {
    const bool yes = std::find(known.begin(), known.end(), token) != known.end();
    polled.reports.push_back(yes ? delivered() : not_yet());
  }
  return polled;
}

// Time that passes only when the courier waits; jitter off.
struct World {
  LedgerDir dir;
  std::unique_ptr<Ledger> ledger = dir.open();
  std::shared_ptr<FakeSink> sink = std::make_shared<FakeSink>();
  std::stop_source stop;
  SteadyTime now{1000h};
  SteadyTime start = now;
  std::function<void()> on_wait;

  CourierOptions options(std::chrono::milliseconds wait = 30s) {
    CourierOptions options;
    options.wait = wait;
    options.clock = [this] {
      return std::chrono::system_clock::time_point(1'700'000'000s) + (now - start);
    };
    options.random = [] { return 1.0; };
    options.steady = [this] { return now; };
    options.wait_until = [this](SteadyTime until) {
      now = std::max(now, until);
      if (on_wait) on_wait();
    };
    return options;
  }
  std::int64_t append(int n) { return ledger->append(row(n)).value(); }
  Result<DeliveryResult> deliver_it(std::int64_t seq, std::chrono::milliseconds wait = 30s) {
    return deliver(*ledger, {sink}, seq, options(wait), stop.get_token());
  }
  Row at(std::int64_t seq) { return ledger->at(seq).value().value(); }
  std::chrono::milliseconds took() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - start);
  }
};

}  // namespace

TEST_SUITE("core/delivery/courier") {
  TEST_CASE("a report is delivered as it lies in the ledger") {
    World world;
    Row report = row(1);
    report.decl = R"([{"alias":"","field":"x","job":"a","metric":1,"type":2,"unit":"{pod}"}])";
    report.findings = 2;
    const auto seq = world.ledger->append(report).value();
    world.sink->script = {delivered()};
    // Whoever dies here has not been told that it arrived.
    world.sink->on_send = [&] { CHECK(world.at(seq).state == State::queued); };

    const auto result = world.deliver_it(seq).value();

    CHECK(result.state == State::delivered);
    CHECK(result.attempts == 1);
    CHECK(result.last.text == "Success");
    REQUIRE(world.sink->sent.size() == 1);
    const Outgoing& sent = world.sink->sent[0];
    CHECK(sent.id == report.id);
    CHECK(sent.body == report.body);
    CHECK(sent.attempt == 1);
    CHECK(sent.time_s == report.time_s);
    CHECK(sent.signal == "daily");
    CHECK(sent.findings == 2);
    REQUIRE(sent.fields.size() == 1);
    CHECK(sent.fields[0].unit == "{pod}");
    CHECK(world.at(seq).state == State::delivered);
    CHECK(world.at(seq).done_us == 1'700'000'000'000'000);
  }

  TEST_CASE("what was queued before goes first, and the report before it is not resent") {
    World world;
    for (int n = 1; n <= 9; ++n) world.append(n);
    const auto mine = world.append(10);
    world.append(11);  // newer than the one watched: sent if it fits, or by whoever comes next
    world.sink->always = [](const Outgoing&) { return delivered(); };

    const auto result = world.deliver_it(mine).value();

    CHECK(result.state == State::delivered);
    CHECK(result.others_delivered >= 9);
    CHECK(world.sink->sent[0].body == "{\"n\":1}");
    CHECK(world.sink->sent.size() <= 11);
  }

  TEST_CASE("a destination that is down is tried again, ever later, within the wait") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {down(), down(), down(), delivered()};

    const auto result = world.deliver_it(seq).value();

    CHECK(result.state == State::delivered);
    CHECK(result.attempts == 4);
    CHECK(world.took() == 7s);
    CHECK(world.sink->sent[3].attempt == 4);
    CHECK(world.sink->sent[3].id == world.sink->sent[0].id);
  }

  TEST_CASE("when the next attempt would come too late the report stays queued, at once") {
    World world;
    const auto seq = world.append(1);
    world.sink->always = [](const Outgoing&) { return down(); };

    const auto result = world.deliver_it(seq, 10s).value();

    CHECK(result.state == State::queued);
    CHECK(result.last.text == "connection refused");
    CHECK(result.attempts == 4);  // at 0, 1, 3 and 7 s
    CHECK(world.took() == 7s);
    CHECK(world.at(seq).state == State::queued);
    CHECK(world.at(seq).attempts == 4);
    CHECK(world.at(seq).text == "connection refused");
    CHECK(world.at(seq).next_at_us == 0);  // our patience, not their wish
  }

  TEST_CASE("Retry-After beyond the wait ends it") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {busy(120s)};

    const auto result = world.deliver_it(seq).value();

    CHECK(result.state == State::queued);
    CHECK(result.last.verdict == Verdict::throttled);
    CHECK(world.took() == 0s);
  }

  TEST_CASE("Retry-After is a floor for later sessions, too") {
    World world;
    const auto old = world.append(1);
    world.sink->script = {busy(120s), delivered(), delivered()};
    REQUIRE(world.deliver_it(old)->state == State::queued);
    CHECK(world.at(old).next_at_us == 1'700'000'120'000'000);
    const auto mine = world.append(2);

    SUBCASE("one that cannot wait so long sends nothing, and says why") {
      const auto result = world.deliver_it(mine).value();
      CHECK(result.state == State::queued);
      CHECK(result.attempts == 0);
      CHECK(
          result.last.text ==
          "splunk.test:8088 has asked not to be called before 2023-11-14T22:15:20Z (Retry-After)");
      CHECK(world.sink->sent.size() == 1);
    }
    SUBCASE("one that can waits") {
      CHECK(world.deliver_it(mine, 10min)->state == State::delivered);
      CHECK(world.took() == 120s);
      CHECK(world.sink->sent[1].attempt == 2);
    }
    SUBCASE("an operator who asks for it does not") {
      CHECK(drain(*world.ledger, {world.sink}, world.options(), {})->others_delivered == 2);
      CHECK(world.took() == 0s);
    }
    SUBCASE("a clock that was an hour and more ahead holds nobody up for longer") {
      REQUIRE(world.ledger->retry_at(old, 1, 1'800'000'000'000'000, 9, "busy").has_value());
      CHECK(world.deliver_it(mine, 24h)->state == State::delivered);
      CHECK(world.took() == 1h);
    }
  }

  TEST_CASE("what we waited of our own accord does not bind a later session") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {blocked(), delivered()};

    REQUIRE(world.deliver_it(seq)->state == State::queued);
    CHECK(world.deliver_it(seq)->state == State::delivered);
    CHECK(world.took() == 0s);
  }

  TEST_CASE("a destination that refuses us is asked again while the wait lasts, ever more rarely") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {blocked(), blocked(), delivered()};

    CHECK(world.deliver_it(seq, 2min)->state == State::delivered);
    CHECK(world.took() == 90s);  // 30 and 60
  }

  TEST_CASE("a destination that refuses us ends a wait of 30 s at once and keeps the queue") {
    World world;
    const auto old = world.append(1);
    const auto mine = world.append(2);
    world.sink->script = {blocked()};

    const auto result = world.deliver_it(mine).value();

    CHECK(result.state == State::queued);
    CHECK(result.last.verdict == Verdict::blocked);
    CHECK(result.last.cause == Cause::auth);
    CHECK(result.last.text == "Invalid token");
    CHECK(result.attempts == 0);  // the older one was the probe
    CHECK(world.took() == 0s);
    CHECK(world.at(old).state == State::queued);
    CHECK(world.at(old).next_at_us == 0);
    CHECK(world.at(mine).state == State::queued);
  }

  TEST_CASE("a rejected report is dead with code and text, the others go on") {
    World world;
    const auto bad = world.append(1);
    const auto mine = world.append(2);
    world.sink->script = {rejected(6), delivered()};

    const auto result = world.deliver_it(mine).value();

    CHECK(result.state == State::delivered);
    CHECK(result.others_dead == 1);
    CHECK(world.at(bad).state == State::dead);
    CHECK(world.at(bad).code == 6);
    CHECK(world.at(bad).text == "Incorrect index");
  }

  TEST_CASE("twenty rejected alike are configuration: queued again, and one probe the next time") {
    World world;
    for (int n = 1; n <= 25; ++n) world.append(n);
    world.sink->always = [](const Outgoing&) { return rejected(7); };

    const auto first = drain(*world.ledger, {world.sink}, world.options(), {}).value();

    CHECK(first.state == State::queued);
    CHECK(first.last.verdict == Verdict::blocked);
    CHECK(first.last.cause == Cause::config);
    CHECK(first.last.text.find(std::string(there) + " has rejected 2") == 0);
    CHECK(first.last.text.find(
              " reports alike (Incorrect index): that is configuration, they stay queued for this "
              "URL; correct it there, then run `ktel reports send`") != std::string::npos);
    CHECK(first.others_dead == 0);
    for (int seq = 1; seq <= 25; ++seq) CHECK(world.at(seq).state == State::queued);
    const std::size_t sent = world.sink->sent.size();
    CHECK(sent >= 20);
    CHECK(sent < 25);

    CHECK(drain(*world.ledger, {world.sink}, world.options(), {})->state == State::queued);
    CHECK(world.sink->sent.size() == sent + 1);

    world.sink->always = [](const Outgoing&) { return delivered(); };
    const auto repaired = drain(*world.ledger, {world.sink}, world.options(), {}).value();
    CHECK(repaired.state == State::delivered);
    CHECK(repaired.others_delivered == 25);
  }

  TEST_CASE("nineteen rejected and one taken are no configuration") {
    World world;
    for (int n = 1; n <= 60; ++n) world.append(n);
    int n = 0;
    world.sink->always = [&](const Outgoing&) { return ++n % 20 == 0 ? delivered() : rejected(6); };
    auto options = world.options();
    options.in_flight = 1;

    const auto result = drain(*world.ledger, {world.sink}, options, {}).value();

    CHECK(result.state == State::delivered);
    CHECK(result.others_delivered == 3);
    CHECK(result.others_dead == 57);
  }

  TEST_CASE("a report that another process has trimmed meanwhile ends nothing") {
    World world;
    world.append(1);
    const auto mine = world.append(2);
    world.sink->on_send = [&] {
      Connection(world.dir.options().file.string(), 1s)
          .run("DELETE FROM delivery WHERE report IN (SELECT ref FROM report WHERE id = ?1)",
               row(1).id);
    };
    world.sink->always = [](const Outgoing&) { return delivered(); };

    const auto result = world.deliver_it(mine);

    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().message));
    CHECK(result->state == State::delivered);
    CHECK(world.sink->bodies() == std::vector<std::string>{"{\"n\":1}", "{\"n\":2}"});
  }

  TEST_CASE("in order: one at a time, and none before the one before it is done with") {
    World world;
    for (int n = 1; n <= 4; ++n) world.append(n);
    int refused = 0;
    unsigned on_their_way = 0;
    world.sink->on_send = [&] { CHECK(++on_their_way == 1); };
    world.sink->always = [&](const Outgoing& report) {
      --on_their_way;
      Attempt attempt = delivered();
      // The destination is well, this report is not, twice: the others wait for it.
      if (report.body == "{\"n\":2}" && ++refused <= 2) attempt.outcome = Outcome::retry;
      return attempt;
    };
    auto options = world.options();
    options.in_order = true;

    const auto result = drain(*world.ledger, {world.sink}, options, {}).value();

    CHECK(result.state == State::delivered);
    CHECK(world.sink->bodies() == std::vector<std::string>{"{\"n\":1}", "{\"n\":2}", "{\"n\":2}",
                                                           "{\"n\":2}", "{\"n\":3}", "{\"n\":4}"});
  }

  TEST_CASE("in order, with several hosts: still one at a time, and one that is rejected is done") {
    World world;
    for (int n = 1; n <= 4; ++n) world.append(n);
    const auto other = std::make_shared<FakeSink>("other.test:8088");
    std::vector<std::string> order;
    unsigned on_their_way = 0;
    for (const auto& sink : {world.sink, other}) {
      sink->on_send = [&] { CHECK(++on_their_way == 1); };
      sink->always = [&](const Outgoing& report) {
        --on_their_way;
        order.push_back(report.body);
        return report.body == "{\"n\":2}" ? rejected(6) : delivered();
      };
    }
    auto options = world.options();
    options.in_order = true;

    const auto result = drain(*world.ledger, {world.sink, other}, options, {}).value();

    CHECK(result.others_delivered == 3);
    CHECK(order == std::vector<std::string>{"{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}"});
  }

  TEST_CASE(
      "in order, with acknowledgements: the next goes when the one before it is acknowledged") {
    World world;
    for (int n = 1; n <= 2; ++n) world.append(n);
    std::vector<std::string> happened;
    world.sink->always = [&](const Outgoing& report) {
      happened.push_back("sent " + report.body);
      return taken(report.body == "{\"n\":1}" ? 1 : 2);
    };
    world.sink->on_poll = [&](const std::vector<std::uint64_t>& tokens) {
      happened.push_back("acknowledged " + std::to_string(tokens.at(0)));
      return Polled{std::vector<Attempt>(tokens.size(), delivered()), delivered()};
    };
    auto options = world.options();
    options.in_order = true;

    CHECK(drain(*world.ledger, {world.sink}, options, {}).value().state == State::delivered);
    CHECK(happened == std::vector<std::string>{"sent {\"n\":1}", "acknowledged 1", "sent {\"n\":2}",
                                               "acknowledged 2"});
  }

  TEST_CASE("a report that alone cannot be taken now holds up no other") {
    World world;
    world.append(1);
    const auto mine = world.append(2);
    world.sink->always = [](const Outgoing& report) {
      Attempt attempt = delivered();
      if (report.body == "{\"n\":1}") attempt.outcome = Outcome::retry;
      return attempt;
    };

    const auto result = world.deliver_it(mine).value();

    CHECK(result.state == State::delivered);
    CHECK(world.at(1).state == State::queued);
    CHECK(world.at(1).attempts == 1);
    CHECK(world.at(1).next_at_us == 0);
  }

  TEST_CASE("in flight ramps up from one to what is allowed") {
    World world;
    for (int n = 1; n <= 12; ++n) world.append(n);
    class Slow : public FakeSink {
     public:
      std::vector<std::function<void(Answer)>> open;
      void send(Outgoing report, std::stop_token, std::function<void(Answer)> done) override {
        sent.push_back(std::move(report));
        open.push_back(std::move(done));
      }
    };
    const auto slow = std::make_shared<Slow>();
    std::vector<std::size_t> widths;
    auto options = world.options();
    options.wait_until = [&](SteadyTime) {
      widths.push_back(slow->open.size());
      for (auto& done : std::exchange(slow->open, {})) done(delivered());
    };

    const auto result = drain(*world.ledger, {slow}, options, {}).value();

    CHECK(result.others_delivered == 12);
    CHECK(widths == std::vector<std::size_t>{1, 2, 4, 4, 1});
  }

  TEST_CASE("a stop returns soon and leaves the report queued") {
    World world;
    const auto seq = world.append(1);

    SUBCASE("before anything is sent") {
      world.stop.request_stop();
      const auto result = world.deliver_it(seq).value();
      CHECK(result.state == State::queued);
      CHECK(result.last.text == "stopped before anything was sent");
      CHECK(world.sink->sent.empty());
    }
    SUBCASE("while it is on its way") {
      world.on_wait = [&] { world.stop.request_stop(); };
      const auto result = world.deliver_it(seq).value();
      CHECK(result.state == State::queued);
      CHECK(result.last.cause == Cause::stopped);
      CHECK(world.at(seq).attempts == 1);
      CHECK(world.at(seq).text == "stopped");
    }
    SUBCASE("which says less than why the attempt before failed") {
      world.sink->script = {down()};
      world.on_wait = [&] {
        if (world.sink->sent.size() == 2) world.stop.request_stop();
      };
      const auto result = world.deliver_it(seq).value();
      CHECK(result.last.text == "connection refused");
      CHECK(result.last.cause == Cause::connect);
      CHECK(world.at(seq).attempts == 2);
      CHECK(world.at(seq).text == "connection refused");
    }
    SUBCASE("and more than that another report was taken") {
      const auto later = world.append(2);
      world.sink->script = {delivered()};
      world.on_wait = [&] {
        if (world.sink->sent.size() == 2) world.stop.request_stop();
      };
      const auto result = world.deliver_it(later).value();
      CHECK(result.state == State::queued);
      CHECK(result.last.text == "stopped");
      CHECK(world.at(later).text == "stopped");
    }
    SUBCASE("while it waits for the next attempt, in real time") {
      world.sink->always = [&](const Outgoing&) { return busy(30min); };
      CourierOptions options;
      options.random = [] { return 1.0; };
      options.wait = 1h;
      std::jthread stopper;
      world.sink->on_send = [&] {
        if (world.sink->sent.size() == 1)
          stopper = std::jthread([&] { world.stop.request_stop(); });
      };
      const auto result =
          deliver(*world.ledger, {world.sink}, seq, options, world.stop.get_token());
      CHECK(result->state == State::queued);
      CHECK(world.sink->sent.size() == 1);
    }
  }

  TEST_CASE("a silent destination is given up at the deadline") {
    World world;
    const auto seq = world.append(1);

    const auto result = world.deliver_it(seq, 30s).value();

    CHECK(result.state == State::queued);
    CHECK(result.last.cause == Cause::timeout);
    CHECK(result.last.text ==
          "splunk.test:8088 had not answered when the wait of 30 s was over; check its load, or "
          "wait longer with --wait");
    CHECK(world.at(seq).text == result.last.text);
    CHECK(world.took() == 31s);  // in which the sink might have said where it was stuck
  }

  TEST_CASE("an attempt gets what is left of the wait") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {down(), down()};
    world.sink->always = [](const Outgoing&) { return down(); };

    REQUIRE(world.deliver_it(seq, 30'450ms).has_value());

    REQUIRE(world.sink->sent.size() == 5);
    CHECK(world.sink->sent[0].limit == 30'400ms);
    CHECK(world.sink->sent[1].limit == 29'400ms);
    CHECK(world.sink->sent[4].limit == 15'400ms);
  }

  TEST_CASE("what is sent in the last moment of the wait is not cut off, and so not sent twice") {
    World world;
    const auto first = world.append(1);
    const auto last = world.append(2);
    world.sink->on_send = [&] { world.now = world.start + 2990ms; };
    world.sink->always = [](const Outgoing&) { return delivered(); };

    REQUIRE(world.deliver_it(last, 3s).has_value());

    REQUIRE(world.sink->sent.size() == 2);
    CHECK(world.sink->sent[0].limit == 3s);
    CHECK(world.sink->sent[1].limit == 500ms);
    CHECK(world.at(first).state == State::delivered);
    CHECK(world.at(last).state == State::delivered);
  }

  TEST_CASE("an attempt with no time left to succeed does not hide why the one before failed") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {down("the certificate is signed by an unknown authority"),
                          {.outcome = Outcome::retry,
                           .verdict = Verdict::down,
                           .cause = Cause::timeout,
                           .text = "no connection within 0.06 s"}};
    world.sink->on_send = [&] {
      if (world.sink->sent.size() == 2) world.now = world.start + 2990ms;
    };

    const auto result = deliver(*world.ledger, {world.sink}, seq, world.options(3s), {}).value();

    REQUIRE(world.sink->sent.size() == 2);
    CHECK(result.state == State::queued);
    CHECK(result.last.text == "the certificate is signed by an unknown authority");
  }

  TEST_CASE("a sink that does not even hang up is left behind, and its report said to be") {
    World world;
    const auto seq = world.append(1);
    class Deaf : public FakeSink {
     public:
      void send(Outgoing, std::stop_token, std::function<void(Answer)>) override {}
    };

    const auto result =
        deliver(*world.ledger, {std::make_shared<Deaf>()}, seq, world.options(1s), {}).value();

    CHECK(result.state == State::queued);
    CHECK(
        result.last.text ==
        "splunk.test:8088 had not answered when the wait of 1 s was over; check its load, or wait "
        "longer with --wait");
    CHECK(world.at(seq).attempts == 1);
    CHECK(world.took() == 7s);
  }

  TEST_CASE("the reason is the watched report's own, whatever became of others since") {
    World world;
    const auto mine = world.append(1);
    world.append(2);
    world.sink->always = [](const Outgoing& report) {
      if (report.body == "{\"n\":2}") return delivered();
      Attempt attempt = down("this one is too much for now");
      attempt.verdict = Verdict::up;
      return attempt;
    };

    const auto result = world.deliver_it(mine, 500ms).value();

    CHECK(result.state == State::queued);
    CHECK(result.attempts == 1);
    CHECK(result.others_delivered == 1);
    CHECK(result.last.text == "this one is too much for now");
  }

  TEST_CASE("a report whose turn did not come says so, and not that another one arrived") {
    World world;
    for (int n = 1; n <= 5; ++n) world.append(n);
    const auto mine = world.append(6);
    world.sink->always = [&](const Outgoing&) {
      world.now += 2s;
      return delivered();
    };

    const auto result = world.deliver_it(mine, 5s).value();

    CHECK(result.state == State::queued);
    CHECK(result.last.text ==
          "the wait of 5 s was over before its turn came; wait longer with --wait");
    CHECK(world.sink->sent.size() < 6);
    world.append(7);
    world.append(8);
    world.append(9);
    const auto drained = drain(*world.ledger, {world.sink}, world.options(1s), {}).value();
    CHECK(drained.state == State::queued);
    CHECK(drained.last.text ==
          "the wait of 1 s was over before all were sent; wait longer with --wait");
  }

  TEST_CASE("a wait of nothing sends nothing, and says that it was asked to") {
    World world;
    const auto seq = world.append(1);

    CHECK(world.deliver_it(seq, 0s)->last.text == "nothing was sent: --wait is 0 s");
    CHECK(drain(*world.ledger, {world.sink}, world.options(0s), {})->last.text ==
          "nothing was sent: --wait is 0 s");
    CHECK(send_unrecorded({world.sink}, Outgoing{}, world.options(0s), {})->last.text ==
          "nothing was sent: --wait is 0 s");
    CHECK(world.sink->sent.empty());
  }

  TEST_CASE("answers may come from another thread") {
    World world;
    const auto seq = world.append(1);
    class Threaded : public FakeSink {
     public:
      std::jthread thread;
      void send(Outgoing, std::stop_token, std::function<void(Answer)> done) override {
        thread = std::jthread([done = std::move(done)] { done(delivered()); });
      }
    };
    CHECK(deliver(*world.ledger, {std::make_shared<Threaded>()}, seq, {}, {})->state ==
          State::delivered);
  }

  TEST_CASE("while another process sends, the row is watched") {
    World world;
    const auto seq = world.append(1);
    auto lock = CourierLock::try_take(world.dir.options().file, there).value();
    REQUIRE(lock.has_value());
    int waits = 0;

    SUBCASE("until that process has delivered it") {
      world.on_wait = [&] {
        if (++waits == 3) CHECK(world.ledger->delivered(seq, 2, 5).has_value());
      };
      const auto result = world.deliver_it(seq).value();
      CHECK(result.state == State::delivered);
      CHECK(result.last.outcome == Outcome::delivered);
      CHECK(result.attempts == 2);
      CHECK(world.sink->sent.empty());
    }
    SUBCASE("and sent by us when that process is gone") {
      world.on_wait = [&] {
        if (++waits == 3) lock.reset();
      };
      world.sink->script = {delivered()};
      CHECK(world.deliver_it(seq)->state == State::delivered);
      CHECK(world.sink->sent.size() == 1);
    }
    SUBCASE("until the wait is over") {
      const auto result = world.deliver_it(seq).value();
      CHECK(result.state == State::queued);
      CHECK(result.last.text ==
            "another ktel process sends to the same destination and did not reach it in time");
      CHECK(world.took() == 30s);
    }
  }

  TEST_CASE("declarations that cannot be read bury the report, the next one goes on") {
    World world;
    Row odd = row(1);
    odd.decl = "{}";
    const auto buried = world.ledger->append(odd).value();
    const auto mine = world.append(2);
    world.sink->script = {delivered()};

    const auto result = world.deliver_it(mine).value();
    CHECK(result.state == State::delivered);
    CHECK(result.others_dead == 1);
    CHECK(world.at(buried).state == State::dead);
    CHECK(world.at(buried).text.find("the list of fields kept in the ledger cannot be read") == 0);
  }

  TEST_CASE("an outcome that cannot be noted is an error that says what it means") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {delivered()};
    std::optional<Connection> other;
    std::optional<Transaction> holding;
    world.sink->on_send = [&] {
      other.emplace(world.dir.options().file.string(), 1s);
      holding.emplace(*other);
    };

    const auto result = world.deliver_it(seq);

    CHECK(result.error().code == Errc::undelivered);
    CHECK(result.error().message.find("report " + row(1).id +
                                      " was delivered, but may be sent again: ledger ") == 0);
  }

  TEST_CASE("a ledger that is damaged under a session ends it with what was done about it") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {delivered()};
    const std::string file = world.dir.options().file.string();
    world.sink->on_send = [&] {
      const auto size = static_cast<std::size_t>(std::filesystem::file_size(file));
      std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(4096)
          << std::string(size - 4096, '\xff');
      Connection(file, 1s).run("PRAGMA user_version=1");  // others see that the file has changed
    };

    const auto result = world.deliver_it(seq);

    CHECK(result.error().code == Errc::undelivered);
    CHECK(result.error().message.find("report " + row(1).id +
                                      " was delivered, but may be sent again: ledger " + file +
                                      " was damaged (") == 0);
    world.sink->on_send = nullptr;
    world.sink->script = {delivered()};
    CHECK(world.deliver_it(world.append(2))->state == State::delivered);
  }

  TEST_CASE("draining with nothing queued sends nothing") {
    World world;
    const auto result = drain(*world.ledger, {world.sink}, world.options(), {}).value();
    CHECK(result.state == State::delivered);
    CHECK(result.attempts == 0);
    CHECK(world.sink->sent.empty());
  }

  TEST_CASE("without a ledger the same rules hold") {
    World world;
    world.sink->script = {down(), delivered()};
    Outgoing report;
    report.id = row(1).id;
    report.body = "{\"n\":1}";
    report.fields = {{"a", "x", 2, 1, "{pod}", ""}};

    const auto result = send_unrecorded({world.sink}, report, world.options(), {}).value();

    CHECK(result.state == State::delivered);
    CHECK(result.attempts == 2);
    CHECK(world.sink->bodies() == std::vector<std::string>{"{\"n\":1}", "{\"n\":1}"});
    CHECK(world.sink->sent[0].fields[0].unit == "{pod}");
    CHECK(world.ledger->list(1).value().empty());
  }

  TEST_CASE("a report that was taken is delivered when it is acknowledged") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {taken(7)};
    int asked = 0;
    world.sink->on_poll = [&](const auto& tokens) {
      CHECK(world.at(seq).state == State::queued);
      CHECK(world.at(seq).attempts == 1);  // whoever begins anew says that it is a second one
      CHECK(world.at(seq).text ==
            "splunk.test:8088 has taken the report, but not acknowledged it: it is asked again, or "
            "gets it once more under the same id");
      return ++asked == 3 ? acknowledged(tokens, {7}) : acknowledged(tokens, {});
    };

    const auto result = world.deliver_it(seq).value();

    CHECK(result.state == State::delivered);
    CHECK(result.attempts == 1);
    CHECK(world.sink->sent.size() == 1);
    CHECK(world.sink->polls == std::vector<std::vector<std::uint64_t>>(3, {7}));
    CHECK(world.took() == 7s);  // at 1, 3 and 7 s
    CHECK(world.at(seq).state == State::delivered);
    CHECK(world.at(seq).text == "");
  }

  TEST_CASE("what is not acknowledged when the wait is over stays queued, and is no failure") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {taken(0)};
    SUBCASE("it says no") {
      world.sink->on_poll = [&](const auto& tokens) { return acknowledged(tokens, {}); };
    }
    SUBCASE("it says nothing") {}

    const auto result = world.deliver_it(seq).value();

    CHECK(result.state == State::queued);
    CHECK(result.last.text.find("splunk.test:8088 has taken the report, but not ackn") == 0);
    CHECK(world.sink->sent.size() == 1);
    CHECK(world.at(seq).attempts == 1);

    world.sink->script = {delivered()};
    CHECK(world.deliver_it(seq)->state == State::delivered);
    CHECK(world.sink->sent[1].attempt == 2);
    CHECK(world.sink->sent[1].id == world.sink->sent[0].id);
  }

  TEST_CASE("a question that is never answered is waited for, not asked again and again") {
    World world;
    const auto seq = world.append(1);
    world.sink->script = {taken(0)};
    int waits = 0;
    world.on_wait = [&] { REQUIRE(++waits < 20); };

    const auto result = world.deliver_it(seq, 10min).value();

    CHECK(result.state == State::queued);
    CHECK(world.sink->polls.size() == 1);
    CHECK(world.took() >= 10min);
  }

  TEST_CASE("a report that is pending holds up no other, and all are asked after at once") {
    World world;
    for (int n = 1; n <= 6; ++n) world.append(n);
    std::uint64_t token = 0;
    world.sink->always = [&](const Outgoing&) { return taken(token++); };
    world.sink->on_poll = [&](const auto& tokens) { return acknowledged(tokens, tokens); };

    const auto result = drain(*world.ledger, {world.sink}, world.options(), {}).value();

    CHECK(result.state == State::delivered);
    CHECK(result.others_delivered == 6);
    CHECK(world.sink->polls == std::vector<std::vector<std::uint64_t>>{{0, 1, 2, 3, 4, 5}});
  }

  TEST_CASE("an acknowledgement that never comes: everything is sent again, on a new channel") {
    World world;
    const auto one = world.append(1);
    const auto two = world.append(2);
    std::uint64_t token = 0;
    world.sink->always = [&](const Outgoing&) { return taken(token++); };
    world.sink->on_poll = [&](const auto& tokens) {
      return acknowledged(tokens, world.sink->reopened > 0 ? tokens : std::vector<std::uint64_t>{});
    };

    const auto result = drain(*world.ledger, {world.sink}, world.options(10min), {}).value();

    CHECK(result.state == State::delivered);
    CHECK(world.sink->reopened == 1);
    CHECK(world.sink->sent.size() == 4);
    CHECK(world.sink->sent[3].attempt == 2);
    CHECK(world.at(one).attempts == 2);
    CHECK(world.at(two).state == State::delivered);
    CHECK(world.took() > 5min);
    CHECK(world.took() < 6min);
  }

  TEST_CASE("a destination that cannot be asked is not called with reports either, until later") {
    World world;
    world.append(1);
    world.sink->script = {taken(0), delivered()};
    world.sink->on_poll = [&](const auto& tokens) {
      if (world.sink->polls.size() == 1) world.append(2);
      return world.sink->polls.size() < 2 ? acknowledged(tokens, {}, blocked())
                                          : acknowledged(tokens, tokens);
    };

    const auto result = drain(*world.ledger, {world.sink}, world.options(40s), {}).value();

    CHECK(result.state == State::delivered);
    CHECK(world.sink->sent.size() == 2);  // the first at once, the second when it was tried again
    CHECK(world.took() >= 31s);
  }

  TEST_CASE("two processes died with reports pending: duplicates, and none is lost") {
    World world;
    const auto seq = world.append(1);
    for (int run = 1; run <= 2; ++run) {
      world.sink->script = {taken(0)};
      CHECK(world.deliver_it(seq, 500ms)->state == State::queued);
    }
    world.sink->script = {delivered()};
    CHECK(world.deliver_it(seq)->state == State::delivered);
    CHECK(world.sink->sent.size() == 3);
    CHECK(world.at(seq).attempts == 3);
  }

  TEST_CASE("endpoints take turns") {
    World world;
    for (int n = 1; n <= 8; ++n) world.append(n);
    const auto a = std::make_shared<FakeSink>("a.test");
    const auto b = std::make_shared<FakeSink>("b.test");
    for (const auto& sink : {a, b}) sink->always = [](const Outgoing&) { return delivered(); };

    const auto result = drain(*world.ledger, {a, b}, world.options(), {}).value();

    CHECK(result.state == State::delivered);
    CHECK(a->sent.size() == 4);
    CHECK(b->sent.size() == 4);
    CHECK(world.took() == 0s);
  }

  TEST_CASE("an endpoint that is down leaves everything to the others, at once") {
    World world;
    for (int n = 1; n <= 8; ++n) world.append(n);
    const auto a = std::make_shared<FakeSink>("a.test");
    const auto b = std::make_shared<FakeSink>("b.test");
    SUBCASE("down") {
      a->always = [](const Outgoing&) { return down(); };
    }
    SUBCASE("blocked") {
      a->always = [](const Outgoing&) { return blocked(); };
    }
    SUBCASE("busy") {
      a->always = [](const Outgoing&) { return busy(1h); };
    }
    b->always = [](const Outgoing&) { return delivered(); };

    const auto result = drain(*world.ledger, {a, b}, world.options(), {}).value();

    CHECK(result.state == State::delivered);
    CHECK(result.others_delivered == 8);
    CHECK(a->sent.size() == 1);
    CHECK(world.took() == 0s);
  }

  TEST_CASE("with all endpoints down the first that may be called again is") {
    World world;
    const auto seq = world.append(1);
    const auto a = std::make_shared<FakeSink>("a.test");
    const auto b = std::make_shared<FakeSink>("b.test");
    a->script = {busy(20s)};
    b->script = {busy(5s), delivered()};

    const auto result =
        deliver(*world.ledger, {a, b}, seq, world.options(), world.stop.get_token()).value();

    CHECK(result.state == State::delivered);
    CHECK(result.attempts == 3);
    CHECK(world.took() == 5s);
    CHECK(b->sent.size() == 2);
  }

  TEST_CASE("what an endpoint took is asked after there, and sent anew anywhere") {
    World world;
    world.append(1);
    world.append(2);
    const auto a = std::make_shared<FakeSink>("a.test");
    const auto b = std::make_shared<FakeSink>("b.test");
    a->always = [](const Outgoing&) { return taken(0); };
    b->always = [](const Outgoing&) { return taken(0); };
    a->on_poll = [&](const auto& tokens) { return acknowledged(tokens, {}); };
    b->on_poll = [&](const auto& tokens) { return acknowledged(tokens, tokens); };

    const auto result = drain(*world.ledger, {a, b}, world.options(20min), {}).value();

    CHECK(result.state == State::delivered);
    CHECK(a->sent.size() == 2);  // it is asked twice, then it is the other's turn
    CHECK(a->reopened == 2);
    CHECK(b->reopened == 0);
    CHECK(b->sent.size() == 2);
  }
}
