// The head of a descriptor, then its jobs and backends.
#include "plugin/descriptor.hpp"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "plugin/describe_parts.hpp"
#include "plugin/inspection.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::plugin {
namespace {

constexpr std::uint32_t most_jobs = 256;
constexpr std::uint32_t most_backends = 16;

Error refuse(std::string why) { return {Errc::bad_input, std::move(why)}; }

// What must hold before anything else of the descriptor may be looked at.
std::optional<std::string> broken_head(const ktel_plugin& head) {
  if (head.magic != KTEL_MAGIC) {
    return fmt::format(
        "the descriptor's magic is {:#010x}, not {:#010x}: fill it in with "
        "KTEL_PLUGIN",
        head.magic, KTEL_MAGIC);
  }
  if (head.struct_size < first_size<ktel_plugin> || head.struct_size % 8 != 0 ||
      head.struct_size > 4096) {
    return fmt::format(
        "the descriptor's struct_size is {}: it must be at least {} and a multiple "
        "of 8",
        head.struct_size, first_size<ktel_plugin>);
  }
  if (head.abi_major != KTEL_ABI_MAJOR) {
    return fmt::format("the descriptor says ABI {}, its entry {}", head.abi_major, KTEL_ABI_MAJOR);
  }
  if (head.abi_min_minor > KTEL_ABI_MINOR) {
    return fmt::format("needs ktel ABI {}.{}, this is {}.{}: get a newer ktel", head.abi_major,
                       head.abi_min_minor, KTEL_ABI_MAJOR, KTEL_ABI_MINOR);
  }
  return std::nullopt;
}

Plugin describe_head(Inspection& in, const ktel_plugin& head) {
  Plugin plugin;
  plugin.abi_minor = head.abi_minor;
  plugin.id = in.required(head.id, "id");
  if (!plugin.id.empty() && !is_plugin_id(plugin.id)) {
    in.refuse(
        fmt::format("id \"{}\" must be reverse DNS in [a-z0-9.-], 64 bytes at most, like "
                    "io.acme.storage",
                    plugin.id));
  }
  const Inspection::Within within(in, fmt::format("plugin {}", plugin.id));
  plugin.version = in.required(head.version, "version");
  if (!plugin.version.empty() && !is_version(plugin.version)) {
    in.refuse(fmt::format("version \"{}\" must be three numbers, like 1.0.0", plugin.version));
  }
  plugin.vendor = in.text(head.vendor, "vendor");
  plugin.summary = in.required(head.summary, "summary");
  plugin.license = in.text(head.license, "license");
  plugin.url = in.text(head.url, "url");
  in.flags(head.flags, KTEL_PLUGIN_ISOLATE);
  plugin.isolate = (head.flags & KTEL_PLUGIN_ISOLATE) != 0;
  if (head.job_count == 0 && head.backend_count == 0) {
    in.refuse("declares neither a job nor a backend");
  }
  return plugin;
}

// All jobs, or all backends. A broken one goes to `refused`, alone; a sentence: the whole file is
// broken.
template <class Item, class Given>
std::optional<std::string> describe_items(std::string_view kind, const std::vector<Given>& given,
                                          Item (*describe_one)(Inspection&, const Given&),
                                          bool (*is_name)(std::string_view) noexcept,
                                          std::vector<Item>& items,
                                          std::vector<RefusedItem>& refused) {
  for (std::uint32_t i = 0; i < given.size(); ++i) {
    Inspection in;
    const Inspection::Within within(in, numbered(fmt::format("{}s", kind), i, given[i].name));
    Item item = describe_one(in, given[i]);
    item.index = i;
    for (const Item& other : items) {
      if (other.name == item.name) {
        in.refuse(fmt::format("{}s[{}] has this name too", kind, other.index));
      }
    }
    if (in.whole_file()) return in.refused();
    if (!in.refused()) {
      items.push_back(std::move(item));
    } else {
      const std::string name = is_name(item.name) ? item.name : std::to_string(i);
      refused.push_back({fmt::format("{} {}", kind, name), *in.refused()});
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Description> describe(const ktel_plugin* descriptor) {
  if (descriptor == nullptr) return refuse("there is no descriptor");
  // struct_size and magic stand first in every minor; only then is it known how much more there is.
  ktel_plugin head{};
  std::memcpy(static_cast<void*>(&head), descriptor, offsetof(ktel_plugin, flags));
  if (auto why = broken_head(head)) return refuse(*why);
  std::memcpy(static_cast<void*>(&head), descriptor,
              std::min<std::size_t>(head.struct_size, sizeof head));

  Description description;
  Inspection whole;
  Plugin& plugin = description.plugin = describe_head(whole, head);
  const auto jobs = whole.array(head.jobs, head.job_count, head.job_stride, most_jobs, "jobs");
  const auto backends = whole.array(head.backends, head.backend_count, head.backend_stride,
                                    most_backends, "backends");
  if (whole.refused()) return refuse(*whole.refused());

  if (auto why = describe_items("job", jobs, &describe_job, &is_job_name, plugin.jobs,
                                description.refused)) {
    return refuse(*why);
  }
  if (auto why = describe_items("backend", backends, &describe_backend, &is_backend_name,
                                plugin.backends, description.refused)) {
    return refuse(*why);
  }
  return description;
}

}  // namespace ktel::plugin
