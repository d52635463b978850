// The fake's answers, as a function of what it holds and what is asked.
#include "support/fake_api_server.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <list>
#include <map>
#include <mutex>
#include <set>

#include "cluster/access_review.hpp"
#include "cluster/discovery.hpp"
#include "cluster/kinds.hpp"
#include "cluster/selector.hpp"
#include "delivery/gzip.hpp"
#include "protobuf/schema.hpp"
#include "support/protobuf_writer.hpp"

namespace ktel::test {
namespace bj = boost::json;
namespace {

constexpr std::string_view protobuf_type = "application/vnd.kubernetes.protobuf";

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 2 >= text.size()) {
      out += text[i];
      continue;
    }
    int code = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16);
    out += static_cast<char>(code);
    i += 2;
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string text_at(const bj::value& object, const std::vector<std::string>& path) {
  const bj::value* at = &object;
  for (const std::string& step : path) {
    const bj::object* members = at->if_object();
    at = members != nullptr ? members->if_contains(step) : nullptr;
    if (at == nullptr) return {};
  }
  return at->is_string() ? std::string(at->get_string()) : std::string();
}

HttpServer::Reply json_reply(const bj::value& body, std::string type = "application/json") {
  HttpServer::Reply reply;
  reply.headers = {{"Content-Type", std::move(type)}};
  reply.body = bj::serialize(body);
  return reply;
}

// As for people: an indented line for each member.
std::string pretty(std::string_view body) {
  std::string out;
  std::size_t depth = 0;
  bool text = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (text && c == '\\') {  // and whatever it escapes
      out += body.substr(i++, 2);
      continue;
    }
    if (c == '"') text = !text;
    const bool opens = !text && (c == '{' || c == '[');
    const bool closes = !text && (c == '}' || c == ']');
    if (closes) out += "\n" + std::string(2 * --depth, ' ');
    out += c;
    if (opens) ++depth;
    if (opens || (!text && c == ',')) out += "\n" + std::string(2 * depth, ' ');
  }
  return out;
}

// Aggregated discovery has an ETag, the older documents have none.
HttpServer::Reply unless_known(HttpServer::Reply reply, const std::string& known) {
  if (reply.headers.at(0).second.find("APIGroupDiscoveryList") == std::string::npos) return reply;
  const std::string etag = fmt::format("\"{:X}\"", std::hash<std::string>()(reply.body));
  reply.headers.emplace_back("ETag", etag);
  if (etag != known) return reply;
  reply.status = 304;
  reply.body.clear();
  return reply;
}

// Errors come as what was asked for.
void as_protobuf(HttpServer::Reply& reply) {
  bj::error_code failed;
  const bj::value body = bj::parse(reply.body, failed);
  if (reply.status < 400 || failed || text_at(body, {"kind"}) != "Status") return;
  reply.headers.at(0) = {"Content-Type", std::string(protobuf_type)};
  reply.body = pb_answer("v1", "Status", pb_object(protobuf::status(), body.as_object()));
}

// A path without a handler: a version that is not served.
HttpServer::Reply not_found_text() {
  HttpServer::Reply reply;
  reply.status = 404;
  reply.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  reply.body = "404 page not found\n";
  return reply;
}

}  // namespace

HttpServer::Reply status_reply(int code, std::string_view reason, std::string_view message,
                               std::string_view fresh_token) {
  bj::object metadata;
  if (!fresh_token.empty()) metadata["continue"] = fresh_token;
  HttpServer::Reply reply = json_reply({{"kind", "Status"},
                                        {"apiVersion", "v1"},
                                        {"metadata", metadata},
                                        {"status", "Failure"},
                                        {"message", message},
                                        {"reason", reason},
                                        {"code", code}});
  reply.status = code;
  return reply;
}

class FakeApiServer::Cluster {
 public:
  explicit Cluster(FakeApiBehaviour behaviour) : behaviour_(std::move(behaviour)) {}

  void add(const bj::value& value) {
    const std::string kind = text_at(value, {"kind"});
    if (const bj::value* items = value.as_object().if_contains("items")) {
      for (const bj::value& item : items->as_array()) add(item);
      return;
    }
    const std::string api_version = text_at(value, {"apiVersion"});
    const std::string resource = cluster::resource_of(kind);
    serve(api_version, resource, kind);
    objects_[api_version + "/" + resource].push_back(value);
  }

