// A URL that is no resource: one document, or metrics. /version tells the other reads how to page.
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <variant>

#include "cluster/api_read.hpp"
#include "cluster/finding.hpp"
#include "cluster/metrics_parser.hpp"
#include "cluster/metrics_rows.hpp"
#include "json/projection.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::cluster {
namespace {

class Raw : public std::enable_shared_from_this<Raw> {
 public:
  Raw(std::shared_ptr<ApiContext> context, FetchRequest request, std::function<void(FetchEnd)> done)
      : context_(std::move(context)),
        request_(std::move(request)),
        fetch_(*request_.fetch),
        done_(std::move(done)),
        body_(body()) {}

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
    if (fetch_.url == "/version") {
      context_->version_asked = true;
      version_.emplace(ApiContext::version_reader(context_));
    }
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      Result<void> fed = std::visit([chunk](auto& body) { return body.feed(chunk); }, self->body_);
      if (!fed) self->broken_ = fed.error();
      if (fed && self->version_) fed = self->version_->feed(chunk);
      return fed.has_value();
    };
    context_->client->get(std::move(get), stop, [self = shared_from_this()](ApiAnswer answer) {
      self->answered(answer);
    });
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
                                   : context_->unreadable(fetch_.url, *broken_)));
    }
    if (!answer.ok()) return end(refusal(answer, fetch_, {}));
    FetchEnd end;
    end.state = ReadState::ok;
    end.count = rows_;
    end.cost = cost_;
    done_(std::move(end));
  }

  void end(ReadResult result) { done_(end_of(std::move(result), cost_)); }

  const std::shared_ptr<ApiContext> context_;
  const FetchRequest request_;
  const Fetch& fetch_;
  const std::function<void(FetchEnd)> done_;
  std::uint64_t rows_ = 0;
  bool not_taken_ = false;  // the body is broken because whoever takes the rows failed
  Body body_;
  std::optional<json::Projection> version_;  // which page sizes are good for this server
  std::optional<Error> broken_;
  CollectStats cost_;
};

}  // namespace

void read_raw(std::shared_ptr<ApiContext> context, FetchRequest request, std::stop_token stop,
              std::function<void(FetchEnd)> done) {
  std::make_shared<Raw>(std::move(context), std::move(request), std::move(done))->start(stop);
}

}  // namespace ktel::cluster
