// Performs fetches on the API client: one object for each, alive until its last answer.
#include "cluster/api_source.hpp"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <optional>
#include <utility>

#include "cluster/api_error.hpp"
#include "cluster/api_url.hpp"
#include "cluster/finding.hpp"
#include "cluster/pager.hpp"
#include "json/projection.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::cluster {
namespace {

// Servers from 1.33 on stream their lists; before that a page is built whole in their memory.
constexpr int streaming_minor = 33;
constexpr std::uint32_t streaming_limit = 5000;
constexpr std::uint32_t buffered_limit = 1000;

constexpr std::string_view discovery_accept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

FetchEnd end_of(ReadResult result, CollectStats cost) {
  FetchEnd end;
  end.state = result.state;
  end.cause = result.cause;
  end.finding = std::move(result.finding);
  end.cost = cost;
  return end;
}

// How an answer that is no list ends the read. `what` was asked for.
ReadResult refusal(const ApiAnswer& answer, const Fetch& fetch, std::string_view ns) {
  // A page of a proxy or web server says nothing about the cluster, whatever its status.
  if (answer.cause == HttpCause::none && !is_html(answer.content_type)) {
    if (answer.status == 404) return not_served(fetch.what());
    if (answer.status == 403) return denied(fetch, ns);
  }
  return failed(answer.error->code,
                fmt::format("reading {}: {}", fetch.what(), answer.error->message));
}

}  // namespace

struct ApiSource::Shared {
  std::shared_ptr<ApiClient> client;
  std::atomic<int> minor{0};  // of the server's version, once /version has been read
};

// All pages of all namespaces of one list or count, one after the other.
class ApiSource::List : public std::enable_shared_from_this<List> {
 public:
  List(std::shared_ptr<Shared> shared, FetchRequest request, std::stop_token stop,
       std::function<void(FetchEnd)> done)
      : shared_(std::move(shared)),
        request_(std::move(request)),
        fetch_(*request_.fetch),
        stop_(std::move(stop)),
        done_(std::move(done)),
        paths_(std::make_shared<const json::PathTrie>(fetch_.paths)) {}

  void start() {
    pager_.emplace(options());
    ask();
  }

 private:
  const std::string& ns() const { return fetch_.namespaces[ns_]; }

  PagerOptions options() const {
    PagerOptions options;
    options.representation = fetch_.representation;
    options.selective =
        !fetch_.name.empty() || !fetch_.label_selector.empty() || !fetch_.field_selector.empty();
    options.exact_counts = request_.exact_counts;
    options.page_limit = shared_->minor >= streaming_minor ? streaming_limit : buffered_limit;
    if (restarted_) options.page_limit *= 2;
    return options;
  }

