// Performs fetches on the API client: one object for each, alive until its last answer.
#include "cluster/api_source.hpp"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "cluster/api_error.hpp"
#include "cluster/api_url.hpp"
#include "cluster/finding.hpp"
#include "cluster/list_body.hpp"
#include "cluster/metrics_parser.hpp"
#include "cluster/metrics_rows.hpp"
#include "cluster/pager.hpp"
#include "json/projection.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::cluster {
namespace {

// Servers from 1.33 on stream their lists; before that a page is built whole in their memory.
constexpr int streaming_minor = 33;

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

// Does every API server that is one serve it? Other versions of built-in groups come and go.
bool always_served(const Fetch& fetch) {
  if (!fetch.url.empty()) return fetch.url == "/version";
  return fetch.version == "v1" && built_in_group(fetch.group) &&
         fetch.group != "flowcontrol.apiserver.k8s.io";  // v1 since 1.29
}

// Answers that cannot be used. Their sentences name the server, or the path where it matters, and
// so are the same for all reads that one server fails.
ReadResult failure_of(const ApiAnswer& answer) {
  const bool unknown_here = answer.status == 401 && answer.error->code == Errc::forbidden;
  return unknown_here ? unauthorized(answer.error->message)
                      : failed(answer.error->code, answer.error->message);
}

// How an answer that is no list ends the read. `ns` was asked for.
ReadResult refusal(const ApiAnswer& answer, const Fetch& fetch, std::string_view ns) {
  // A page of a proxy or web server says nothing about the cluster, whatever its status; nor does a
  // bare 404 where every API server has something.
  if (answer.cause == HttpCause::none && !is_html(answer.content_type)) {
    if (answer.status == 404 && (answer.told || !always_served(fetch))) {
      return not_served(fetch.what());
    }
    if (answer.status == 403) return denied(fetch, ns, answer.told ? answer.told->message : "");
  }
  return failure_of(answer);
}

}  // namespace

struct ApiSource::Shared {
  std::shared_ptr<ApiClient> client;
  std::shared_ptr<DiscoveryCache> discoveries;
  std::atomic<int> minor{0};  // of the server's version, once /version has been read

