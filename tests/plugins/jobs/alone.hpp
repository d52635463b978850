// `check_each_field_alone`: does each field name in `from` all the reads that it is made of?
//
// A read that no unmasked field names is not made. So each field is asked for alone, with only the
// reads that the host would then make, and must come out as it does beside all others.
#pragma once

#include <doctest/doctest.h>
#include <ktel/abi/job.h>
#include <ktel/sdk/testing/fake_host.hpp>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace ktel::test {

// The reads made for this field: those in `from`, and those their `when` waits for.
inline std::set<std::string> reads_for(const ktel_job& job, const ktel_field& field) {
  std::set<std::string> made;
  std::istringstream words(field.from);
  for (std::string word; words >> word;) made.insert(word);
  for (std::uint32_t i = job.read_count; i-- > 0;) {
    const ktel_read& read = job.reads[i];
    if (!made.contains(read.id) || read.when == nullptr) continue;
    made.insert(read.when[0] == '!' ? read.when + 1 : read.when);
  }
  return made;
}

// make_host() gives a new FakeHost over the same cluster each time.
template <class MakeHost>
void check_each_field_alone(const ktel_job& job, MakeHost make_host) {
  const std::map<std::string, std::string> together = make_host().run().fields;
  for (std::uint32_t f = 0; f < job.field_count; ++f) {
    const std::string name = job.fields[f].name;
    const std::set<std::string> made = reads_for(job, job.fields[f]);
    sdk::testing::FakeHost host = make_host();
    for (std::uint32_t k = 0; k < job.field_count; ++k) {
      if (k != f) host.mask(job.fields[k].name);
    }
    for (std::uint32_t r = 0; r < job.read_count; ++r) {
      if (!made.contains(job.reads[r].id)) host.ended(job.reads[r].id, KTEL_E_SKIPPED);
    }

    std::map<std::string, std::string> wanted;
    for (const auto& [key, value] : together) {
      if (key == name || key.starts_with(name + ".")) wanted.emplace(key, value);
    }
    CAPTURE(name);
    CHECK(host.run().fields == wanted);
  }
}

}  // namespace ktel::test