  void serve(std::string_view api_version, std::string_view resource, std::string_view kind) {
    const std::lock_guard lock(mutex_);
    kinds_[fmt::format("{}/{}", api_version, resource)] = kind;
  }

  HttpServer::Reply answer(const HttpServer::Call& call) {
    const std::lock_guard lock(mutex_);
    HttpServer::Reply reply = find_answer(call);
    if (call.header("Accept").starts_with(protobuf_type)) as_protobuf(reply);
    if (reply.status != 200 || !reply.raw.empty() || reply.more) return reply;
    const std::string agent = call.header("User-Agent");
    for (const std::string_view person : {"curl", "Wget", "Mozilla/5.0"}) {
      if (agent.starts_with(person)) reply.body = pretty(reply.body);
    }
    if (reply.body.size() > 128u << 10 &&
        call.header("Accept-Encoding").find("gzip") != std::string::npos) {
      reply.body = delivery::gzip(reply.body);
      reply.headers.emplace_back("Content-Encoding", "gzip");
    }
    return reply;
  }

  HttpServer::Reply find_answer(const HttpServer::Call& call) {
    const bool review = call.method == "POST" && call.target == cluster::review_path;
    if (call.method != "GET" && !review) {
      return status_reply(405, "MethodNotAllowed",
                          "the server does not allow this method on the requested resource");
    }
    const std::string target = unescaped(call.target);
    requests_.push_back(target);
    for (auto script = script_.begin(); script != script_.end(); ++script) {
      if (target.find(script->part) == target.npos) continue;
      HttpServer::Reply reply = script->reply;
      if (script->once) script_.erase(script);
      return reply;
    }
    if (review) return reviewed(call.body);
    const std::size_t question = std::min(target.find('?'), target.size());
    const std::string path = target.substr(0, question);
    if (const auto found = documents_.find(path); found != documents_.end()) {
      HttpServer::Reply reply;
      reply.headers = {{"Content-Type", "application/json"}};
      reply.body = found->second;
      return reply;
    }
    if (path == "/api" || path == "/apis") {
      return unless_known(discovery(path == "/api"), call.header("If-None-Match"));
    }
    const std::vector<std::string> steps = split(path, '/');
    if (steps.size() == 2 && steps[0] == "api") return resources(steps[1]);
    if (steps.size() == 3 && steps[0] == "apis") return resources(steps[1] + "/" + steps[2]);
    std::map<std::string, std::string> query;
    for (const std::string& part :
         split(std::string_view(call.target)
                   .substr(std::min(call.target.find('?') + 1, call.target.size())),
               '&')) {
      const std::size_t equals = part.find('=');
      query[part.substr(0, equals)] = unescaped(std::string_view(part).substr(equals + 1));
    }
    return list(split(path, '/'), query, call.header("accept"));
  }

  HttpServer::Reply reviewed(const std::string& body) const {
    bj::value review = bj::parse(body);
    std::string permission;
    if (const auto* url = review.at("spec").as_object().if_contains("nonResourceAttributes")) {
      permission = text_at(*url, {"verb"}) + " " + text_at(*url, {"path"});
    } else {
      const bj::value& what = review.at("spec").at("resourceAttributes");
      const auto with = [&](const char* key, const char* before) {
        const std::string text = text_at(what, {key});
        return text.empty() ? text : before + text;
      };
      permission = text_at(what, {"verb"}) + with("resource", " ") + with("group", ".") +
                   with("name", " named ") + with("namespace", " in namespace ");
    }
    const auto denied = forbidden_.find(permission);
    const bool allowed = denied == forbidden_.end();
    bj::object status = {{"allowed", allowed}};
    if (!allowed && !denied->second.empty()) status["reason"] = denied->second;
    review.as_object()["status"] = std::move(status);
    HttpServer::Reply reply = json_reply(review);
    reply.status = 201;
    return reply;
  }

  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  struct Script {
    std::string part;
    HttpServer::Reply reply;
    bool once;
  };
  std::list<Script> script_;
  std::map<std::string, std::string> documents_;
  std::map<std::string, std::string> forbidden_;  // permission to reason

