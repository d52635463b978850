// The dynamic symbol table and the NEEDED entries, found through the section headers.
#include "plugin/elf.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <ktel/abi/plugin.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ktel::plugin {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t this_machine = EM_AARCH64;
#else
#error "the plugin ABI is for x86-64 and aarch64"
#endif

constexpr std::uint64_t largest_part = 64u << 20;
constexpr std::string_view entry_prefix = "ktel_plugin_v";

Error refuse(std::string why) { return {Errc::bad_input, std::move(why)}; }
Error malformed() { return refuse("is not a ktel plugin: its ELF tables are damaged"); }

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    default:
      return fmt::format("machine {}", machine);
  }
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {
    struct stat status {};
    if (::fstat(fd, &status) == 0 && status.st_size > 0) {
      size_ = static_cast<std::uint64_t>(status.st_size);
    }
  }

  // `size` bytes from `offset`; fewer never: false if they are not there.
  bool read(std::uint64_t offset, std::uint64_t size, std::string& into) const {
    if (size > largest_part || offset > size_ || size > size_ - offset) return false;
    into.resize(size);
    for (std::uint64_t done = 0; done < size;) {
      const ssize_t got =
          ::pread(fd_, into.data() + done, size - done, static_cast<off_t>(offset + done));
      if (got <= 0) return false;
      done += static_cast<std::uint64_t>(got);
    }
    return true;
  }

  template <class T>
  bool read(std::uint64_t offset, std::uint64_t count, std::vector<T>& into) const {
    std::string bytes;
    if (count > largest_part / sizeof(T) || !read(offset, count * sizeof(T), bytes)) return false;
    into.resize(count);
    if (count > 0) std::memcpy(static_cast<void*>(into.data()), bytes.data(), bytes.size());
    return true;
  }

 private:
  int fd_;
  std::uint64_t size_ = 0;
};

std::string_view name_at(const std::string& names, std::uint64_t offset) {
  if (offset >= names.size()) return {};
  return {names.data() + offset, ::strnlen(names.data() + offset, names.size() - offset)};
}

void note_entry(std::string_view symbol, ElfFacts& facts) {
  if (!symbol.starts_with(entry_prefix)) return;
  symbol.remove_prefix(entry_prefix.size());
  unsigned major = 0;
  const auto parsed = std::from_chars(symbol.data(), symbol.data() + symbol.size(), major);
  if (parsed.ec == std::errc{} && parsed.ptr == symbol.data() + symbol.size()) {
    facts.entries.push_back(major);
  }
}

}  // namespace

Result<ElfFacts> read_elf(int fd) {
  const File file(fd);
  std::vector<Elf64_Ehdr> head;
  if (!file.read(0, 1, head) || std::memcmp(head[0].e_ident, ELFMAG, SELFMAG) != 0) {
    return refuse("is not a ktel plugin: it is no ELF file");
  }
  const Elf64_Ehdr& elf = head[0];
  if (elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_ident[EI_DATA] != ELFDATA2LSB ||
      elf.e_machine != this_machine) {
    return refuse(fmt::format("was built for {}, this is {}: get a build for this machine",
                              machine_name(elf.e_machine), machine_name(this_machine)));
  }
  if (elf.e_type != ET_DYN) return refuse("is not a ktel plugin: it is no shared library");
  if (elf.e_shnum == 0) {
    return refuse(
        "has no section headers, so that its symbols cannot be read without running it: "
        "do not strip them");
  }
  std::vector<Elf64_Shdr> sections;
  if (elf.e_shentsize != sizeof(Elf64_Shdr) || !file.read(elf.e_shoff, elf.e_shnum, sections)) {
    return malformed();
  }

  ElfFacts facts;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNSYM && section.sh_type != SHT_DYNAMIC) continue;
    std::string names;
    if (section.sh_link >= sections.size() ||
        !file.read(sections[section.sh_link].sh_offset, sections[section.sh_link].sh_size, names)) {
      return malformed();
    }
    if (section.sh_type == SHT_DYNSYM) {
      std::vector<Elf64_Sym> symbols;
      if (!file.read(section.sh_offset, section.sh_size / sizeof(Elf64_Sym), symbols)) {
        return malformed();
      }
      for (const Elf64_Sym& symbol : symbols) {
        if (symbol.st_shndx != SHN_UNDEF) note_entry(name_at(names, symbol.st_name), facts);
      }
    } else {
      std::vector<Elf64_Dyn> entries;
      if (!file.read(section.sh_offset, section.sh_size / sizeof(Elf64_Dyn), entries)) {
        return malformed();
      }
      for (const Elf64_Dyn& entry : entries) {
        if (entry.d_tag == DT_NULL) break;
        if (entry.d_tag == DT_NEEDED) facts.needed.emplace_back(name_at(names, entry.d_un.d_val));
      }
    }
  }
  std::sort(facts.entries.begin(), facts.entries.end());
  return facts;
}

Result<void> check_entry(const ElfFacts& facts) {
  if (facts.entries.empty()) {
    return refuse(
        fmt::format("is not a ktel plugin: it does not export {}{}", entry_prefix, KTEL_ABI_MAJOR));
  }
  const auto& entries = facts.entries;
  if (std::find(entries.begin(), entries.end(), KTEL_ABI_MAJOR) != entries.end()) return {};
  return refuse(fmt::format(
      "speaks ABI {0}; this ktel speaks {1}: get a build for {1}, or {2} ktel", entries.back(),
      KTEL_ABI_MAJOR, entries.back() > KTEL_ABI_MAJOR ? "a newer" : "an older"));
}

}  // namespace ktel::plugin
