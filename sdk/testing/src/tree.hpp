// `Tree`: an object of a test, made of its leaves, and what a declared path finds in it.
//
// The grammar is that of ktel/abi/job.h, with [0], [1], ... for the elements of an object's own
// paths.
#pragma once

#include <ktel/abi/types.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ktel/sdk/testing/fake_host.hpp>

namespace ktel::sdk::testing {

struct Step {
  enum class Kind { member, prefix, each, element } kind;
  std::string name;
  std::size_t index = 0;
};

std::vector<Step> parse_path(std::string_view path);
std::vector<std::string> split_paths(std::string_view paths);

// Owns what the cells of rows point to; its addresses stay.
struct Pool {
  std::deque<std::string> texts;
  std::deque<std::vector<ktel_value>> lists;

  ktel_str text(std::string_view text);
  ktel_value scalar(const Scalar& value);
  ktel_value list(std::vector<ktel_value> items);
};

class Tree {
 public:
  explicit Tree(const Object& object);
  // ABSENT where the path leads nowhere.
  ktel_value find(const std::vector<Step>& path, Pool& pool) const { return find(path, 0, pool); }

 private:
  Tree() = default;
  ktel_value find(const std::vector<Step>& path, std::size_t at, Pool& pool) const;

  std::map<std::string, Tree> members_;
  std::map<std::size_t, Tree> elements_;
  std::optional<Scalar> leaf_;
};

}  // namespace ktel::sdk::testing
