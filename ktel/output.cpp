// Output: see the header.
#include "output.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "exit_code.hpp"

namespace ktel::cli {
namespace {

namespace json = boost::json;

// Would a YAML reader take the plain text for a number, a time, a truth value or nothing?
bool reads_as_other(const std::string& text) {
  static constexpr std::string_view words[] = {"",   "~",  "null", "true", "false", "yes",
                                               "no", "on", "off",  "y",    "n"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(std::begin(words), std::end(words), lower) != std::end(words) ||
         lower.find_first_not_of("0123456789+-.e_:x tz") == std::string::npos;
}

void emit(YAML::Emitter& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::object:
      out << YAML::BeginMap;
      for (const auto& [key, member] : value.get_object()) {
        out << YAML::Key << std::string(key) << YAML::Value;
        emit(out, member);
      }
      out << YAML::EndMap;
      return;
    case json::kind::array:
      if (value.get_array().empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const auto& item : value.get_array()) emit(out, item);
      out << YAML::EndSeq;
      return;
    case json::kind::string: {
      const std::string text(value.get_string());
      // What would read back as something else than text is quoted.
      if (reads_as_other(text)) out << YAML::DoubleQuoted;
      out << text;
      return;
    }
    default:
      out << json::serialize(value);
  }
}

std::string indent(const json::value& value, std::size_t depth) {
  const std::string in(2 * (depth + 1), ' ');
  const std::string out(2 * depth, ' ');
  std::string text;
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    for (const auto& [key, member] : *object) {
      text += fmt::format("{}\n{}{}: {}", text.empty() ? "{" : ",", in,
                          json::serialize(json::string(key)), indent(member, depth + 1));
    }
    return text + "\n" + out + "}";
  }
  return json::serialize(value);
}

std::string table(const Listing& listing) {
  std::vector<std::size_t> widths;
  for (const std::string& column : listing.columns) widths.push_back(column.size());
  for (const auto& row : listing.rows) {
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
  line(listing.columns);
  for (const auto& row : listing.rows) line(row);
  return text;
}

}  // namespace

std::string render(const Listing& listing, std::string_view format) {
  if (format == "json") return json::serialize(listing.objects) + "\n";
  if (format == "yaml") return yaml(listing.objects);
  if (format == "name") {
    std::string names;
    for (const auto& row : listing.rows) names += row.front() + "\n";
    return names;
  }
  return table(listing);
}

std::string yaml(const json::value& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

std::string report_pretty(const std::string& canonical) {
  return indent(json::parse(canonical), 0) + "\n";
}

std::string report_yaml(const std::string& canonical) { return yaml(json::parse(canonical)); }

std::string report_table(const std::string& canonical) {
  Listing listing{.columns = {"JOB", "FIELD", "VALUE"}, .rows = {}, .objects = {}};
  const json::value report = json::parse(canonical);
  for (const auto& [job, part] : report.get_object()) {
    if (!part.is_object()) {
      listing.rows.push_back({std::string(job), "", json::serialize(part)});
      continue;
    }
    for (const auto& [field, value] : part.get_object()) {
      const std::string shown =
          value.is_string() ? std::string(value.get_string()) : json::serialize(value);
      listing.rows.push_back({std::string(job), std::string(field), shown});
    }
  }
  return table(listing);
}

Result<void> print(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return Error{Errc::undelivered,
                   fmt::format("cannot write to stdout: {}", std::strerror(errno))};
    }
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
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
