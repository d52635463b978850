// Claims are counted first and judged afterwards, so that their order does not matter.
#include "plugin/publish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "plugin/name_rules.hpp"

namespace ktel::plugin {
namespace {

std::string place_of(const CatalogPlugin& plugin) {
  return plugin.file.empty() ? fmt::format("{} (linked in)", plugin.declared.id)
                             : plugin.file.string();
}

// Why `name` may not be that of a job or backend of this plugin.
std::optional<std::string> wrong_prefix(const CatalogPlugin& plugin, const std::string& name) {
  const std::string prefix = std::string(vendor_of(plugin.declared.id)) + "-";
  if (plugin.builtin || name.starts_with(prefix)) return std::nullopt;
  return fmt::format(
      "its name must begin with its vendor's prefix {}, the second word of plugin {}", prefix,
      plugin.declared.id);
}

// Takes the items out of `items` for which `why` has a sentence.
template <class Item, class Why>
void refuse_items(const CatalogPlugin& plugin, std::string_view kind, std::vector<Item>& items,
                  std::vector<Refused>& refused, Why&& why) {
  std::erase_if(items, [&](const Item& item) {
    const std::optional<std::string> sentence = why(item);
    if (!sentence) return false;
    refused.push_back(refuse(plugin.file, fmt::format("{} {}", kind, item.name), *sentence));
    return true;
  });
}

// Who claims a name: a plugin or a job may be claimed by one alone.
struct Claims {
  std::map<std::string, std::vector<const CatalogPlugin*>> by_name;

  void add(const std::string& name, const CatalogPlugin& plugin) {
    by_name[name].push_back(&plugin);
  }

  // Why `plugin` cannot have the name, as what: "job cluster-state".
  std::optional<std::string> against(const CatalogPlugin& plugin, std::string_view kind,
                                     const std::string& name) const {
    const auto& claimants = by_name.at(name);
    const auto builtins = std::count_if(claimants.begin(), claimants.end(),
                                        [](const CatalogPlugin* one) { return one->builtin; });
    if (claimants.size() == 1 || (plugin.builtin && builtins == 1)) return std::nullopt;
    std::set<std::string> others;
    for (const CatalogPlugin* one : claimants) {
      if (one != &plugin) others.insert(place_of(*one));
    }
    return fmt::format("{} {} is claimed by {} too: keep one of them", kind, name,
                       fmt::join(others, ", "));
  }
};

void publish_plugins(std::deque<CatalogPlugin>& plugins, std::vector<Refused>& refused) {
  Claims ids;
  for (const CatalogPlugin& plugin : plugins) ids.add(plugin.declared.id, plugin);
  std::set<const CatalogPlugin*> lost;
  for (const CatalogPlugin& plugin : plugins) {
    if (auto why = ids.against(plugin, "plugin", plugin.declared.id)) {
      refused.push_back(refuse(plugin.file, "", *why));
      lost.insert(&plugin);
    }
  }
  std::deque<CatalogPlugin> kept;
  for (CatalogPlugin& plugin : plugins) {
    if (lost.count(&plugin) == 0) kept.push_back(std::move(plugin));
  }
  plugins = std::move(kept);
}

void publish_jobs(std::deque<CatalogPlugin>& plugins, std::vector<Refused>& refused) {
  Claims names;
  for (const CatalogPlugin& plugin : plugins) {
    for (const Job& job : plugin.declared.jobs) names.add(job.name, plugin);
  }
  for (CatalogPlugin& plugin : plugins) {
    if (plugin.declared.isolate) {
      refuse_items(plugin, "backend", plugin.declared.backends, refused, [](const Backend&) {
        return std::optional<std::string>(
            "its plugin must run in a process of its own (KTEL_PLUGIN_ISOLATE), where backends "
            "cannot run: get a build without that");
      });
    }
    refuse_items(plugin, "job", plugin.declared.jobs, refused,
                 [&](const Job& job) { return names.against(plugin, "job", job.name); });
  }
}

void publish_backends(std::deque<CatalogPlugin>& plugins, std::vector<Refused>& refused) {
  std::map<std::string, const CatalogPlugin*> builtin;
  for (const CatalogPlugin& plugin : plugins) {
    if (!plugin.builtin) continue;
    for (const Backend& backend : plugin.declared.backends) {
      for (const std::string& scheme : backend.schemes) builtin.emplace(scheme, &plugin);
    }
  }
  for (CatalogPlugin& plugin : plugins) {
    if (plugin.builtin) continue;
    refuse_items(plugin, "backend", plugin.declared.backends, refused, [&](const Backend& backend) {
      for (const std::string& scheme : backend.schemes) {
        if (const auto taken = builtin.find(scheme); taken != builtin.end()) {
          return std::optional(fmt::format("its scheme {} is that of the built-in plugin {}",
                                           scheme, taken->second->declared.id));
        }
      }
      return std::optional<std::string>();
    });
  }
}

}  // namespace

std::optional<std::string> unusable(const CatalogPlugin& plugin, bool children) {
  if (plugin.declared.isolate && (plugin.linked != nullptr || !children)) {
    return fmt::format(
        "plugin {} must run in a process of its own (KTEL_PLUGIN_ISOLATE): {}", plugin.declared.id,
        plugin.linked != nullptr ? "hand its file to ktel instead" : "leave out --isolate never");
  }
  if (!plugin.builtin && vendor_of(plugin.declared.id).empty()) {
    return fmt::format(
        "plugin id {} names no vendor: write it as reverse DNS, like "
        "io.acme.storage",
        plugin.declared.id);
  }
  return std::nullopt;
}

Refused refuse(const std::filesystem::path& file, std::string item, std::string why) {
  // Two claimants, another ktel, a build for this one: there the sentence has the operator's step.
  const bool has_step = why.find(": keep one of ") != why.npos || why.find(": get a ") != why.npos;
  const std::string step =
      file.empty() || has_step
          ? ""
          : fmt::format("ask its maker for a corrected build, or take it out of {}",
                        file.parent_path().string());
  return {.file = file, .item = std::move(item), .why = std::move(why), .step = step};
}

void publish(std::deque<CatalogPlugin>& plugins, std::vector<Refused>& refused) {
  publish_plugins(plugins, refused);
  for (CatalogPlugin& plugin : plugins) {
    refuse_items(plugin, "job", plugin.declared.jobs, refused,
                 [&](const Job& job) { return wrong_prefix(plugin, job.name); });
    refuse_items(plugin, "backend", plugin.declared.backends, refused,
                 [&](const Backend& backend) { return wrong_prefix(plugin, backend.name); });
  }
  publish_jobs(plugins, refused);
  publish_backends(plugins, refused);
}

}  // namespace ktel::plugin
