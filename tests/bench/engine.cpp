// What a job costs on the engine: 1,000 jobs that do nothing but put one number, through the ABI.
//
//   ktel_bench_engine abi    as jobs of plugins, with deadlines, records and reports
//   ktel_bench_engine bare   as functions given to the same pool with asio::post
//
// Prints for each of 20 rounds the nanoseconds a job took. All is prepared before; a round is what
// a host that keeps running pays again.
#include <ktel/abi/plugin.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "workflow/engine.hpp"

namespace {

using namespace ktel;  // NOLINT: a program of one file

constexpr int plugins = 10;
constexpr int jobs_of_each = 100;
constexpr int jobs = plugins * jobs_of_each;
constexpr int rounds = 20;

ktel_status put_three(ktel_call* call, void*, const ktel_job*) noexcept {
  return ktel_put_i64(call, 0, 3);
}

// A plugin of jobs that differ in their names.
class Plugin {
 public:
  explicit Plugin(int number) : id_("io.bench.p" + std::to_string(number)) {
    static const ktel_field fields[] = {{.name = "items_count",
                                         .type = KTEL_T_COUNT,
                                         .sensitivity = KTEL_S_SCALE,
                                         .granularity = KTEL_G_EXACT,
                                         .unit = "{item}",
                                         .description = "How many items there are.",
                                         .example = "3",
                                         .absent_when = "Never."}};
    for (int i = 0; i < jobs_of_each; ++i) {
      names_.push_back("bench-" + std::to_string(number) + "-" + std::to_string(i));
    }
    for (const std::string& name : names_) {
      jobs_.push_back(ktel_job{.name = name.c_str(),
                               .title = "A job of a benchmark",
                               .summary = "Puts a number.",
                               .question = "What does a job cost?",
                               .benefit = "It costs little.",
                               .owner = "tests",
                               .contact = "tests@example.org",
                               .since = "1.0.0",
                               .expires = "2099-01-01",
                               .fields = fields,
                               .field_count = 1,
                               .field_stride = sizeof(ktel_field),
                               .run = put_three});
    }
    plugin_ = {.struct_size = sizeof(ktel_plugin),
               .magic = KTEL_MAGIC,
               .abi_major = KTEL_ABI_MAJOR,
               .abi_minor = KTEL_ABI_MINOR,
               .abi_min_minor = KTEL_ABI_MINOR,
               .id = id_.c_str(),
               .version = "1.0.0",
               .summary = "A plugin of a benchmark.",
               .jobs = jobs_.data(),
               .job_count = static_cast<std::uint32_t>(jobs_.size()),
               .job_stride = sizeof(ktel_job)};
  }
  Plugin(const Plugin&) = delete;

  const ktel_plugin* descriptor() const { return &plugin_; }

 private:
  std::string id_;
  std::vector<std::string> names_;
  std::vector<ktel_job> jobs_;
  ktel_plugin plugin_{};
};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

template <class Round>
void print_rounds(Round round) {
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    round();
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
    std::printf("%lld\n", static_cast<long long>(took.count() / jobs));
  }
}

void through_the_abi(workflow::Pool& pool) {
  plugin::Catalog catalog;
  std::vector<std::unique_ptr<Plugin>> all;
  for (int i = 0; i < plugins; ++i) {
    all.push_back(std::make_unique<Plugin>(i));
    must(catalog.add(all.back()->descriptor()));
  }
  workflow::PluginRuntimes runtimes(pool, "0.0.0", Logger{});
  const auto prepared = std::make_shared<const workflow::Prepared>(must(workflow::prepare(
      catalog, {.jobs = {"all"}, .params = {}, .policy = {}, .today = "2026-11-25"})));
  print_rounds([&] {
    workflow::RunInput input;
    input.prepared = prepared;
    input.clock = system_clock();
    const workflow::RunOutput output =
        must(workflow::run_jobs(pool, runtimes, std::move(input), {}));
    if (output.parts.size() != jobs) throw std::runtime_error("a job did not report");
  });
}

void bare(workflow::Pool& pool) {
  print_rounds([&] {
    std::latch done(jobs);
    for (int i = 0; i < jobs; ++i)
      boost::asio::post(pool.executor(), [&done] { done.count_down(); });
    done.wait();
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what != "abi" && what != "bare") {
    std::fputs("ktel_bench_engine abi|bare\n", stderr);
    return 2;
  }
  workflow::Pool pool(std::max(1U, std::thread::hardware_concurrency()));
  what == "abi" ? through_the_abi(pool) : bare(pool);
}
