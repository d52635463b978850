// ktel status
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "app/reports.hpp"
#include "app/status.hpp"
#include "command.hpp"
#include "options.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 10 * 1024) return fmt::format("{} bytes", bytes);
  if (bytes < 10u << 20) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} MiB", bytes >> 20);
}

std::string reports_text(std::size_t count) {
  return count == 1 ? "1 report" : fmt::format("{} reports", count);
}

std::size_t count_of(const app::DestinationStatus& of, const std::string& state) {
  const auto found = of.counts.find(state);
  return found == of.counts.end() ? 0 : found->second;
}

void add_line(std::string& page, std::string_view name, const std::string& text) {
  page += fmt::format("  {:<10} {}\n", name, text);
}

std::string page_of(const app::DestinationStatus& of) {
  std::string page = fmt::format("\n{}\n", of.destination);
  add_line(page, "state", of.state);
  if (const std::size_t queued = count_of(of, "queued"); queued > 0) {
    add_line(page, "queued",
             fmt::format("{}, {}, the oldest since {}", reports_text(queued),
                         bytes_text(of.queued_bytes), of.oldest_queued));
  }
  if (!of.not_before.empty()) add_line(page, "not before", of.not_before + " (Retry-After)");
  if (!of.held_up.empty()) add_line(page, "because", of.held_up);
  for (const auto& [state, count] : of.counts) {
    if (state == "queued") continue;
    std::string text = reports_text(count);
    if (state == "delivered") text += ", the last " + of.last_delivered;
    if (state == "dead") text += ": " + of.rejected;
    add_line(page, state, text);
  }
  return page;
}

std::string page_of(const app::Status& status) {
  std::string page = fmt::format("{}: {}, {}\n", status.ledger.string(),
                                 reports_text(status.reports), bytes_text(status.bytes));
  for (const app::DestinationStatus& of : status.destinations) page += page_of(of);
  if (status.destinations.empty()) page += "\nnothing was to be sent so far\n";
  return page;
}

// "plugins in a child are confined in: privileges, resources, files, system calls".
std::string page_of(const std::vector<app::Confinement>& parts) {
  if (parts.empty()) return "\nplugins in a child: none can run, ktel-child cannot be started\n";
  std::vector<std::string> words;
  for (const app::Confinement& part : parts) {
    words.push_back(part.missing.empty() ? part.part
                                         : fmt::format("{} NOT, {}", part.part, part.missing));
  }
  return fmt::format("\nplugins in a child are confined in: {}\n", fmt::join(words, ", "));
}

std::string json_of(const app::Status& status, const std::vector<app::Confinement>& parts) {
  boost::json::object confined;
  for (const app::Confinement& part : parts)
    confined[part.part] = part.missing.empty() ? "held" : part.missing;
  boost::json::array destinations;
  for (const app::DestinationStatus& of : status.destinations) {
    boost::json::object counts;
    for (const auto& [state, count] : of.counts) counts[state] = count;
    destinations.push_back({{"destination", of.destination},
                            {"state", of.state},
                            {"reports", std::move(counts)},
                            {"queued_bytes", of.queued_bytes},
                            {"oldest_queued", of.oldest_queued},
                            {"not_before", of.not_before},
                            {"last_delivered", of.last_delivered},
                            {"held_up", of.held_up},
                            {"rejected", of.rejected}});
  }
  return boost::json::serialize(boost::json::object{{"ledger", status.ledger.string()},
                                                    {"reports", status.reports},
                                                    {"bytes", status.bytes},
                                                    {"destinations", std::move(destinations)},
                                                    {"confinement", std::move(confined)}}) +
         "\n";
}

}  // namespace

OptionSet status_options() {
  OptionSet set{.usage = "ktel status [options]",
                .examples = "  ktel status\n  ktel status -o json\n",
                .about =
                    "Says for each destination what waits to be sent there and why, what was "
                    "delivered and what\nwas rejected, and what plugins in a child are kept from "
                    "on this machine. It connects to nobody."};
  add_ledger_option(set.options);
  add_output_option(set, "table json yaml");
  add_log_options(set.options);
  return set;
}

int status_command(const Parsed& parsed) {
  const auto status = app::status_of(ledger_of(parsed), log_sink(parsed));
  if (!status) return fail(status.error());
  const std::vector<app::Confinement> confined = app::confinement();
  const std::string format = text(parsed, "output");
  return show(format == "table" ? Result<std::string>(page_of(*status) + page_of(confined))
                                : render(json_of(*status, confined), format));
}

}  // namespace ktel::cli
