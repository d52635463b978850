// Directories the user may not read or write. Where the tests run as root, who may everything, ktel
// runs as nobody, which needs.sh has seen to be possible.
#include <doctest/doctest.h>
#include <unistd.h>

#include "end_to_end/user.hpp"

using namespace ktel;
namespace fs = std::filesystem;

namespace {

// A User whom permissions bind. As nobody they may have no way to where ktel was built, the home of
// somebody else: it is copied to where they have.
class Bound {
 public:
  Bound() : root_(::geteuid() == 0) {
    if (!root_) return;
    const fs::path built = program_.parent_path().parent_path();
    for (const char* part : {"bin/ktel", "libexec/ktel", "lib/ktel/plugins"}) {
      const fs::path to = copy_ / part;
      fs::create_directories(to.parent_path());
      fs::copy(built / part, to, fs::copy_options::recursive);
    }
    for (const auto& entry : fs::directory_iterator(built / "lib")) {
      if (entry.is_regular_file()) fs::copy(entry.path(), copy_ / "lib" / entry.path().filename());
    }
    fs::copy(KTEL_TEST_PLUGINS, copy_ / "plugins", fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(copy_.path())) open(entry.path());
    open(copy_.path());
    open(user_.home().path());
    program_ = copy_ / "bin/ktel";
    plugins_ = copy_ / "plugins";
  }

  test::RunResult ktel(const test::Words& arguments) const {
    test::RunOptions options{.env = user_.environment(), .inherit_env = false, .cwd = home()};
    test::Words drop;
    if (root_) {
      drop = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
      options.env["LD_LIBRARY_PATH"] = copy_ / "lib";
    }
    return test::run(drop + test::Words{program_} + arguments, options);
  }

  const fs::path& home() const { return user_.home().path(); }
  const test::User& user() const { return user_; }
  test::Words plugins() const { return {"--plugin-dir", plugins_}; }

 private:
  // For all to read, for its owner alone to write, whatever the umask was.
  static void open(const fs::path& path) { fs::permissions(path, fs::perms(0755)); }

  const bool root_;
  test::User user_;
  test::TempDir copy_{"ktel-copy"};
  fs::path program_ = KTEL_PROGRAM;
  fs::path plugins_ = KTEL_TEST_PLUGINS;
};

}  // namespace

TEST_SUITE_BEGIN("end_to_end/permissions");

TEST_CASE("a plugin directory that cannot be read is named") {
  const Bound bound;
  const std::string path = bound.home() / "closed";
  fs::create_directory(path);
  fs::permissions(path, fs::perms::none);

  const auto r = bound.ktel({"jobs", "list", "--plugin-dir", path});

  fs::permissions(path, fs::perms(0700));
  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK(r.err == "ktel: plugin directory: " + path +
                     ": Permission denied; name a directory that this user can read\n");
}

TEST_CASE("a ledger in a directory that cannot be written ends the run before anything is read") {
  const Bound bound;
  const fs::path directory = bound.home() / "readonly";
  fs::create_directory(directory);
  fs::permissions(directory, fs::perms(0555));
  const std::string ledger = directory / "ledger.db";

  const auto r = bound.ktel(test::Words{"workflows", "run", "--jobs", "tests-count", "--snapshot",
                                        bound.user().snapshot(), "--ledger", ledger} +
                            bound.plugins());

  CHECK(r.exit_code == 2);
  CHECK(r.out == "");
  CHECK(r.err == "ktel: ledger " + ledger +
                     " cannot be used (Permission denied): make it readable and writable for this "
                     "user, name another ledger with --ledger, or keep none with --no-ledger\n");
}

TEST_SUITE_END();
