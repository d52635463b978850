// What ELF files say of themselves, broken ones included.
#include "plugin/elf.hpp"

#include <doctest/doctest.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/descriptor.hpp"
#include "base/file.hpp"

using namespace ktel;

namespace {

std::string bytes_of_good() { return read_file(std::string(BAD_PLUGINS) + "/good.so").value(); }

// A file without a name that holds `bytes`.
Descriptor file_of(const std::string& bytes) {
  Descriptor fd(::memfd_create("elf", MFD_CLOEXEC));
  REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return fd;
}

template <class Change>
Result<plugin::ElfFacts> facts_of_changed(Change&& change) {
  std::string bytes = bytes_of_good();
  Elf64_Ehdr head;
  std::memcpy(&head, bytes.data(), sizeof head);
  change(head);
  std::memcpy(bytes.data(), &head, sizeof head);
  return plugin::read_elf(file_of(bytes).get());
}

}  // namespace

TEST_SUITE("core/plugin/elf") {
  TEST_CASE("entry and needed libraries are found") {
    const auto facts = plugin::read_elf(file_of(bytes_of_good()).get());

    REQUIRE(facts.has_value());
    CHECK(facts.value().entries == std::vector<unsigned>{1});
    CHECK(std::find(facts.value().needed.begin(), facts.value().needed.end(), "libc.so.6") !=
          facts.value().needed.end());
    CHECK(plugin::check_entry(facts.value()).has_value());
  }

  TEST_CASE("a file for another machine, a program, and a stripped one are told apart") {
    CHECK(facts_of_changed([](Elf64_Ehdr& head) {
            head.e_machine = head.e_machine == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
          })
              .error()
              .message.starts_with("was built for "));
    CHECK(facts_of_changed([](Elf64_Ehdr& head) { head.e_type = ET_EXEC; }).error().message ==
          "is not a ktel plugin: it is no shared library");
    CHECK(facts_of_changed([](Elf64_Ehdr& head) { head.e_shnum = 0; }).error().message ==
          "has no section headers, so that its symbols cannot be read without running it: do not "
          "strip them");
    CHECK(facts_of_changed([](Elf64_Ehdr& head) { head.e_shoff = ~0ull - 7; }).error().message ==
          "is not a ktel plugin: its ELF tables are damaged");
  }

  TEST_CASE("a file cut off anywhere is refused or read, never over its end") {
    const std::string whole = bytes_of_good();
    for (std::size_t size = 0; size < whole.size(); size += 97) {
      const auto facts = plugin::read_elf(file_of(whole.substr(0, size)).get());
      if (!facts) CHECK_FALSE(facts.error().message.empty());
    }
  }

  TEST_CASE("another major is named with what to get") {
    CHECK(plugin::check_entry({{2, 3}, {}}).error().message ==
          "speaks ABI 3; this ktel speaks 1: get a build for 1, or a newer ktel");
    CHECK(plugin::check_entry({{0}, {}}).error().message ==
          "speaks ABI 0; this ktel speaks 1: get a build for 1, or an older ktel");
    CHECK(plugin::check_entry({{1, 2}, {}}).has_value());
  }
}
