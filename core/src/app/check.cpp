// The questions of a preflight go out; check_workflow(), at the end, is the list of steps.
#include "app/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <utility>

#include "app/destinations.hpp"
#include "app/host_impl.hpp"
#include "app/run_plan.hpp"
#include "app/source.hpp"
#include "app/votes.hpp"
#include "base/clock.hpp"
#include "base/proxy.hpp"

namespace ktel::app {
namespace {

constexpr std::size_t max_answer = 64u << 10;  // of a review

// A stop for all that is under way: the caller's, or when the time is up.
class Limit {
 public:
  Limit(std::chrono::milliseconds limit, std::stop_token stop)
      : until_(std::chrono::steady_clock::now() + limit),
        on_stop_(std::move(stop), [this] { source_.request_stop(); }) {}

  std::stop_token token() const { return source_.get_token(); }
  bool passed() const noexcept { return passed_; }

  // Waits for what heeds the stop.
  template <class T>
  T get(std::future<T> answer) {
    if (answer.wait_until(until_) == std::future_status::timeout) {
      passed_ = true;
      source_.request_stop();
    }
    return answer.get();
  }

 private:
  const std::chrono::steady_clock::time_point until_;
  std::stop_source source_;
  std::stop_callback<std::function<void()>> on_stop_;
  bool passed_ = false;
};

struct Reviewed {
  cluster::ApiAnswer answer;
  std::string body;
};

std::future<Reviewed> ask(cluster::ApiClient& client, const cluster::Permission& permission,
                          std::stop_token stop) {
  const auto body = std::make_shared<std::string>();
  const auto reviewed = std::make_shared<std::promise<Reviewed>>();
  cluster::ApiRequest request;
  request.path_and_query = cluster::review_path;
  request.post = cluster::review_of(permission);
  request.on_body = [body](std::string_view chunk) {
    if (body->size() + chunk.size() > max_answer) return false;
    *body += chunk;
    return true;
  };
  auto future = reviewed->get_future();
  client.get(std::move(request), std::move(stop), [body, reviewed](cluster::ApiAnswer answer) {
    reviewed->set_value({std::move(answer), std::move(*body)});
  });
  return future;
}

Result<void> take(const Reviewed& reviewed, const std::string& server, const Secrets& secrets,
                  NeededRule& rule) {
  if (!reviewed.answer.ok()) return *reviewed.answer.error;
  const auto review = cluster::parse_review(reviewed.body, secrets);
  if (!review) {
    return Error{Errc::no_result,
                 fmt::format("the answer of the API server at {} to an access review cannot be "
                             "read, for {}: check the proxies between",
                             server, review.error().message)};
  }
  rule.verdict = review->allowed ? NeededRule::Verdict::allowed : NeededRule::Verdict::denied;
  if (!review->allowed) rule.said = review->said;
  return {};
}

// At least one. The first alone: a server that answers nobody is asked once. Then the others, all
// at once. The first error is the one to tell.
Result<void> ask_all(cluster::ApiClient& client, const Secrets& secrets, const CheckOptions& check,
                     std::vector<NeededRule>& rules) {
  Limit limit(check.timeout, check.stop);
  Result<void> first_error;
  const auto answered = [&](NeededRule& rule, std::future<Reviewed> reviewed) {
    Result<void> taken =
        take(limit.get(std::move(reviewed)), client.access().server, secrets, rule);
    if (!taken && first_error) first_error = std::move(taken);
  };
  answered(rules.front(), ask(client, rules.front().asks, limit.token()));
  if (first_error) {
    std::vector<std::future<Reviewed>> others;
    for (std::size_t i = 1; i < rules.size(); ++i) {
      others.push_back(ask(client, rules[i].asks, limit.token()));
    }
    for (std::size_t i = 1; i < rules.size(); ++i) answered(rules[i], std::move(others[i - 1]));
  }
  if (limit.passed() && !check.stop.stop_requested()) {
    return Error{
        Errc::timed_out,
        fmt::format("the API server at {} has not said within {} s what is allowed; check "
                    "the network, or give it longer with --timeout",
                    client.access().server, static_cast<double>(check.timeout.count()) / 1000)};
  }
  return first_error;
}

Result<void> check_cluster(Host::Impl& host, const WorkflowOptions& options, const RunPlan& plan,
                           const CheckOptions& check, Preflight& preflight) {
  if (!options.cluster.snapshot.empty()) {
    auto source = open_source(host, options.cluster, process_env(), system_clock(), check.stop);
    if (!source) return source.error();
    preflight.cluster = (*source)->description();
    return {};
  }
  preflight.rules = needed_rules(plan);
  if (preflight.rules.empty()) return {};
  const auto client = open_client(host, options.cluster, process_env(), system_clock());
  if (!client) return client.error();
  preflight.cluster = (*client)->access().description;
  const Result<void> asked = ask_all(**client, *host.secrets, check, preflight.rules);
  if (!asked && !check.stop.stop_requested()) preflight.cluster_error = asked.error();
  return {};
}

// A report of nothing, to see where one would go.
delivery::Outgoing sample(const WorkflowOptions& options) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(system_clock()().time_since_epoch());
  return {.id = "00000000-0000-7000-8000-000000000000",
          .attempt = 1,
          .time_s = now.count(),
          .signal = options.name,
          .body = "{}",
          .findings = 0,
          .fields = {}};
}

// Nothing: there is no host to connect to, as the backend does its own I/O.
Result<std::optional<HttpRequest>> request_to(Host::Impl& host, delivery::Sink& sink,
                                              const WorkflowOptions& options,
                                              const CheckOptions& check) {
  const auto preview = sink.preview(sample(options));
  if (!preview) return preview.error();
  if (preview->method.empty()) return std::optional<HttpRequest>();
  const delivery::Destination& destination = sink.destination();
  std::string proxy = destination.proxy;
  if (proxy.empty()) {
    Result<std::string> found = find_proxy(preview->url, process_env());
    if (!found) return found.error();
    proxy = *std::move(found);
    host.secrets->add_password_of(proxy);
  }
  return std::optional(probe_request(*preview, destination, std::move(proxy), check.timeout));
}

// All hosts at once: one that is down takes no time from the others.
CheckedServer probe(Host::Impl& host, const delivery::Sinks& sinks, const WorkflowOptions& options,
                    const CheckOptions& check) {
  CheckedServer server{.url = sinks.front()->destination().url};
  std::vector<std::future<HttpResponse>> answers(sinks.size());
  server.hosts.resize(sinks.size());
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    const delivery::Destination& destination = sinks[i]->destination();
    server.hosts[i].host = destination.authority;
    Result<std::optional<HttpRequest>> request = request_to(host, *sinks[i], options, check);
    if (!request) {
      server.hosts[i].failed = request.error().code;
      server.hosts[i].text = request.error().message;
      continue;
    }
    if (!*request) {
      server.hosts.clear();
      server.text =
          "its backend does its own I/O, so there is nothing to probe: the first report "
          "shows whether it can be written";
      return server;
    }
    if (destination.tls.insecure) {
      host.log.warn(
          fmt::format("insecure=1: the certificate of {} is not checked", destination.authority));
    }
    const auto answer = std::make_shared<std::promise<HttpResponse>>();
    answers[i] = answer->get_future();
    host.http()->send(**std::move(request), check.stop,
                      [answer](HttpResponse response) { answer->set_value(std::move(response)); });
  }
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    if (!answers[i].valid()) continue;
    server.hosts[i] = probed(server.hosts[i].host, answers[i].get(), *host.secrets);
  }
  const bool reached = std::any_of(server.hosts.begin(), server.hosts.end(),
                                   [](const ProbedHost& one) { return !one.failed; });
  if (reached) {
    server.text =
        "asked without a token, so whether it takes reports is known when the first one is sent";
  }
  return server;
}