  void ask() {
    const Pager::Request& page = pager_->next();
    projection_.emplace(paths_, json::Shape::list, [this](std::span<const json::Cell> cells) {
      return request_.rows && fetch_.kind == Fetch::Kind::list
                 ? request_.rows->row(fetch_.version, cells)
                 : Result<void>();
    });
    broken_.reset();
    ApiRequest get;
    get.path_and_query = list_url(fetch_, ns(), page);
    get.accept = accept_header(page.representation);
    // A list that goes on is large: HTTP/1.1 carries it at less cost to the server.
    get.http2 = page.continue_token.empty() || fetch_.kind == Fetch::Kind::count;
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      Result<void> fed = self->projection_->feed(chunk);
      if (!fed) self->broken_ = fed.error();
      return fed.has_value();
    };
    shared_->client->get(std::move(get), stop_,
                         [self = shared_from_this()](ApiAnswer answer) { self->answered(answer); });
  }

  void answered(const ApiAnswer& answer) {
    ++cost_.requests;
    cost_.bytes += answer.bytes;
    if (!broken_ && answer.ok()) {
      if (Result<void> whole = projection_->finish(); !whole) broken_ = whole.error();
    }
    if (broken_) return end(failed(broken_->code, sentence(broken_->message)));
    if (answer.ok()) return follow(pager_->page(projection_->envelope()));
    const bool final = answer.cause != HttpCause::none || answer.status == 401 ||
                       answer.status == 403 || answer.status == 404;
    if (final) return end(refusal(answer, fetch_, ns()));
    follow(pager_->refused(answer.status, answer.error->message));
  }

  void follow(Pager::Step step) {
    switch (step) {
      case Pager::Step::ask:
        return ask();
      case Pager::Step::restart:
        return restart();
      case Pager::Step::failed:
        return end(failed(pager_->error().code, sentence(pager_->error().message)));
      case Pager::Step::done:
        break;
    }
    count_ += pager_->count();
    if (++ns_ < fetch_.namespaces.size()) {
      pager_.emplace(options());
      return ask();
    }
    FetchEnd end;
    end.state = ReadState::ok;
    end.count = count_;
    end.cost = cost_;
    done_(std::move(end));
  }

  // The rows of namespaces that were complete go with those of this one.
  void restart() {
    if (request_.rows) request_.rows->restart();
    if (ns_ > 0) {
      if (restarted_) {
        return end(failed(Errc::no_result,
                          sentence("its pages expired twice while they were read: try again")));
      }
      restarted_ = true;
      ns_ = 0;
      count_ = 0;
      pager_.emplace(options());
    }
    ask();
  }

  std::string sentence(std::string_view why) const {
    return fmt::format("reading {}: {}", fetch_.what(), why);
  }

  void end(ReadResult result) { done_(end_of(std::move(result), cost_)); }

  const std::shared_ptr<Shared> shared_;
  const FetchRequest request_;
  const Fetch& fetch_;
  const std::stop_token stop_;
  const std::function<void(FetchEnd)> done_;
  const std::shared_ptr<const json::PathTrie> paths_;
  std::size_t ns_ = 0;
  std::optional<Pager> pager_;
  std::optional<json::Projection> projection_;
  std::optional<Error> broken_;  // why the page being read is of no use
  bool restarted_ = false;
  std::uint64_t count_ = 0;
  CollectStats cost_;
};

// One document at a URL that is no resource.
class ApiSource::Raw : public std::enable_shared_from_this<Raw> {
 public:
  Raw(std::shared_ptr<Shared> shared, FetchRequest request, std::function<void(FetchEnd)> done)
      : shared_(std::move(shared)),
        request_(std::move(request)),
        fetch_(*request_.fetch),
        done_(std::move(done)),
        row_(std::make_shared<const json::PathTrie>(fetch_.paths), json::Shape::document,
             [this](std::span<const json::Cell> cells) { return request_.rows->row({}, cells); }),
        minor_(std::make_shared<const json::PathTrie>(json::parse_paths("minor").value()),
               json::Shape::document, [this](std::span<const json::Cell> cells) {
                 learn(cells[0].text);
                 return Result<void>();
               }) {}

  void start(const std::stop_token& stop) {
    if (const Result<void> allowed = plugin::check_read_url(fetch_.url); !allowed) {
      return end(failed(allowed.error().code, allowed.error().message));
    }
    ApiRequest get;
    get.path_and_query = fetch_.url;
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      Result<void> fed = self->row_.feed(chunk);
      if (!fed) self->broken_ = fed.error();
      if (fed && self->fetch_.url == "/version") fed = self->minor_.feed(chunk);
      return fed.has_value();
    };
    shared_->client->get(std::move(get), stop,
                         [self = shared_from_this()](ApiAnswer answer) { self->answered(answer); });
  }

 private:
  void answered(const ApiAnswer& answer) {
    ++cost_.requests;
    cost_.bytes += answer.bytes;
    if (!broken_ && answer.ok()) {
      if (Result<void> whole = row_.finish(); !whole) broken_ = whole.error();
    }
    if (broken_) {
      return end(
          failed(broken_->code, fmt::format("reading {}: {}", fetch_.url, broken_->message)));
    }
    if (!answer.ok()) return end(refusal(answer, fetch_, {}));
    FetchEnd end;
    end.state = ReadState::ok;
    end.count = 1;
    end.cost = cost_;
    done_(std::move(end));
  }

  // Some distributions write "33+".
  void learn(const std::string& minor) {
    int number = 0;
    std::from_chars(minor.data(), minor.data() + minor.size(), number);
    shared_->minor = number;
  }

  void end(ReadResult result) { done_(end_of(std::move(result), cost_)); }

  const std::shared_ptr<Shared> shared_;
  const FetchRequest request_;
  const Fetch& fetch_;
  const std::function<void(FetchEnd)> done_;
  json::Projection row_;
  json::Projection minor_;  // of /version: what page sizes are good for this server
  std::optional<Error> broken_;
  CollectStats cost_;
};

