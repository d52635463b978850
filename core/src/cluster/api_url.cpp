// Builds URLs; everything that is not plain is escaped.
#include "cluster/api_url.hpp"

#include <fmt/format.h>

namespace ktel::cluster {
namespace {

bool plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (plain(c) || c == '~') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

std::string list_url(const Fetch& fetch, std::string_view ns, const Pager::Request& page) {
  std::string url = fetch.group.empty()
                        ? "/api/" + escaped(fetch.version)
                        : "/apis/" + escaped(fetch.group) + "/" + escaped(fetch.version);
  if (!ns.empty()) url += "/namespaces/" + escaped(ns);
  url += "/" + escaped(fetch.resource);
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    url += separator;
    url.append(name).append("=").append(value);
    separator = '&';
  };
  if (page.limit > 0) add("limit", std::to_string(page.limit));
  if (page.representation == Representation::table) add("includeObject", "None");
  std::string fields = fetch.field_selector;
  if (!fetch.name.empty()) {
    fields += (fields.empty() ? "metadata.name=" : ",metadata.name=") + fetch.name;
  }
  if (!fields.empty()) add("fieldSelector", escaped(fields));
  if (!fetch.label_selector.empty()) add("labelSelector", escaped(fetch.label_selector));
  if (!page.continue_token.empty()) add("continue", escaped(page.continue_token));
  return url;
}

std::string_view accept_header(Representation representation, bool protobuf) noexcept {
  switch (representation) {
    case Representation::table:
      return "application/json;as=Table;g=meta.k8s.io;v=v1,"
             "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    case Representation::metadata:
      return protobuf
                 ? "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;"
                   "v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
                   "application/json"
                 : "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
                   "application/json";
    case Representation::objects:
      break;
  }
  return protobuf ? "application/vnd.kubernetes.protobuf,application/json" : "application/json";
}

}  // namespace ktel::cluster
