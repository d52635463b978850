// YAML mappings read the way Go reads them: through JSON, into typed fields.
//
// client-go turns a kubeconfig into JSON first, so a plain 123, yes or 1.5 is no string. The first
// mismatch is remembered in the words of Go's JSON decoder; all fields read after it are empty.
// No secret is in these words. One parse, one thread.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ktel::cluster {

class YamlReader {
 public:
  // The error of all mappings read from one file.
  using Problem = std::optional<std::string>;

  // `type` is Go's name of the mapping, `path` where it stands: "AuthInfo", "users.user".
  YamlReader(YAML::Node mapping, std::string type, std::string path, Problem& problem);

  bool present() const { return node_.IsDefined() && !node_.IsNull(); }

  std::string text(const char* key) const;
  std::string base64(const char* key) const;  // decoded
  bool flag(const char* key) const;
  // Anything, as compact JSON with sorted keys; empty: not there, or null.
  std::string json(const char* key) const;
  std::vector<std::string> texts(const char* key) const;

  YamlReader mapping(const char* key, const char* type) const;
  void each_item(const char* key, const char* type,
                 const std::function<void(const YamlReader&)>& fn) const;
  // Each key of this mapping whose values are lists of text.
  void each_list(const std::function<void(std::string key, std::vector<std::string>)>& fn) const;

 private:
  YAML::Node find(const char* key) const;
  std::string scalar(const YAML::Node& node, const std::string& path) const;
  std::vector<std::string> list(const YAML::Node& node, const std::string& path) const;
  void mismatch(const YAML::Node& node, const std::string& path, const char* wanted) const;
  std::string path_of(const char* key) const;

  YAML::Node node_;
  std::string type_;
  std::string path_;
  Problem* problem_;
};

}  // namespace ktel::cluster