CheckedServer opened(const delivery::Sinks& sinks, std::string_view why) {
  return {.url = sinks.front()->destination().url,
          .text = fmt::format("its parameters, token and files are good; {}", why),
          .hosts = {}};
}

}  // namespace

Result<Preflight> check_workflow(const Host& of, const WorkflowOptions& options,
                                 const CheckOptions& check) {
  Host::Impl& host = implementation(of);
  Preflight preflight;
  const standard::Consent consent = ask_consent(options, process_env());
  if (consent.state == standard::ConsentState::off) {
    preflight.off = consent.sentence;
    return preflight;
  }
  const auto plan = plan_run(of, options);
  if (!plan) return plan.error();
  if (check.probe && options.delivery.report_servers.empty()) {
    return Error{Errc::bad_input,
                 "--probe connects to the report server, and there is none: name it with "
                 "--report-server"};
  }
  const auto servers = open_destinations(host, options.delivery, process_env(), check.stop);
  if (!servers) return servers.error();

  const auto asked = check_cluster(host, options, *plan, check, preflight);
  if (!asked) return asked.error();

  const bool may_send = consent.state == standard::ConsentState::on;
  if (!may_send && !servers->empty()) preflight.notice = consent.sentence;
  for (const delivery::Sinks& sinks : *servers) {
    preflight.servers.push_back(
        !check.probe ? opened(sinks, "nobody was connected to, which --probe does")
        : !may_send  ? opened(sinks, "nobody was connected to, for reports would stay here")
                     : probe(host, sinks, options, check));
  }
  if (check.stop.stop_requested()) {
    return Error{Errc::stopped, "stopped while checking; nothing was read or sent"};
  }
  return preflight;
}

}  // namespace ktel::app
