// What a plugin's process says: wherever reads end the messages are the same, none is larger than
// allowed, and a result of any kind leaves a part that keeps to its declarations.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "isolation/message.hpp"
#include "json/canonical.hpp"
#include "property.hpp"
#include "workflow/run_message.hpp"

using namespace ktel::fuzz;
using ktel::isolation::Kind;
using ktel::isolation::Messages;
using ktel::workflow::RunContext;

namespace {

constexpr std::size_t largest = 1u << 16;

ktel::plugin::Field field(const char* name, std::uint32_t type, std::uint32_t item = 0) {
  ktel::plugin::Field field;
  field.name = name;
  field.type = type;
  field.item = item;
  field.sensitivity = KTEL_S_SCALE;
  return field;
}

// A job with a field of most types.
struct Sample {
  ktel::plugin::CatalogPlugin plugin;
  ktel::workflow::PreparedJob job;

  Sample() {
    ktel::plugin::Job& declared = plugin.declared.jobs.emplace_back();
    declared.name = "tests-all";
    declared.fields = {field("a_count", KTEL_T_COUNT), field("b", KTEL_T_RATIO),
                       field("c", KTEL_T_ENUM),        field("d_by_kind", KTEL_T_MAP, KTEL_T_COUNT),
                       field("e", KTEL_T_TIME),        field("f", KTEL_T_LIST, KTEL_T_ENUM),
                       field("g", KTEL_T_SEMVER)};
    for (const std::size_t of : {2u, 3u, 5u}) {
      declared.fields[of].values = {{"one", ""}, {"two", ""}, {"other", ""}};
      declared.fields[of].other = "other";
      declared.fields[of].max_items = 4;
    }
    job.ref = {&plugin, 0};
    job.masked.assign(declared.fields.size(), false);
  }
};

// "8 bytes", and "refused" at the end of what makes no sense.
std::vector<std::string> read(std::string_view text, std::size_t piece) {
  Messages messages(largest);
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    messages.feed(text.substr(at, piece));
    for (;;) {
      auto next = messages.next();
      if (!next) {
        all.emplace_back("refused");
        return all;
      }
      if (!*next) break;
      require((*next)->bytes.size() <= largest, "no message is larger than allowed");
      all.push_back(std::to_string(static_cast<int>((*next)->kind)) + " " + (*next)->bytes);
    }
  }
  return all;
}

void check_result(const Sample& sample, std::string_view bytes) {
  RunContext context(sample.job, {}, {}, 0, std::chrono::steady_clock::time_point::max(),
                     ktel::Logger{});
  static_cast<void>(ktel::workflow::replay_run_result(bytes, context));
  context.close();
  const auto [part, findings] = context.take();
  require(ktel::json::canonical(part).size() <= 16 * 1024, "a part is a part");
  require(findings.size() <= 1000, "findings are few");
  for (const auto& entry : part) {
    bool declared = false;
    for (const auto& one : sample.plugin.declared.jobs[0].fields) {
      declared = declared || std::string_view(one.name) == std::string_view(entry.key());
    }
    require(declared, "what is in it was declared");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sample sample;
  const std::string_view text = text_of(data, size);
  const std::vector<std::string> whole = read(text, size == 0 ? 1 : size);
  require(read(text, 1) == whole, "messages do not depend on where reads end");
  for (const std::string& message : whole) {
    if (message.starts_with("8 ")) check_result(sample, std::string_view(message).substr(2));
  }
  check_result(sample, text);  // framed or not
  return 0;
}
