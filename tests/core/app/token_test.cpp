// The report server's token: whose file may hold it, what is read, what is said.
#include "app/token.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "support/process.hpp"

using namespace ktel;

namespace {

struct Asked {
  Result<std::map<std::string, std::string>> params;
  std::string warnings;
  std::string scrubbed;  // "one two three", without what is a secret now
};

Asked ask(const ReportServer& options, const std::map<std::string, std::string>& variables = {}) {
  const Env env = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  Asked asked;
  const auto secrets = std::make_shared<Secrets>();
  const Logger log(
      [&](LogLevel level, std::string_view, std::string_view text) {
        if (level == LogLevel::warn) asked.warnings += text;
      },
      secrets);
  asked.params = app::secret_params(options, env, *secrets, log);
  asked.scrubbed = secrets->scrub("t-one t-two t-three");
  return asked;
}

std::string token_of(const Asked& asked) {
  if (!asked.params) return "error: " + asked.params.error().message;
  const auto found = asked.params->find("token");
  return found == asked.params->end() ? "" : found->second;
}

}  // namespace

TEST_SUITE_BEGIN("core/app/token");

TEST_CASE("the option's file comes first, then KTEL_TOKEN_FILE, then KTEL_TOKEN") {
  const test::TempDir dir;
  const std::string one = dir.write("one", "t-one\n");
  const std::string two = dir.write("two", "\t t-two \r\n\n");
  const std::map<std::string, std::string> file = {{"KTEL_TOKEN_FILE", two}};
  const std::map<std::string, std::string> text = {{"KTEL_TOKEN", "t-three"}};
  std::map<std::string, std::string> both = file;
  both.insert(text.begin(), text.end());

  CHECK(token_of(ask({.token_file = one}, both)) == "t-one");
  CHECK(token_of(ask({.token = "t-one"}, both)) == "t-one");
  CHECK(token_of(ask({}, both)) == "t-two");
  CHECK(token_of(ask({}, text)) == "t-three");
  CHECK(token_of(ask({})) == "");
}

TEST_CASE("a token is a secret from then on, and one in the environment is warned of") {
  const test::TempDir dir;
  const Asked from_file = ask({.token_file = dir.write("one", "t-one\n")});
  CHECK(from_file.scrubbed == "*** t-two t-three");
  CHECK(from_file.warnings == "");

  const Asked from_text = ask({}, {{"KTEL_TOKEN", "t-three"}});
  CHECK(from_text.scrubbed == "t-one t-two ***");
  CHECK(from_text.warnings ==
        "the token comes from KTEL_TOKEN, which other processes of this user can read; "
        "--token-file is safer");
}

TEST_CASE("a file that holds no token is named, with the next step") {
  const test::TempDir dir;
  struct Row {
    std::string file;
    std::string says;
  };
  const std::string unread =
      "cannot read the token, give another file with --token-file or KTEL_TOKEN_FILE: ";
  const std::string missing = dir / "missing";
  const std::string empty = dir.write("empty", " \n");
  const std::string lines = dir.write("lines", "a\nb\n");
  const std::string open = dir.write("open", "t-one\n", 0666);
  const std::string large = dir.write("large", std::string(20'000, 'x'));
  for (const auto& [file, says] : std::vector<Row>{
           {missing, unread + missing + ": No such file or directory"},
           {dir.path(), unread + dir.path().string() + ": Is a directory"},
           {large, unread + large + ": larger than 16384 bytes; is this the right file?"},
           {empty, "token file " + empty + " is empty; write the token into it, on one line"},
           {lines, "token file " + lines + " holds more than one line; a token is one line"},
           {open,
            "token file " + open + " is writable by others (mode 0666); chmod go-w " + open}}) {
    CAPTURE(file);
    const Asked asked = ask({.token_file = file});
    CHECK(token_of(asked) == "error: " + says);
    CHECK(asked.params.error().code == Errc::bad_input);
  }
}

TEST_CASE("a token file is root's or the user's, and nobody else may write to it") {
  struct Row {
    uid_t owner;
    mode_t mode;
    std::string says;  // empty: it may
  };
  for (const auto& [owner, mode, says] : std::vector<Row>{
           {1000, 0600, ""},
           {0, 0644, ""},  // a mounted Secret
           {0, 0440, ""},
           {1001, 0600,
            "token file /t belongs to user 1001, only those of root and of user 1000 are read; "
            "chown 1000 /t"},
           {1000, 0660, "token file /t is writable by others (mode 0660); chmod go-w /t"},
           {0, 0602, "token file /t is writable by others (mode 0602); chmod go-w /t"}}) {
    struct stat status {};
    status.st_uid = owner;
    status.st_mode = S_IFREG | mode;
    CAPTURE(says);
    const auto held = app::may_hold_token("/t", status, 1000);
    CHECK((held ? "" : held.error().message) == says);
  }
}

TEST_CASE("a file of somebody else is not read") {
  if (::geteuid() != 0) return;  // nobody else can give a file away
  const test::TempDir dir;
  const std::string file = dir.write("token", "t-one\n", 0644);
  REQUIRE(::chown(file.c_str(), 65534, 0) == 0);
  CHECK(token_of(ask({.token_file = file}))
            .starts_with("error: token file " + file + " belongs to user 65534"));
}

TEST_SUITE_END();
