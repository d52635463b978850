// Options through Boost.Program_options: no guessing of prefixes, sentences instead of exceptions.
#include "options.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <sstream>

#include "app/reports.hpp"
#include "output.hpp"

namespace ktel::cli {
namespace {

std::string environment_name(const std::string& option) {
  std::string name = "KTEL_";
  for (const char c : option) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, change});
    }
  }
  return row.back();
}

Error unknown_option(const OptionSet& set, std::string name) {
  while (!name.empty() && name.front() == '-') name.erase(0, 1);
  std::string nearest;
  std::size_t best = name.size() / 2 + 1;
  for (const auto& option : set.options.options()) {
    const std::size_t d = distance(name, option->long_name());
    if (d < best) {
      best = d;
      nearest = option->long_name();
    }
  }
  return {Errc::bad_input,
          fmt::format("there is no option --{}{}; --help shows all", name,
                      nearest.empty() ? "" : fmt::format("; did you mean --{}?", nearest))};
}

void print_help(const OptionSet& set) {
  std::ostringstream options;
  options << set.options;
  fmt::print("{}\n\nUsage: {}\n\n{}\n\n{}", set.examples, set.usage, set.about, options.str());
}

}  // namespace

Result<Parsed> parse(const OptionSet& set, const std::vector<std::string>& arguments) {
  OptionSet all = set;
  all.options.add_options()("help,h", "this page");
  po::options_description accepted = all.options;
  accepted.add_options()("words", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("words", -1);

  Parsed parsed;
  try {
    namespace style = po::command_line_style;
    po::store(po::command_line_parser(arguments)
                  .options(accepted)
                  .positional(positional)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              parsed.values);
    // Only long options that take a value: a flag in the environment would be a trap.
    po::store(po::parse_environment(set.options,
                                    [&](const std::string& name) -> std::string {
                                      for (const auto& option : set.options.options()) {
                                        if (option->semantic()->max_tokens() == 0) continue;
                                        if (environment_name(option->long_name()) == name) {
                                          return option->long_name();
                                        }
                                      }
                                      return {};
                                    }),
              parsed.values);
    po::notify(parsed.values);
  } catch (const po::unknown_option& error) {
    return unknown_option(all, error.get_option_name());
  } catch (const po::error& error) {
    return Error{Errc::bad_input, fmt::format("{}; --help shows how", error.what())};
  }
  if (parsed.values.count("help") != 0) {
    print_help(all);
    parsed.help = true;
    return parsed;
  }
  if (parsed.values.count("words") != 0) {
    parsed.positional = parsed.values["words"].as<std::vector<std::string>>();
  }
  if (parsed.positional.size() > set.max_positional) {
    return Error{Errc::bad_input, fmt::format("'{}' is one word too many; usage: {}",
                                              parsed.positional[set.max_positional], set.usage)};
  }
  return parsed;
}

void add_host_options(po::options_description& options) {
  options.add_options()("plugin-dir", po::value<std::vector<std::string>>()->value_name("DIR"),
                        "also look for plugins here; may be repeated");
}

HostOptions host_options(const Parsed& parsed, LogSink log) {
  HostOptions options;
  for (const std::string& dir : words(parsed, "plugin-dir")) options.plugin_dirs.emplace_back(dir);
  options.cache_dir = app::default_plugin_cache();
  options.log = std::move(log);
  return options;
}

void say_refused(const Host& host, const Parsed& parsed) {
  const std::size_t refused = host.refused().size();
  if (refused == 0 || quiet(parsed)) return;
  std::string command = "ktel plugins list";
  for (const std::string& dir : words(parsed, "plugin-dir")) command += " --plugin-dir " + dir;
  say(fmt::format("{} refused: see `{}`",
                  refused == 1 ? "1 plugin or part of one was"
                               : fmt::format("{} plugins or parts of them were", refused),
                  command));
}

void add_output_option(po::options_description& options, std::string_view formats) {
  const std::string first(formats.substr(0, formats.find(' ')));
  std::string list(formats);
  std::replace(list.begin(), list.end(), ' ', '|');
  options.add_options()(
      "output,o",
      po::value<std::string>()->value_name("FORMAT")->default_value(first)->notifier(
          [list, known = " " + std::string(formats) + " "](const std::string& format) {
            if (known.find(" " + format + " ") != std::string::npos) return;
            throw po::error(fmt::format("-o takes {}, not '{}'", list, format));
          }),
      list.c_str());
}

void add_log_options(po::options_description& options) {
  options.add_options()("verbose,v", po::bool_switch(), "say more on stderr")(
      "quiet,q", po::bool_switch(), "say nothing on stderr but errors");
}

bool verbose(const Parsed& parsed) { return parsed.values["verbose"].as<bool>(); }
bool quiet(const Parsed& parsed) { return parsed.values["quiet"].as<bool>(); }

LogSink log_sink(const Parsed& parsed) {
  const LogLevel from =
      quiet(parsed) ? LogLevel::error : (verbose(parsed) ? LogLevel::debug : LogLevel::warn);
  return [from](LogLevel level, std::string_view component, std::string_view line) {
    if (level < from) return;
    // One write a line, so that lines of several threads do not mix.
    const std::string whole = component == "ktel" ? fmt::format("ktel: {}\n", line)
                                                  : fmt::format("ktel: {}: {}\n", component, line);
    if (::write(STDERR_FILENO, whole.data(), whole.size()) < 0) return;
  };
}

Result<std::chrono::milliseconds> duration(const Parsed& parsed, const std::string& option) {
  const std::string given = text(parsed, option);
  const char* end = given.data() + given.size();
  double number = 0;
  const auto read = std::from_chars(given.data(), end, number);
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  double scale = 0;
  if (unit.empty() || unit == "s") scale = 1000;
  if (unit == "ms") scale = 1;
  if (unit == "m") scale = 60'000;
  if (unit == "h") scale = 3'600'000;
  const double ms = number * scale;
  if (read.ec != std::errc{} || scale == 0 || !(ms >= 0 && ms < 1e12)) {
    return Error{
        Errc::bad_input,
        fmt::format("--{} takes a time such as 30s, 500ms or 2m, not '{}'", option, given)};
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(ms));
}

std::vector<std::string> words(const Parsed& parsed, const std::string& option) {
  std::vector<std::string> list;
  if (parsed.values.count(option) == 0) return list;
  for (const std::string& given : parsed.values[option].as<std::vector<std::string>>()) {
    std::size_t from = 0;
    while (from <= given.size()) {
      const std::size_t comma = std::min(given.find(',', from), given.size());
      if (comma > from) list.push_back(given.substr(from, comma - from));
      from = comma + 1;
    }
  }
  return list;
}

std::string text(const Parsed& parsed, const std::string& option) {
  if (parsed.values.count(option) == 0) return {};
  return parsed.values[option].as<std::string>();
}

}  // namespace ktel::cli
