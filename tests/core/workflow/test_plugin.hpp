// Plugins linked into a test: jobs given as functions, their declarations filled in.
#pragma once

#include <ktel/abi/plugin.h>

#include <deque>
#include <string>
#include <vector>

#include "plugin/catalog.hpp"

namespace ktel::test {

// Owns the descriptor it builds; must outlive the catalog it is added to.
class TestPlugin {
 public:
  explicit TestPlugin(std::string id) : id_(std::move(id)) {}
  TestPlugin(const TestPlugin&) = delete;

  // A job with one COUNT field `n`; the caller may change the declaration before add_to().
  ktel_job& job(const char* name, ktel_executor run) {
    static const ktel_field fields[] = {{.name = "items_count",
                                         .type = KTEL_T_COUNT,
                                         .sensitivity = KTEL_S_SCALE,
                                         .granularity = KTEL_G_EXACT,
                                         .unit = "{item}",
                                         .description = "How many items there are, for the test.",
                                         .example = "3",
                                         .absent_when = "The job does not put it."}};
    jobs_.push_back(ktel_job{.name = name,
                             .title = "A job of a test",
                             .summary = "Does what the test wants.",
                             .question = "Does the engine work?",
                             .benefit = "It does.",
                             .owner = "tests",
                             .contact = "tests@example.org",
                             .since = "1.0.0",
                             .expires = "2099-01-01",
                             .fields = fields,
                             .field_count = 1,
                             .field_stride = sizeof(ktel_field),
                             .run = run});
    return jobs_.back();
  }

  // What the plugin does before its first job; nothing unless given.
  ktel_status (*start)(ktel_call*, void** self) noexcept = nullptr;

  void add_to(plugin::Catalog& catalog);

 private:
  std::string id_;
  std::deque<ktel_job> jobs_;
  std::vector<ktel_job> table_;
  ktel_plugin plugin_{};
};

}  // namespace ktel::test
