// Discovery of an API server: document after document, by their ETags where they are known.
#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "cluster/api_error.hpp"
#include "cluster/api_read.hpp"
#include "cluster/finding.hpp"

namespace ktel::cluster {
namespace {

// What a server of many thousand kinds says is a tenth of that.
constexpr std::size_t largest_document = 64u << 20;

constexpr std::string_view discovery_accept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

class Discover : public std::enable_shared_from_this<Discover> {
 public:
  Discover(std::shared_ptr<ApiContext> context, DiscoveryNeed need, std::stop_token stop,
           std::function<void(DiscoveryEnd)> done)
      : context_(std::move(context)),
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
    fed_ = 0;
    broken_.reset();
    ApiRequest get;
    get.path_and_query = url_;
    get.accept = discovery_accept;
    known_ = context_->discoveries->find(whole_url());
    if (known_) get.etag = known_->etag;
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      Result<void> fed = self->feed(chunk);
      if (!fed) self->broken_ = fed.error();
      return fed.has_value();
    };
    context_->client->get(std::move(get), stop_, [self = shared_from_this()](ApiAnswer answer) {
      self->answered(answer);
    });
  }

  Result<void> feed(std::string_view chunk) {
    fed_ += chunk.size();
    if (fed_ > largest_document) {
      return Error{Errc::no_result,
                   fmt::format("it is larger than {} MiB", largest_document >> 20)};
    }
    return parser_->feed(chunk);
  }

  void answered(const ApiAnswer& answer) {
    end_.cost.requests += answer.sent;
    end_.cost.bytes += answer.bytes;
    if (!broken_ && answer.ok()) {
      if (Result<void> taken = take(answer); !taken) broken_ = taken.error();
    }
    if (broken_) {
      return give_up(failed(broken_->code, context_->unreadable(url_, *broken_)));
    }
    if (!answer.ok() && !missing(answer)) {
      const bool forbidden = answer.status == 403 && answer.error->code == Errc::forbidden;
      return give_up(forbidden ? denied_url(url_, answer.told ? answer.told->message : "")
                               : failure_of(answer));
    }
    next();
  }

  std::string whole_url() const { return context_->client->access().server + url_; }

  Result<void> take(const ApiAnswer& answer) {
    if (!answer.not_modified) {
      auto said = std::make_shared<Discovery>();
      if (Result<void> whole = parser_->finish(*said); !whole) return whole;
      known_ = {answer.etag, std::move(said)};
      context_->discoveries->keep(whole_url(), *known_);
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

  const std::shared_ptr<ApiContext> context_;
  const DiscoveryNeed need_;
  const std::stop_token stop_;
  const std::function<void(DiscoveryEnd)> done_;
  std::deque<std::string> urls_;  // still to be asked
  bool asked_ = false;            // what the documents left open is among them
  std::string url_;
  std::optional<DiscoveryCache::Known> known_;  // what the document at url_ says
  std::optional<DiscoveryParser> parser_;
  std::size_t fed_ = 0;
  std::optional<Error> broken_;
  DiscoveryEnd end_;
};

}  // namespace

void read_discovery(std::shared_ptr<ApiContext> context, DiscoveryNeed need, std::stop_token stop,
                    std::function<void(DiscoveryEnd)> done) {
  std::make_shared<Discover>(std::move(context), std::move(need), std::move(stop), std::move(done))
      ->start();
}

}  // namespace ktel::cluster
