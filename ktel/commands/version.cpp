// ktel version
#include <ktel/abi/plugin.h>
#include <ktel/host.hpp>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "command.hpp"
#include "options.hpp"
#include "output.hpp"

namespace ktel::cli {

int version_command(const std::vector<std::string>& arguments) {
  OptionSet set{.usage = "ktel version [options]",
                .examples = "Example:\n  ktel version",
                .about = "Prints the version of ktel and of the plugin ABI it speaks.",
                .options = po::options_description("Options")};
  add_output_option(set.options, "table json yaml");
  const Result<Parsed> parsed = parse(set, arguments);
  if (!parsed) return fail(parsed.error());
  if (parsed->help) return 0;
  const std::string abi = fmt::format("{}.{}", KTEL_ABI_MAJOR, KTEL_ABI_MINOR);
  const boost::json::value value = {{"ktel", version()}, {"abi", abi}};
  const std::string format = text(*parsed, "output");
  std::string data = fmt::format("ktel {} (plugin ABI {})\n", version(), abi);
  if (format == "json") data = boost::json::serialize(value) + "\n";
  if (format == "yaml") data = yaml(value);
  const Result<void> printed = print(data);
  return printed ? 0 : fail(printed.error());
}

}  // namespace ktel::cli
