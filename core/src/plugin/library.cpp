// Boost.DLL, with the settings that matter.
#define BOOST_DLL_USE_STD_FS
#include "plugin/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <boost/dll/shared_library.hpp>

#include <exception>
#include <string_view>

#include "plugin/elf.hpp"
#include "plugin/ownership.hpp"

namespace ktel::plugin {
namespace {

// Boost wraps dlerror's text; an operator needs that text alone.
std::string loader_words(std::string_view what) {
  constexpr std::string_view before = "dlerror system message: ";
  if (const auto at = what.find(before); at != what.npos) {
    what.remove_prefix(at + before.size());
    what = what.substr(0, what.rfind(')'));
  }
  return std::string(what);
}

// "; it needs libx.so.1, libc.so.6", or nothing where that cannot be read.
std::string needed_by(const std::filesystem::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const Result<ElfFacts> facts = read_elf(fd.get());
  if (!facts || facts.value().needed.empty()) return {};
  return fmt::format("; it needs {}", fmt::join(facts.value().needed, ", "));
}

// The table a plugin is given, and behind it what its refuse() writes to.
struct HostInfo : ktel_host_info {
  std::string why{};
};

void note_refusal(const ktel_host_info* host, const char* why) noexcept {
  constexpr std::size_t longest = 1024;
  if (host == nullptr || why == nullptr) return;
  auto* info = const_cast<HostInfo*>(static_cast<const HostInfo*>(host));
  try {
    info->why.assign(why, ::strnlen(why, longest));
  } catch (const std::exception&) {
    // Without memory for the reason it remains without one.
  }
}

}  // namespace

Result<Library> open_library(const std::filesystem::path& file) {
  namespace dll = boost::dll;
  // NOW: a missing symbol is found here, not in the middle of a run. NODELETE: the destructor's
  // dlclose leaves it mapped. The overload that throws is the only one that knows dlerror's text.
  const auto mode = dll::load_mode::rtld_now | dll::load_mode::rtld_local |
                    static_cast<dll::load_mode::type>(RTLD_NODELETE);
  try {
    const dll::shared_library library(file, mode);
    return Library{&library.get<Entry>("ktel_plugin_v1")};
  } catch (const std::exception& error) {
    return Error{Errc::bad_input, fmt::format("cannot be loaded: {}{}", loader_words(error.what()),
                                              needed_by(file))};
  }
}

Result<const ktel_plugin*> call_entry(const Library& library, const std::string& host_version) {
  HostInfo info;
  info.struct_size = sizeof(ktel_host_info);
  info.abi_major = KTEL_ABI_MAJOR;
  info.abi_minor = KTEL_ABI_MINOR;
  info.name = "ktel";
  info.version = host_version.c_str();
  info.refuse = &note_refusal;
  const ktel_plugin* descriptor = library.entry(&info);
  if (descriptor != nullptr) return descriptor;
  return Error{Errc::bad_input, info.why.empty()
                                    ? "declined to load here and gave no reason"
                                    : fmt::format("declined to load here: {}", info.why)};
}

}  // namespace ktel::plugin