 private:
  HttpServer::Reply discovery(bool core) const {
    if (!behaviour_.aggregated) return plain_discovery(core);
    // group -> version -> resources
    std::map<std::string, std::map<std::string, bj::array>> groups;
    for (const auto& [key, kind] : kinds_) {
      const std::size_t slash = key.rfind('/');
      const auto at = cluster::split_api_version(key.substr(0, slash));
      if (at.group.empty() != core) continue;
      groups[at.group][at.version].push_back(
          {{"resource", key.substr(slash + 1)},
           {"responseKind", {{"group", ""}, {"version", ""}, {"kind", kind}}},
           {"scope", "Namespaced"},
           {"subresources", {{{"subresource", "status"}}}}});
    }
    if (!core && !behaviour_.stale_group.empty()) groups[behaviour_.stale_group]["v1"] = {};
    bj::array items;
    for (const auto& [group, versions] : groups) {
      bj::array list;
      for (const auto& [version, resources] : versions) {
        const bool stale = group == behaviour_.stale_group;
        list.push_back({{"version", version},
                        {"resources", resources},
                        {"freshness", stale ? "Stale" : "Current"}});
      }
      items.push_back({{"metadata", {{"name", group}}}, {"versions", list}});
    }
    return json_reply({{"kind", "APIGroupDiscoveryList"},
                       {"apiVersion", "apidiscovery.k8s.io/v2"},
                       {"metadata", bj::object()},
                       {"items", items}},
                      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  }

  // What a server before 1.26 says.
  HttpServer::Reply plain_discovery(bool core) const {
    if (core) return json_reply({{"kind", "APIVersions"}, {"versions", {"v1"}}});
    std::map<std::string, std::set<std::string>> versions;  // by group
    for (const auto& [key, kind] : kinds_) {
      const auto at = cluster::split_api_version(key.substr(0, key.rfind('/')));
      if (!at.group.empty()) versions[at.group].insert(at.version);
    }
    if (!behaviour_.stale_group.empty()) versions[behaviour_.stale_group].insert("v1");
    bj::array groups;
    for (const auto& [group, names] : versions) {
      bj::array list;
      for (const std::string& name : names) {
        list.push_back({{"groupVersion", group + "/" + name}, {"version", name}});
      }
      groups.push_back({{"name", group}, {"versions", list}, {"preferredVersion", list.front()}});
    }
    return json_reply({{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", groups}});
  }

  HttpServer::Reply resources(const std::string& api_version) const {
    if (cluster::split_api_version(api_version).group == behaviour_.stale_group &&
        !behaviour_.stale_group.empty()) {
      return status_reply(503, "ServiceUnavailable", "the server is currently unable to handle it");
    }
    bj::array resources;
    for (const auto& [key, kind] : kinds_) {
      if (key.substr(0, key.rfind('/')) != api_version) continue;
      resources.push_back({{"name", key.substr(key.rfind('/') + 1)}, {"kind", kind}});
      resources.push_back({{"name", key.substr(key.rfind('/') + 1) + "/status"}, {"kind", kind}});
    }
    if (resources.empty()) return not_found_text();
    return json_reply({{"kind", "APIResourceList"},
                       {"apiVersion", "v1"},
                       {"groupVersion", api_version},
                       {"resources", resources}});
  }

  // Versions that every server has, and those of which a kind is served.
  bool serves(const std::string& api_version) const {
    const auto at = cluster::split_api_version(api_version);
    if (at.version == "v1" && cluster::built_in_group(at.group)) return true;
    return std::any_of(kinds_.begin(), kinds_.end(), [&](const auto& kind) {
      return kind.first.substr(0, kind.first.rfind('/')) == api_version;
    });
  }

  HttpServer::Reply list(std::vector<std::string> path, std::map<std::string, std::string>& query,
                         const std::string& accept) const {
    const bool core = !path.empty() && path[0] == "api";
    const std::size_t head = core ? 2 : 3;
    if (path.size() < head + 1) return not_found_text();
    const std::string api_version = core ? path[1] : path[1] + "/" + path[2];
    std::string ns;
    if (path.size() > head + 2 && path[head] == "namespaces") {
      ns = path[head + 1];
      path.erase(path.begin() + static_cast<std::ptrdiff_t>(head),
                 path.begin() + static_cast<std::ptrdiff_t>(head) + 2);
    }
    const std::string key = api_version + "/" + path[head];
    const auto kind = kinds_.find(key);
    if (kind == kinds_.end()) {
      if (!serves(api_version)) return not_found_text();
      return status_reply(404, "NotFound", "the server could not find the requested resource");
    }

    const std::string& version = query["resourceVersion"];
    const std::string& match = query["resourceVersionMatch"];
    if (!match.empty() && version.empty()) {
      return status_reply(422, "Invalid",
                          "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden "
                          "unless resourceVersion is provided");
    }
    if (!query["continue"].empty() && !version.empty()) {
      return status_reply(400, "BadRequest",
                          "specifying resource version is not allowed when using continue");
    }
    if (!query["continue"].empty() && !query["continue"].starts_with("at:")) {
      return status_reply(400, "BadRequest", "continue key is not valid");
    }
    if (version == "0") query.erase("limit");

    std::vector<bj::value> found = select(key, ns, query["labelSelector"], query["fieldSelector"]);
    // With a limit and no match this version means exactly it, when nothing was there yet.
    if (version == "1" && match.empty() && !query["limit"].empty()) found.clear();
    const bool selective = !query["labelSelector"].empty() || !query["fieldSelector"].empty();
    std::size_t begin = 0;
    if (!query["continue"].empty())
      begin = std::stoul(query["continue"].substr(std::string("at:").size()));
    const std::size_t limit = query["limit"].empty() ? found.size() : std::stoul(query["limit"]);
    const std::size_t end = std::min(found.size(), begin + limit);

    bj::object metadata = {{"resourceVersion", "17"}};
    if (end < found.size()) {
      metadata["continue"] = fmt::format("at:{}", end);
      if (behaviour_.remaining && !selective) metadata["remainingItemCount"] = found.size() - end;
    }
    bj::array items;
    for (std::size_t i = begin; i < end; ++i) items.push_back(found[i]);
    for (const std::string& form : split(accept, ',')) {
      const bool protobuf = form.starts_with(protobuf_type);
      if (behaviour_.tables && form.find("as=Table") != form.npos && !protobuf) {
        return table_of(items, metadata);
      }
      if (form.find("as=PartialObjectMetadataList") != form.npos) {
        for (bj::value& item : items) {
          item = {{"kind", "PartialObjectMetadata"},
                  {"apiVersion", "meta.k8s.io/v1"},
                  {"metadata", item.at("metadata")}};
        }
        return list_of("meta.k8s.io/v1", "PartialObjectMetadataList", items, metadata,
                       protobuf ? &protobuf::partial_object_metadata() : nullptr);
      }
      if (form.find("as=") != form.npos) continue;
      // Custom resources have no protobuf.
      const auto at = cluster::split_api_version(api_version);
      const protobuf::Message* message = protobuf::message_of(at.group, at.version, path[head]);
      if (protobuf && (message == nullptr || !behaviour_.protobuf)) continue;
      return list_of(api_version, kind->second + "List", items, metadata,
                     protobuf ? message : nullptr);
    }
    return status_reply(406, "NotAcceptable", "only the following media types are accepted: ...");
  }

  static HttpServer::Reply table_of(const bj::array& items, const bj::object& metadata) {
    bj::array rows;
    for (const bj::value& item : items) {
      rows.push_back({{"cells", {text_at(item, {"metadata", "name"}), "1d"}}, {"object", nullptr}});
    }
    return json_reply({{"kind", "Table"},
                       {"apiVersion", "meta.k8s.io/v1"},
                       {"metadata", metadata},
                       {"columnDefinitions", {{{"name", "Name"}}}},
                       {"rows", rows}});
  }

  // As protobuf if a message is given.
  static HttpServer::Reply list_of(const std::string& api_version, const std::string& kind,
                                   bj::array items, const bj::object& metadata,
                                   const protobuf::Message* message) {
    if (message == nullptr) {
      for (bj::value& item : items) {  // as in real lists, items do not say what they are
        if (kind == "PartialObjectMetadataList") break;
        item.as_object().erase("kind");
        item.as_object().erase("apiVersion");
      }
      return json_reply(
          {{"kind", kind}, {"apiVersion", api_version}, {"metadata", metadata}, {"items", items}});
    }
    std::string around = pb_bytes(2, text_at(metadata, {"resourceVersion"})) +
                         pb_bytes(3, text_at(metadata, {"continue"}));
    if (const bj::value* left = metadata.if_contains("remainingItemCount")) {
      around += pb_number(4, left->to_number<std::uint64_t>());
    }
    std::string raw = pb_bytes(1, around);
    for (const bj::value& item : items) raw += pb_bytes(2, pb_object(*message, item.as_object()));
    HttpServer::Reply reply;
    reply.headers = {{"Content-Type", std::string(protobuf_type)}};
    reply.body = pb_answer(api_version, kind, raw);
    return reply;
  }

  // Empty is a value, too.
  static std::optional<std::string> label_of(const bj::value& object, const std::string& key) {
    boost::system::error_code none;
    const bj::value* labels = object.find_pointer("/metadata/labels", none);
    const bj::value* value = labels ? labels->as_object().if_contains(key) : nullptr;
    if (!value) return std::nullopt;
    return std::string(value->as_string());
  }

  std::vector<bj::value> select(const std::string& key, const std::string& ns,
                                const std::string& labels, const std::string& fields) const {
    std::vector<bj::value> found;
    const auto objects = objects_.find(key);
    if (objects == objects_.end()) return found;
    const auto by_label = cluster::parse_label_selector(labels).value();
    const auto by_field = cluster::parse_field_selector(fields).value();
    for (const bj::value& object : objects->second) {
      bool wanted = ns.empty() || text_at(object, {"metadata", "namespace"}) == ns;
      for (const auto& r : by_label) {
        const std::optional<std::string> value = label_of(object, r.key);
        wanted =
            wanted && r.matches(value ? std::optional<std::string_view>(*value) : std::nullopt);
      }
      for (const auto& r : by_field)
        wanted = wanted && r.matches(text_at(object, split(r.key, '.')));
      if (wanted) found.push_back(object);
    }
    return found;
  }

  const FakeApiBehaviour behaviour_;
  std::map<std::string, std::vector<bj::value>> objects_;  // by "apps/v1/deployments"
  std::map<std::string, std::string> kinds_;               // likewise
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
};

FakeApiServer::FakeApiServer(FakeApiBehaviour behaviour)
    : cluster_(std::make_unique<Cluster>(std::move(behaviour))),
      server_(
          std::make_unique<HttpServer>([cluster = cluster_.get()](const HttpServer::Call& call) {
            return cluster->answer(call);
          })) {}

FakeApiServer::FakeApiServer(FakeApiBehaviour behaviour, HttpServer::Tls tls)
    : cluster_(std::make_unique<Cluster>(std::move(behaviour))),
      server_(std::make_unique<HttpServer>(
          [cluster = cluster_.get()](const HttpServer::Call& call) {
            return cluster->answer(call);
          },
          std::move(tls))) {}

FakeApiServer::~FakeApiServer() { server_.reset(); }

std::string FakeApiServer::url() const { return server_->url(); }

void FakeApiServer::add(std::string_view json) {
  cluster_->add(bj::parse(bj::string_view(json.data(), json.size())));
}

void FakeApiServer::serve(std::string_view api_version, std::string_view resource,
                          std::string_view kind) {
  cluster_->serve(api_version, resource, kind);
}

void FakeApiServer::document(std::string_view path, std::string body) {
  cluster_->documents_[std::string(path)] = std::move(body);
}

void FakeApiServer::forbid(std::string permission, std::string reason) {
  cluster_->forbidden_[std::move(permission)] = std::move(reason);
}

void FakeApiServer::always(std::string part, HttpServer::Reply reply) {
  cluster_->script_.push_back({std::move(part), std::move(reply), false});
}

void FakeApiServer::next(std::string part, HttpServer::Reply reply) {
  cluster_->script_.push_back({std::move(part), std::move(reply), true});
}

std::vector<std::string> FakeApiServer::requests() const { return cluster_->requests(); }
std::vector<HttpServer::Call> FakeApiServer::calls() const { return server_->calls(); }
unsigned FakeApiServer::connections() const { return server_->connections(); }

}  // namespace ktel::test