  // Why an answer that came whole is of no use.
  std::string unreadable(std::string_view path, const Error& why) const {
    return unreadable_answer(client->access(), path, why.message).message;
  }
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
    options.begun = begun_;
    return options;
  }

  void ask() {
    if (shared_->minor >= streaming_minor) pager_->server_streams();
    const Pager::Request& page = pager_->next();
    body_.reset();
    broken_.reset();
    ApiRequest get;
    get.path_and_query = list_url(fetch_, ns(), page);
    get.accept = accept_header(page.representation, fetch_.protobuf);
    // HTTP/1.1 carries what is large at less cost to the server: whole objects from the first page
    // on, and a list that goes on.
    const bool whole_objects =
        page.representation == Representation::objects && fetch_.name.empty();
    get.http2 =
        fetch_.kind == Fetch::Kind::count || (page.continue_token.empty() && !whole_objects);
    get.on_type = [self = shared_from_this()](std::string_view type) { self->begin_body(type); };
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      if (self->broken_) return false;
      Result<void> fed = self->body_->feed(chunk);
      if (!fed) self->broken_ = fed.error();
      return fed.has_value();
    };
    shared_->client->get(std::move(get), stop_,
                         [self = shared_from_this()](ApiAnswer answer) { self->answered(answer); });
  }

  void begin_body(std::string_view type) {
    auto take = [this](std::span<const json::Cell> cells) {
      if (fetch_.kind != Fetch::Kind::list) return Result<void>();
      Result<void> taken = request_.rows->row(fetch_.version, cells);
      not_taken_ = !taken;
      return taken;
    };
    auto body =
        ListBody::make(type, fetch_, pager_->next().representation, paths_, std::move(take));
    if (!body) {
      broken_ = body.error();
    } else {
      body_ = std::move(body).value();
    }
  }

  void answered(const ApiAnswer& answer) {
    cost_.requests += answer.sent;
    cost_.bytes += answer.bytes;
    if (!broken_ && answer.ok()) {
      if (Result<void> whole = body_->finish(); !whole) broken_ = whole.error();
    }
    if (broken_) {
      const std::string url = list_url(fetch_, ns(), pager_->next());
      return end(failed(broken_->code,
                        not_taken_ ? sentence(broken_->message)
                                   : shared_->unreadable(url.substr(0, url.find('?')), *broken_)));
    }
    if (answer.ok()) {
      const Pager::Step step = pager_->page(body_->envelope());
      tell_count();
      return follow(step);
    }
    const Pager::Step step = answer.cause == HttpCause::none
                                 ? pager_->refused(answer.status, answer.error->message)
                                 : Pager::Step::refused;
    if (step == Pager::Step::refused) return end(refusal(answer, fetch_, ns()));
    follow(step);
  }

  void tell_count() {
    if (!request_.counted || counted_ || !pager_->total() || fetch_.namespaces.size() > 1) return;
    counted_ = true;
    request_.counted(*pager_->total());
  }

  void follow(Pager::Step step) {
    switch (step) {
      case Pager::Step::ask:
        return ask();
      case Pager::Step::restart:
        return restart();
      case Pager::Step::failed:
        return end(failed(pager_->error().code, sentence(pager_->error().message)));
      case Pager::Step::refused:
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
    begun_ = pager_->begun();
    if (ns_ > 0) {
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
  std::optional<ListBody> body_;
  std::optional<Error> broken_;  // why the page being read is of no use
  bool not_taken_ = false;       // because whoever takes the rows failed
  bool counted_ = false;         // the first page said how many there are
  std::uint32_t begun_ = 0;      // see Pager::begun()
  std::uint64_t count_ = 0;
  CollectStats cost_;
};

// What a URL that is no resource answers: one document, or metrics.
class ApiSource::Raw : public std::enable_shared_from_this<Raw> {
 public:
  Raw(std::shared_ptr<Shared> shared, FetchRequest request, std::function<void(FetchEnd)> done)
      : shared_(std::move(shared)),
        request_(std::move(request)),
        fetch_(*request_.fetch),
        done_(std::move(done)),
        body_(body()),
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
    if (fetch_.kind == Fetch::Kind::metrics) {
      get.accept = "text/plain;version=0.0.4";
      get.http2 = false;  // it is as large as a page of a list
    }
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      Result<void> fed = std::visit([chunk](auto& body) { return body.feed(chunk); }, self->body_);
      if (!fed) self->broken_ = fed.error();
      if (fed && self->fetch_.url == "/version") fed = self->minor_.feed(chunk);
      return fed.has_value();
    };
    shared_->client->get(std::move(get), stop,
                         [self = shared_from_this()](ApiAnswer answer) { self->answered(answer); });
  }

 private:
  using Body = std::variant<json::Projection, MetricsParser>;

  Body body() {
    auto paths = std::make_shared<const json::PathTrie>(fetch_.paths);
    json::RowSink take = [this](std::span<const json::Cell> cells) {
      ++rows_;
      Result<void> taken = request_.rows->row({}, cells);
      not_taken_ = !taken;
      return taken;
    };
    if (fetch_.kind == Fetch::Kind::metrics) {
      return MetricsParser(fetch_.metrics, rows_of_samples(std::move(paths), std::move(take)));
    }
    return json::Projection(std::move(paths), json::Shape::document, std::move(take));
  }

  void answered(const ApiAnswer& answer) {
    cost_.requests += answer.sent;
    cost_.bytes += answer.bytes;
    if (!broken_ && answer.ok()) {
      const Result<void> whole = std::visit([](auto& body) { return body.finish(); }, body_);
      if (!whole) broken_ = whole.error();
    }
    if (broken_) {
      return end(failed(broken_->code,
                        not_taken_ ? fmt::format("reading {}: {}", fetch_.url, broken_->message)
                                   : shared_->unreadable(fetch_.url, *broken_)));
    }
    if (!answer.ok()) return end(refusal(answer, fetch_, {}));
    FetchEnd end;
    end.state = ReadState::ok;
    end.count = rows_;
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
  std::uint64_t rows_ = 0;
  bool not_taken_ = false;  // the body is broken because whoever takes the rows failed
  Body body_;
  json::Projection minor_;  // of /version: what page sizes are good for this server
  std::optional<Error> broken_;
  CollectStats cost_;
};

// /apis, then /api, as far as they are needed; from servers before 1.26 also the resources of the
// versions that reads ask after. The first that cannot be had is the last.
class ApiSource::Discover : public std::enable_shared_from_this<Discover> {
 public:
  Discover(std::shared_ptr<Shared> shared, DiscoveryNeed need, std::stop_token stop,
           std::function<void(DiscoveryEnd)> done)
      : shared_(std::move(shared)),
        need_(std::move(need)),
        stop_(std::move(stop)),
        done_(std::move(done)) {
    if (need_.groups) urls_.push_back("/apis");
    if (need_.core) urls_.push_back("/api");
  }

  void start() { next(); }

 private:
  void next() {
    if (urls_.empty() && !std::exchange(asked_, true)) {
      const std::vector<std::string> open = end_.discovery.open_questions(need_.questions);
      urls_.assign(open.begin(), open.end());
    }
    if (urls_.empty()) return done_(std::move(end_));
    url_ = std::move(urls_.front());
    urls_.pop_front();
    parser_.emplace(url_);
    broken_.reset();
    ApiRequest get;
    get.path_and_query = url_;
    get.accept = discovery_accept;
    known_ = shared_->discoveries->find(whole_url());
    if (known_) get.etag = known_->etag;
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      Result<void> fed = self->parser_->feed(chunk);
      if (!fed) self->broken_ = fed.error();
      return fed.has_value();
    };
    shared_->client->get(std::move(get), stop_,
                         [self = shared_from_this()](ApiAnswer answer) { self->answered(answer); });
  }

  void answered(const ApiAnswer& answer) {
    end_.cost.requests += answer.sent;
    end_.cost.bytes += answer.bytes;
    if (!broken_ && answer.ok()) {
      if (Result<void> taken = take(answer); !taken) broken_ = taken.error();
    }
    if (broken_) {
      return give_up(failed(broken_->code, shared_->unreadable(url_, *broken_)));
    }
    if (!answer.ok() && !missing(answer)) {
      const bool forbidden = answer.status == 403 && answer.error->code == Errc::forbidden;
      return give_up(forbidden ? denied_url(url_, answer.told ? answer.told->message : "")
                               : failure_of(answer));
    }
    next();
  }

  std::string whole_url() const { return shared_->client->access().server + url_; }

  Result<void> take(const ApiAnswer& answer) {
    if (!answer.not_modified) {
      auto said = std::make_shared<Discovery>();
      if (Result<void> whole = parser_->finish(*said); !whole) return whole;
      known_ = {answer.etag, std::move(said)};
      shared_->discoveries->keep(whole_url(), *known_);
    }
    end_.discovery.merge(*known_->said);
    return {};
  }

  // May what was asked for be missing without a word about the rest?
  bool missing(const ApiAnswer& answer) {
    if (answer.cause != HttpCause::none || is_html(answer.content_type)) return false;
    Discovery& found = end_.discovery;
    if (url_ == "/api" && answer.status == 404 && (answer.told || found.known.groups)) {
      found.known.core = true;  // a server without core kinds
      return true;
    }
    // The version went away meanwhile, or its own server does not answer.
    const bool of_version = url_ != "/api" && url_ != "/apis";
    if (!of_version || (answer.status != 404 && answer.status != 503)) return false;
    set_stale(found, url_);
    return true;
  }

  void give_up(ReadResult why) {
    end_.discovery.failed = std::move(why);
    done_(std::move(end_));
  }

  const std::shared_ptr<Shared> shared_;
  const DiscoveryNeed need_;
  const std::stop_token stop_;
  const std::function<void(DiscoveryEnd)> done_;
  std::deque<std::string> urls_;  // still to be asked
  bool asked_ = false;            // what the documents left open is among them
  std::string url_;
  std::optional<DiscoveryCache::Known> known_;  // what the document at url_ says
  std::optional<DiscoveryParser> parser_;
  std::optional<Error> broken_;
  DiscoveryEnd end_;
};

ApiSource::ApiSource(std::shared_ptr<ApiClient> client, std::shared_ptr<DiscoveryCache> cache)
    : shared_(std::make_shared<Shared>()) {
  shared_->client = std::move(client);
  shared_->discoveries = cache ? std::move(cache) : std::make_shared<DiscoveryCache>();
}

std::string ApiSource::description() const { return shared_->client->access().description; }

void ApiSource::discover(DiscoveryNeed need, std::stop_token stop,
                         std::function<void(DiscoveryEnd)> done) {
  std::make_shared<Discover>(shared_, std::move(need), std::move(stop), std::move(done))->start();
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
    case Fetch::Kind::metrics:
      std::make_shared<Raw>(shared_, std::move(request), std::move(done))->start(stop);
      return;
    case Fetch::Kind::served:
      break;  // `collect` answers it from discovery
  }
  done(end_of(failed(Errc::internal, request.fetch->what() + ": what is served is not fetched"),
              {}));
}

}  // namespace ktel::cluster
