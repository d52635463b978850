// Output: see the header.
#include "output.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "app/render.hpp"
#include "app/stdout.hpp"
#include "exit_code.hpp"

namespace ktel::cli {
namespace {

std::string table(const std::vector<std::string>& columns,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& column : columns) widths.push_back(column.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool last = i + 1 == cells.size();
      text += last ? cells[i] : fmt::format("{:<{}}  ", cells[i], widths[i]);
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    text += '\n';
  };
  line(columns);
  for (const auto& row : rows) line(row);
  return text;
}

}  // namespace

Result<std::string> render(const Listing& listing, std::string_view format) {
  if (format == "json") return boost::json::serialize(listing.objects) + "\n";
  if (format == "yaml") return app::yaml(boost::json::serialize(listing.objects));
  if (format == "name") {
    std::string names;
    for (const auto& row : listing.rows) names += row.front() + "\n";
    return names;
  }
  return table(listing.columns, listing.rows);
}

Result<std::string> render(const std::string& json, std::string_view format) {
  if (format == "pretty") return app::pretty(json);
  if (format == "yaml") return app::yaml(json);
  if (format != "table") return json;
  Result<std::vector<app::ReportField>> fields = app::report_fields(json);
  if (!fields) return fields.error();
  std::vector<std::vector<std::string>> rows;
  for (const app::ReportField& field : *fields) {
    rows.push_back({field.job, field.field, field.value});
  }
  return table({"JOB", "FIELD", "VALUE"}, rows);
}

int show(const Result<std::string>& data) {
  if (!data) return fail(data.error());
  const Result<void> printed = app::write_stdout(*data);
  return printed ? 0 : fail(printed.error());
}

void say(std::string_view text) {
  const std::string line = fmt::format("ktel: {}\n", text);
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nobody is listening
}

int fail(const Error& error) {
  say(error.message);
  return exit_code(error);
}

}  // namespace ktel::cli
