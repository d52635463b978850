// A list or a count: asks for what the pager says, and gives rows on as they come.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cluster/api_read.hpp"
#include "cluster/api_url.hpp"
#include "cluster/finding.hpp"
#include "cluster/list_body.hpp"
#include "cluster/pager.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {
namespace {

class List : public std::enable_shared_from_this<List> {
 public:
  List(std::shared_ptr<ApiContext> context, FetchRequest request, std::stop_token stop,
       std::function<void(FetchEnd)> done)
      : context_(std::move(context)),
        request_(std::move(request)),
        fetch_(*request_.fetch),
        stop_(std::move(stop)),
        done_(std::move(done)),
        paths_(std::make_shared<const json::PathTrie>(fetch_.paths)),
        pager_(options()) {}

  void start() { ask(); }

 private:
  const std::string& ns() const { return fetch_.namespaces[ns_]; }

  PagerOptions options() const {
    PagerOptions options;
    options.representation = fetch_.representation;
    options.selective =
        !fetch_.name.empty() || !fetch_.label_selector.empty() || !fetch_.field_selector.empty();
    options.exact_counts = request_.exact_counts;
    return options;
  }

  void ask() {
    if (context_->streams_lists()) pager_.server_streams();
    const Pager::Request& page = pager_.next();
    body_.reset();
    broken_.reset();
    ApiRequest get;
    get.path_and_query = list_url(fetch_, ns(), page);
    get.accept = accept_header(page.representation, fetch_.protobuf);
    // HTTP/1.1 carries what is large at less cost to the server: whole objects from the first page
    // on, and a list that goes on. Rows of tables are small.
    const bool whole_objects =
        page.representation == Representation::objects && fetch_.name.empty();
    get.http2 = page.representation == Representation::table ||
                (page.continue_token.empty() && !whole_objects);
    get.on_type = [self = shared_from_this()](std::string_view type) { self->begin_body(type); };
    get.on_body = [self = shared_from_this()](std::string_view chunk) {
      if (self->broken_) return false;
      Result<void> fed = self->body_->feed(chunk);
      if (!fed) self->broken_ = fed.error();
      return fed.has_value();
    };
    context_->client->get(std::move(get), stop_, [self = shared_from_this()](ApiAnswer answer) {
      self->answered(answer);
    });
  }

  void begin_body(std::string_view type) {
    auto take = [this](std::span<const json::Cell> cells) {
      if (fetch_.kind != Fetch::Kind::list) return Result<void>();
      Result<void> taken = request_.rows->row(fetch_.version, cells);
      not_taken_ = !taken;
      return taken;
    };
    auto body = ListBody::make(type, fetch_, pager_.next().representation, paths_, std::move(take));
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
      const std::string url = list_url(fetch_, ns(), pager_.next());
      return end(failed(broken_->code,
                        not_taken_ ? sentence(broken_->message)
                                   : context_->unreadable(url.substr(0, url.find('?')), *broken_)));
    }
    if (answer.ok()) {
      const Pager::Step step = pager_.page(body_->envelope());
      tell_count();
      return follow(step);
    }
    const Pager::Step step = not_answered(answer);
    if (step == Pager::Step::refused) return end(refusal(answer, fetch_, ns()));
    follow(step);
  }

  Pager::Step not_answered(const ApiAnswer& answer) {
    switch (answer.cause) {
      case HttpCause::none:
        return pager_.refused(answer.status,
                              answer.told ? answer.told->message : answer.error->message);
      case HttpCause::timeout:
        return answer.sent > 0 ? pager_.broke_off() : Pager::Step::refused;
      case HttpCause::io:
        return answer.status / 100 == 2 ? pager_.broke_off() : Pager::Step::refused;
      default:
        return Pager::Step::refused;
    }
  }

  void tell_count() {
    if (!request_.counted || counted_ || !pager_.total() || fetch_.namespaces.size() > 1) return;
    counted_ = true;
    request_.counted(*pager_.total());
  }

  void follow(Pager::Step step) {
    switch (step) {
      case Pager::Step::ask:
        return pager_.worth_larger_pages() && !context_->version_asked.exchange(true)
                   ? ask_version()
                   : ask();
      case Pager::Step::restart:
        // The rows of namespaces that were complete go with those of this one.
        if (request_.rows) request_.rows->restart();
        ns_ = 0;
        return ask();
      case Pager::Step::failed:
        return end(failed(pager_.error().code, sentence(pager_.error().message)));
      case Pager::Step::refused:
      case Pager::Step::done:
        break;
    }
    if (++ns_ < fetch_.namespaces.size()) {
      pager_.next_namespace();
      return ask();
    }
    FetchEnd end;
    end.state = ReadState::ok;
    end.count = pager_.count();
    end.cost = cost_;
    done_(std::move(end));
  }

  // Whatever comes of it, the list goes on.
  void ask_version() {
    ApiRequest get;
    get.path_and_query = "/version";
    auto version = std::make_shared<json::Projection>(ApiContext::version_reader(context_));
    get.on_body = [version](std::string_view chunk) { return version->feed(chunk).has_value(); };
    context_->client->get(std::move(get), stop_,
                          [self = shared_from_this()](const ApiAnswer& answer) {
                            self->cost_.requests += answer.sent;
                            self->cost_.bytes += answer.bytes;
                            self->ask();
                          });
  }

  std::string sentence(std::string_view why) const {
    return fmt::format("reading {}: {}", fetch_.what(), why);
  }

  void end(ReadResult result) { done_(end_of(std::move(result), cost_)); }

  const std::shared_ptr<ApiContext> context_;
  const FetchRequest request_;
  const Fetch& fetch_;
  const std::stop_token stop_;
  const std::function<void(FetchEnd)> done_;
  const std::shared_ptr<const json::PathTrie> paths_;
  Pager pager_;
  std::size_t ns_ = 0;
  std::optional<ListBody> body_;
  std::optional<Error> broken_;  // why the page being read is of no use
  bool not_taken_ = false;       // because whoever takes the rows failed
  bool counted_ = false;         // the first page said how many there are
  CollectStats cost_;
};

}  // namespace

void read_list(std::shared_ptr<ApiContext> context, FetchRequest request, std::stop_token stop,
               std::function<void(FetchEnd)> done) {
  std::make_shared<List>(std::move(context), std::move(request), std::move(stop), std::move(done))
      ->start();
}

}  // namespace ktel::cluster
