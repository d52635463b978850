// A list or a count of one namespace after another, over the lines of the input: a page, the number
// of an HTTP status that refuses it, `broken` for one that breaks off, and `streams` where it turns
// out that the server writes lists as it reads them. It ends, is never complete while pages remain,
// and counts no row twice or not at all.
#include <charconv>
#include <optional>
#include <vector>

#include "cluster/pager.hpp"
#include "json/projection.hpp"
#include "property.hpp"

using namespace ktel;
using namespace ktel::fuzz;
using cluster::Pager;
using cluster::PagerOptions;
using cluster::Representation;
using Step = Pager::Step;

namespace {

struct Answer {
  enum class What { page, refused, broken, streams };
  What what = What::page;
  int status = 0;
  json::Envelope page = {};
};
using What = Answer::What;

// None: no page, so that the read ends here.
std::optional<Answer> answer_of(std::string_view line) {
  if (line == "broken") return Answer{What::broken};
  if (line == "streams") return Answer{What::streams};
  Answer answer{What::refused};
  const auto number = std::from_chars(line.data(), line.data() + line.size(), answer.status);
  if (number.ec == std::errc() && number.ptr == line.data() + line.size()) return answer;
  std::uint64_t rows = 0;
  static const auto no_paths = std::make_shared<const json::PathTrie>(std::vector<json::Path>());
  json::Projection projection(no_paths, json::Shape::list, [&](std::span<const json::Cell>) {
    ++rows;
    return Result<void>();
  });
  if (!feed(projection, line, Cut::pieces) || !projection.finish()) return std::nullopt;
  require(projection.envelope().items == rows, "the envelope counts the rows");
  return Answer{What::page, 0, projection.envelope()};
}

std::vector<Answer> answers_of(std::string_view text) {
  std::vector<Answer> answers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::optional<Answer> answer = answer_of(line);
    if (!answer) break;
    answers.push_back(std::move(*answer));
  }
  return answers;
}

// May a count be complete with this page, although others follow it?
bool says_the_rest(const PagerOptions& options, const json::Envelope& page) {
  return options.representation == Representation::table && !options.selective &&
         !options.exact_counts && page.remaining && *page.remaining > 0;
}

void check_page(const PagerOptions& options, Pager& pager, const json::Envelope& page, Step step,
                std::uint64_t rows) {
  if (step == Step::ask) {
    require(!page.continue_token.empty(), "a list ends with the page that has no continue token");
    require(pager.next().continue_token == page.continue_token, "the next page is asked for");
    require(pager.count() == rows, "what has come so far is counted");
  } else if (step == Step::done) {
    const bool last = page.continue_token.empty();
    require(last || says_the_rest(options, page), "no list is complete while a token stands");
    const std::uint64_t rest = last ? 0 : static_cast<std::uint64_t>(*page.remaining);
    require(pager.count() == rows + rest, "a count is what came and what remains");
  } else {
    require(step == Step::failed, "a page is no refusal");
    require(!page.continue_token.empty(), "the last page ends the list");
    require(!pager.error().message.empty(), "a failure says why");
  }
}

// What is asked for next, and whether it is worth a request to ask what the server is.
void check_next(const PagerOptions& options, const Pager& pager, bool streams) {
  const Pager::Request& next = pager.next();
  const bool counts = options.representation == Representation::table;
  require(next.limit > 0 || counts || streams, "who does not stream is not asked for all at once");
  require(!streams || !pager.worth_larger_pages(), "what is known is not asked");
}

void list(const PagerOptions& options, const std::vector<Answer>& answers) {
  Pager pager(options);
  bool streams = false;
  std::uint64_t before = 0;  // rows of the namespaces that are complete
  std::uint64_t rows = 0;    // of this one, since it began, or began anew
  // A server that goes on with its last answer for ever must not be asked for ever.
  const std::size_t most = answers.size() + 32;
  for (std::size_t i = 0; i < most; ++i) {
    const auto& [what, status, page] = answers[std::min(i, answers.size() - 1)];
    check_next(options, pager, streams);
    if (what == What::streams) {
      pager.server_streams();
      streams = true;
      if (i + 1 >= answers.size()) return;  // it says nothing more
      continue;
    }
    Step step;
    if (what == What::page) {
      rows += page.items;
      step = pager.page(page);
      check_page(options, pager, page, step, before + rows);
    } else {
      step = what == What::broken ? pager.broke_off() : pager.refused(status, "why");
      require(step != Step::done, "a refusal completes nothing");
    }
    if (step == Step::restart) {
      before = rows = 0;
      require(pager.count() == 0, "a restart counts anew");
      require(pager.next().continue_token.empty(), "a restart begins with the first page");
    }
    if (step == Step::failed || step == Step::refused) return;
    if (step != Step::done) continue;
    if (i + 1 >= answers.size()) return;
    before = pager.count();
    rows = 0;
    pager.next_namespace();
    require(pager.count() == before, "what is complete stays counted");
    require(pager.next().continue_token.empty(), "a namespace begins with its first page");
  }
  require(false, "a list ends");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Answer> answers = answers_of(text_of(data, size));
  if (answers.empty()) return 0;
  for (const auto representation :
       {Representation::table, Representation::metadata, Representation::objects}) {
    for (const bool selective : {false, true}) {
      for (const bool exact : {false, true}) {
        PagerOptions options;
        options.representation = representation;
        options.selective = selective;
        options.exact_counts = exact;
        list(options, answers);
      }
    }
  }
  return 0;
}
