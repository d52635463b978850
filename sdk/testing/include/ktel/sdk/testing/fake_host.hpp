// `FakeHost`: runs a job over objects given in a test, with no ktel and no cluster.
//
//   FakeHost host(jobs[0]);
//   host.object("nodes", {{"spec.providerID", "gce://a/b/c"},
//                         {"status.nodeInfo.architecture", "arm64"}});
//   const Outcome outcome = host.run();
//   CHECK(outcome.fields.at("provider") == "GKE");
//
// An object is its leaves, each under its own path: `spec.containers[0].image`,
// `metadata.labels['helm.sh/chart']`. As in a real run the job gets of it what its declared paths
// ask for, [*] and ['prefix*'] included, and nothing else. A LIST without an object has ended with
// no rows, a GET or RAW without one is ABSENT; of a METRICS read an object is a sample {name,
// labels.x, value}, which is there if the read declares its name; a read is SKIPPED where its
// `when` does not hold, no unmasked field is made `from` it, or a ${param} in it is not set.
//
// What is put is checked as ktel does it for index, type, closed set, bounds and second puts; ktel
// also checks patterns, forms of versions and times, and shapes that must not leave. One thread.
#pragma once

#include <ktel/abi/plugin.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ktel::sdk::testing {

using Scalar = std::variant<std::string, std::int64_t, double, bool>;

// Leaves by their paths. An empty path, or one the grammar does not know, throws.
class Object {
 public:
  using Leaf = std::pair<std::string, Scalar>;

  Object() = default;
  Object(std::initializer_list<Leaf> leaves) : leaves_(leaves) {}
  Object& set(std::string path, Scalar value) {
    leaves_.emplace_back(std::move(path), std::move(value));
    return *this;
  }
  // metadata.labels['key'], metadata.annotations['key']
  Object& label(const std::string& key, std::string value = "true") {
    return set("metadata.labels['" + key + "']", std::move(value));
  }
  Object& annotation(const std::string& key, std::string value = "true") {
    return set("metadata.annotations['" + key + "']", std::move(value));
  }
  const std::vector<Leaf>& leaves() const noexcept { return leaves_; }

 private:
  std::vector<Leaf> leaves_;
};

struct Outcome {
  ktel_status status = KTEL_OK;
  std::string reason;  // of anything but success, in the job's words
  // What would be reported, by name as text: "GKE", "42", "true", "[a,b]"; an entry of a map under
  // "name.key". Empty if the run failed.
  std::map<std::string, std::string> fields;
  std::vector<std::string> findings;  // what the host refused: "provider: put twice"
  std::vector<std::string> log;

  // The value of a field; "" if it was not put.
  std::string operator[](const std::string& field) const {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string() : found->second;
  }
};

class FakeHost {
 public:
  // The job must outlive the host. Names that it does not declare throw std::invalid_argument, here
  // and below.
  explicit FakeHost(const ktel_job& job);
  ~FakeHost();
  FakeHost(FakeHost&&) noexcept;

  // One more object of a read; `version` is the served one it came from, by default the first that
  // the read declares.
  FakeHost& object(std::string_view read, const Object& object, std::string_view version = {});
  // What a COUNT found; of another read it overrides the number of its objects.
  FakeHost& count(std::string_view read, std::uint64_t n);
  // How a read ended: KTEL_E_DENIED, KTEL_E_FAILED, ...
  FakeHost& ended(std::string_view read, ktel_status state);

  // A number, a bool, or text as an operator would type it. std::invalid_argument: it does not fit
  // the declared type. Without it a parameter has its declared default.
  FakeHost& param(std::string_view name, Scalar value);
  // The result of a needed job; without it the job is not in this run.
  FakeHost& need(std::string_view job, const Object& result);
  // How a needed job ended: KTEL_E_FAILED.
  FakeHost& need_ended(std::string_view job, ktel_status state);
  FakeHost& mask(std::string_view field);  // policy withholds it
  FakeHost& now_us(std::int64_t now);
  FakeHost& cancel();

  // May be called again: each run starts from nothing.
  Outcome run(void* self = nullptr);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::sdk::testing
