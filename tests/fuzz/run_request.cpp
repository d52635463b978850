// A run as a child is told of it: what is read is whole, and is the same when it is told again.
#include <cstdint>
#include <string>
#include <string_view>

#include "property.hpp"
#include "workflow/run_message.hpp"

using namespace ktel::fuzz;

namespace {

ktel::workflow::PreparedJob prepared(const ktel::plugin::CatalogPlugin& plugin,
                                     const ktel::workflow::RunRequest& request) {
  ktel::workflow::PreparedJob job;
  job.ref = {&plugin, request.job};
  job.masked = request.masked;
  job.params = request.params;
  return job;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = ktel::workflow::read_run_request(text_of(data, size));
  if (!request || request->job > 3) return 0;
  ktel::plugin::CatalogPlugin plugin;
  plugin.declared.jobs.resize(4);
  plugin.declared.jobs[request->job].params.resize(request->params.size());
  const std::string told =
      ktel::workflow::run_request(prepared(plugin, *request), request->reads, request->needs,
                                  request->now_us, request->deadline);
  const auto again = ktel::workflow::read_run_request(told);
  require(again.has_value(), "what was read is told again");
  require(ktel::workflow::run_request(prepared(plugin, *again), again->reads, again->needs,
                                      again->now_us, again->deadline) == told,
          "and says the same");
  for (const auto& read : request->reads) {
    if (!read.table) continue;
    std::uint64_t rows = 0;
    read.table->each([&](const ktel_row&) {
      ++rows;
      return ktel_status{KTEL_OK};
    });
    require(rows == read.table->rows(), "a table has its rows");
  }
  return 0;
}
