// TestPlugin: see the header.
#include "test_plugin.hpp"

#include <doctest/doctest.h>

namespace ktel::test {

void TestPlugin::add_to(plugin::Catalog& catalog) {
  table_.assign(jobs_.begin(), jobs_.end());
  plugin_ = {.struct_size = sizeof(ktel_plugin),
             .magic = KTEL_MAGIC,
             .abi_major = KTEL_ABI_MAJOR,
             .abi_minor = KTEL_ABI_MINOR,
             .abi_min_minor = KTEL_ABI_MINOR,
             .id = id_.c_str(),
             .version = "1.0.0",
             .summary = "A plugin of a test.",
             .jobs = table_.data(),
             .job_count = static_cast<std::uint32_t>(table_.size()),
             .job_stride = sizeof(ktel_job),
             .start = start};
  const Result<void> added = catalog.add(&plugin_);
  if (!added) FAIL(added.error().message);
}

}  // namespace ktel::test