// /apis, then /api, as far as they are needed.
class ApiSource::Discover : public std::enable_shared_from_this<Discover> {
 public:
  Discover(std::shared_ptr<Shared> shared, DiscoveryNeed need, std::stop_token stop,
           std::function<void(DiscoveryEnd)> done)
      : shared_(std::move(shared)), need_(need), stop_(std::move(stop)), done_(std::move(done)) {}

  void start() { need_.groups ? ask("/apis") : ask("/api"); }

 private:
  void ask(const std::string& url) {
    parser_.emplace();
    broken_.reset();
    ApiRequest get;
    get.path_and_query = url;
    get.accept = discovery_accept;
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      Result<void> fed = self->parser_->feed(chunk);
      if (!fed) self->broken_ = fed.error();
      return fed.has_value();
    };
    shared_->client->get(std::move(get), stop_, [self = shared_from_this(), url](ApiAnswer answer) {
      self->answered(url, answer);
    });
  }

  void answered(const std::string& url, const ApiAnswer& answer) {
    ++cost_.requests;
    cost_.bytes += answer.bytes;
    const bool groups = url == "/apis";
    if (!broken_ && answer.ok()) {
      if (Result<void> whole = parser_->finish(found_); !whole) broken_ = whole.error();
    }
    if (broken_) return done_({broken_->context("reading " + url), cost_});
    // A server without core kinds has no /api; without /apis it is no API server.
    const bool no_core = !groups && answer.cause == HttpCause::none && answer.status == 404 &&
                         !is_html(answer.content_type);
    if (!answer.ok() && !no_core) return done_({answer.error->context("reading " + url), cost_});
    (groups ? found_.known.groups : found_.known.core) = true;
    if (groups && need_.core) return ask("/api");
    done_({std::move(found_), cost_});
  }

  const std::shared_ptr<Shared> shared_;
  const DiscoveryNeed need_;
  const std::stop_token stop_;
  const std::function<void(DiscoveryEnd)> done_;
  std::optional<DiscoveryParser> parser_;
  std::optional<Error> broken_;
  Discovery found_;
  CollectStats cost_;
};

ApiSource::ApiSource(std::shared_ptr<ApiClient> client) : shared_(std::make_shared<Shared>()) {
  shared_->client = std::move(client);
}

std::string ApiSource::description() const { return shared_->client->access().description; }

void ApiSource::discover(DiscoveryNeed need, std::stop_token stop,
                         std::function<void(DiscoveryEnd)> done) {
  std::make_shared<Discover>(shared_, need, std::move(stop), std::move(done))->start();
}

void ApiSource::fetch(FetchRequest request, std::stop_token stop,
                      std::function<void(FetchEnd)> done) {
  switch (request.fetch->kind) {
    case Fetch::Kind::list:
    case Fetch::Kind::count:
      std::make_shared<List>(shared_, std::move(request), std::move(stop), std::move(done))
          ->start();
      return;
    case Fetch::Kind::raw:
      std::make_shared<Raw>(shared_, std::move(request), std::move(done))->start(stop);
      return;
    case Fetch::Kind::metrics:
    case Fetch::Kind::served:
      break;
  }
  done(end_of(
      failed(Errc::no_result, fmt::format("{}: this version of ktel does not read metrics yet",
                                          request.fetch->what())),
      {}));
}

}  // namespace ktel::cluster
