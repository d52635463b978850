// Hellos: see the header.
#include "workflow/child_hello.hpp"

#include "isolation/bytes.hpp"
#include "json/canonical.hpp"
#include "plugin/declaration_json.hpp"

namespace ktel::workflow {
namespace {

constexpr std::size_t largest_declaration = 64u << 20;

}  // namespace

std::string child_hello(const std::string& version, const plugin::CatalogPlugin& plugin) {
  isolation::BytesOut out;
  out.text(version);
  out.text(plugin.file.string());
  out.text(plugin.sha256);
  out.text(plugin.digest);
  out.text(json::canonical(plugin::declaration_json(plugin.declared)));
  return out.take();
}

Result<ChildHello> read_child_hello(std::string_view bytes) {
  isolation::BytesIn in(bytes);
  ChildHello hello;
  hello.version = in.text();
  hello.plugin.file = in.text();
  hello.plugin.sha256 = in.text();
  hello.plugin.digest = in.text();
  const auto declared = json::parse_strict(in.text(), {.bytes = largest_declaration, .depth = 32});
  if (!declared || !in.good() || !in.at_end()) {
    return Error{Errc::bad_input, "what ktel sent is no hello"};
  }
  auto plugin = plugin::plugin_from_json(*declared);
  if (!plugin) return plugin.error();
  hello.plugin.declared = std::move(plugin).value();
  return hello;
}

}  // namespace ktel::workflow
