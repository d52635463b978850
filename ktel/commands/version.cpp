// ktel version
#include <ktel/abi/plugin.h>
#include <ktel/host.hpp>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "command.hpp"
#include "options.hpp"
#include "output.hpp"

namespace ktel::cli {

OptionSet version_options() {
  OptionSet set{.usage = "ktel version [options]",
                .examples = "  ktel version\n",
                .about = "Prints the version of ktel and of the plugin ABI it speaks."};
  add_output_option(set, "table json yaml");
  return set;
}

int version_command(const Parsed& parsed) {
  const std::string abi = fmt::format("{}.{}", KTEL_ABI_MAJOR, KTEL_ABI_MINOR);
  const std::string json =
      boost::json::serialize(boost::json::value{{"ktel", version()}, {"abi", abi}});
  const std::string format = text(parsed, "output");
  if (format == "json") return show(json + "\n");
  if (format == "yaml") return show(render(json, "yaml"));
  return show(fmt::format("ktel {} (plugin ABI {})\n", version(), abi));
}

}  // namespace ktel::cli
