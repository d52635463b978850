// Credential plugins as programs: shell scripts that note that they ran, and answer.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cluster/exec_plugin.hpp"
#include "support/process.hpp"

using namespace ktel;
using namespace ktel::cluster;
using namespace std::chrono_literals;

namespace {

const std::string v1 = "client.authentication.k8s.io/v1";

// The thread that answers are awaited on: the test's.
class Answers {
 public:
  Post post() {
    return [this](std::function<void()> work) {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
      came_.notify_all();
    };
  }

  // Waits for one, and does it.
  void next() {
    std::unique_lock lock(mutex_);
    REQUIRE(came_.wait_for(lock, 30s, [this] { return !work_.empty(); }));
    const auto work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
  }

  bool empty() {
    const std::lock_guard lock(mutex_);
    return work_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::function<void()>> work_;
};

std::string answer(const std::string& status) {
  return "echo '{\"kind\": \"ExecCredential\", \"apiVersion\": \"" + v1 + "\", \"status\": {" +
         status + "}}'\n";
}

// A plugin, written as a shell script, with all that is around it.
struct Setup {
  explicit Setup(const std::string& script) {
    dir.write("plugin", "#!/bin/sh\necho ran >> " + (dir / "runs").string() + "\n" + script, 0755);
    login.config.command = (dir / "plugin").string();
    login.config.api_version = v1;
    login.config.interactive_mode = "Never";
    login.where = "exec of user \"u\" in /kube/config";
    surroundings.environment = [this] { return environment; };
    surroundings.stdin_is_terminal = [] { return false; };
  }

  ExecPlugin& plugin() {
    if (!plugin_) {
      plugin_ = std::make_unique<ExecPlugin>(
          login, secrets, [this] { return now; }, answers.post(), surroundings);
    }
    return *plugin_;
  }

  // What comes, now or from a run.
  Result<ExecPlugin::Given> get(std::uint64_t refused = 0) {
    std::optional<Result<ExecPlugin::Given>> given;
    plugin().get(refused, {}, [&](Result<ExecPlugin::Given> came) { given = std::move(came); });
    if (!given) answers.next();
    REQUIRE(given.has_value());
    return *given;
  }

  std::string token(std::uint64_t refused = 0) {
    const auto given = get(refused);
    return given ? given->status.token : given.error().message;
  }

  std::size_t runs() {
    if (!std::filesystem::exists(dir / "runs")) return 0;
    const std::string text = test::read_file(dir / "runs");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  bool waits_for(const std::string& file) {
    return test::eventually([&] { return std::filesystem::exists(dir / file); }, 30s);
  }

  test::TempDir dir;
  ExecLogin login;
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin"};
  ExecSurroundings surroundings;
  std::shared_ptr<Secrets> secrets = std::make_shared<Secrets>();
  std::chrono::system_clock::time_point now = parse_time("2026-11-25T12:00:00Z").value();
  Answers answers;

 private:
  std::unique_ptr<ExecPlugin> plugin_;
};

const std::string help =
    ". It looks like you are trying to use a client-go credential plugin that is not installed. To "
    "learn more about this feature, consult the documentation available at: "
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
    "#client-go-credential-plugins";
const std::string install = "; install it here, or correct exec of user \"u\" in /kube/config";
const std::string see_stderr =
    "; what it wrote to stderr may say why; if not, check exec of user \"u\" in /kube/config";

}  // namespace

TEST_SUITE("core/cluster/exec_plugin") {
  TEST_CASE("a plugin's token is used until it expires, and is a secret") {
    Setup setup(
        "n=$(wc -l < " /* its own runs */
        "\"$(dirname \"$0\")/runs\")\n"
        "echo \"{\\\"kind\\\": \\\"ExecCredential\\\", \\\"apiVersion\\\": \\\"" +
        v1 +
        "\\\", \\\"status\\\": {\\\"token\\\": \\\"token-$n\\\", \\\"expirationTimestamp\\\": "
        "\\\"2026-11-25T12:10:00Z\\\"}}\"\n");

    CHECK(setup.token() == "token-1");
    setup.now += 10min;
    CHECK(setup.token() == "token-1");
    setup.now += 1s;
    CHECK(setup.token() == "token-2");
    CHECK(setup.runs() == 2);
    CHECK(setup.secrets->scrub("token-1 token-2") == "*** ***");
  }

  TEST_CASE("without an expiry it is good for ever, unless it is refused") {
    Setup setup(answer("\"token\": \"t\""));
    CHECK(setup.get()->run == 1);
    setup.now += 24h * 365;
    CHECK(setup.get()->run == 1);
    CHECK(setup.get(1)->run == 2);
    CHECK(setup.get(1)->run == 2);  // another one that was refused what the first run gave
    CHECK(setup.runs() == 2);
  }

  TEST_CASE("one run serves all who wait") {
    Setup setup(
        "while [ ! -e " /* the test says when */
        "\"$(dirname \"$0\")/go\" ]; do sleep 0.01; "
        "done\n" +
        answer("\"token\": \"t\""));
    std::vector<std::string> tokens;
    for (int i = 0; i < 20; ++i) {
      setup.plugin().get(0, {}, [&](Result<ExecPlugin::Given> given) {
        tokens.push_back(given ? given->status.token : given.error().message);
      });
    }
    setup.dir.write("go", "");
    for (int i = 0; i < 20; ++i) setup.answers.next();
    CHECK(tokens == std::vector<std::string>(20, "t"));
    CHECK(setup.runs() == 1);
  }

  TEST_CASE("a plugin has our environment, its own settings, and the question last") {
    Setup setup(
        "env > \"$(dirname \"$0\")/env\"; printf '%s|' \"$@\" > \"$(dirname \"$0\")/args\"\n" +
        answer("\"token\": \"t\""));
    setup.environment = {"PATH=/usr/bin:/bin", "OURS=1", "BOTH=ours", "KUBERNETES_EXEC_INFO=old"};
    setup.login.config.environment = {
        {"BOTH", "its"}, {"ITS", "2"}, {"ITS", "3"}, {"KUBERNETES_EXEC_INFO", "its"}};
    setup.login.config.arguments = {"eks", "get token"};

    CHECK(setup.token() == "t");

    const std::string env = "\n" + test::read_file(setup.dir / "env");
    for (const char* line : {"\nOURS=1\n", "\nBOTH=its\n", "\nITS=3\n",
                             "\nKUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":"
                             "\"client.authentication.k8s.io/v1\",\"spec\":{\"interactive\":false}}"
                             "\n"}) {
      CHECK(env.find(line) != std::string::npos);
    }
    CHECK(env.find("ours") == std::string::npos);
    CHECK(env.find("ITS=2") == std::string::npos);
    CHECK(test::read_file(setup.dir / "args") == "eks|get token|");
  }

  TEST_CASE("a command without a slash is found in our PATH, not in the plugin's") {
    Setup setup(answer("\"token\": \"t\""));
    setup.login.config.command = "plugin";
    setup.login.config.environment = {{"PATH", setup.dir.path().string() + ":/usr/bin:/bin"}};
    CHECK(setup.token() == "exec: executable plugin not found" + help + install);
    setup.environment = {"PATH=" + setup.dir.path().string() + ":/usr/bin:/bin"};
    CHECK(setup.token() == "t");
  }

  TEST_CASE("a plugin that is not there is told with the hint, which cannot move a terminal") {
    Setup setup("");
    setup.login.config.command = "/nowhere/plugin";
    setup.login.config.install_hint = "run\n\x1b[1mget it\x1b[0m";
    const auto given = setup.get();
    REQUIRE_FALSE(given.has_value());
    CHECK(given.error().message == "exec: executable /nowhere/plugin not found" + help +
                                       ". run U+001B[1mget itU+001B[0m" + install);
    CHECK(given.error().code == Errc::forbidden);
  }

  TEST_CASE("ten hints an hour are enough") {
    HintLimit limit;
    auto now = std::chrono::system_clock::time_point(100h);
    for (int i = 0; i < 10; ++i) CHECK(limit.allows(now));
    CHECK_FALSE(limit.allows(now));
    now += 59min + 59s;
    CHECK_FALSE(limit.allows(now));
    now += 1s;
    CHECK(limit.allows(now));

    Setup setup("");
    setup.login.config.command = "/nowhere/plugin";
    const std::string told = "exec: executable /nowhere/plugin not found";
    for (int i = 0; i < 10; ++i) CHECK(setup.token() == told + help + install);
    CHECK(setup.token() == told + install);
  }

  TEST_CASE("how a plugin failed is told") {
    CHECK(Setup("exit 73").token().find("failed with exit code 73" + see_stderr) !=
          std::string::npos);
    Setup exits("exit 1");
    CHECK(exits.token() == "exec: executable " + exits.login.config.command +
                               " failed with exit code 1" + see_stderr);
    CHECK(exits.get().error().code == Errc::forbidden);
    CHECK(exits.runs() == 2);

    CHECK(Setup("kill -TERM $$")
              .token()
              .find("failed with exit code -1 (ended by signal 15, Terminated)" + see_stderr) !=
          std::string::npos);
    CHECK(Setup("while :; do echo 0123456789012345678901234567890123456789; done")
              .token()
              .find("wrote far too much to stdout and was ended" + see_stderr) !=
          std::string::npos);

    Setup slow("sleep 60");
    slow.surroundings.time_limit = 1s;
    CHECK(slow.token() == "exec: executable " + slow.login.config.command +
                              " gave no answer within 1 s and was ended" + see_stderr);

    Setup no_program("");
    no_program.dir.write("plugin", "#!/nowhere/shell\n", 0755);
    CHECK(no_program.token() == "exec: fork/exec " + no_program.login.config.command +
                                    ": No such file or directory" + see_stderr);

    CHECK(Setup(answer("")).token() ==
          "exec plugin didn't return a token or cert/key pair; correct apiVersion, or update the "
          "plugin, or check the arguments in exec of user \"u\" in /kube/config");
  }

  TEST_CASE("a plugin that must ask is not run where nobody can answer") {
    Setup setup(answer("\"token\": \"t\""));
    setup.login.config.interactive_mode = "Always";
    CHECK(setup.token() ==
          "exec plugin cannot support interactive mode: standard input is not a terminal; run ktel "
          "on a terminal, or log in beforehand and set interactiveMode: IfAvailable for exec of "
          "user \"u\" in /kube/config");
    CHECK(setup.runs() == 0);
  }

  TEST_CASE("a plugin has stdin, and is told so, where it wants it and a terminal is there") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const int before = ::dup(0);
    ::dup2(ends[0], 0);
    struct Row {
      const char* mode;
      bool terminal;
      bool interactive;
    };
    for (const Row& row :
         {Row{"Never", false, false}, Row{"Never", true, false}, Row{"IfAvailable", false, false},
          Row{"IfAvailable", true, true}, Row{"Always", true, true}}) {
      CAPTURE(row.mode);
      CAPTURE(row.terminal);
      Setup setup(
          "cd \"$(dirname \"$0\")\"\nprintf %s \"$KUBERNETES_EXEC_INFO\" > info\n"
          "if read -r word; then printf %s \"$word\"; fi > word\n" +
          answer("\"token\": \"t\""));
      setup.login.config.interactive_mode = row.mode;
      setup.surroundings.stdin_is_terminal = [&] { return row.terminal; };
      if (row.interactive) REQUIRE(::write(ends[1], "typed\n", 6) == 6);

      CHECK(setup.token() == "t");

      const std::string told = row.interactive ? "true" : "false";
      CHECK(test::read_file(setup.dir / "info").find("\"interactive\":" + told) !=
            std::string::npos);
      CHECK(test::read_file(setup.dir / "word") == (row.interactive ? "typed" : ""));
    }
    ::dup2(before, 0);
    for (const int fd : {before, ends[0], ends[1]}) ::close(fd);
  }

  TEST_CASE("a stop lets go who waits, and ends the plugin when nobody waits any longer") {
    Setup setup("echo $$ > \"$(dirname \"$0\")/pid\"; exec sleep 60\n");
    std::stop_source one;
    std::stop_source other;
    std::vector<Errc> codes;
    const auto note = [&](const Result<ExecPlugin::Given>& given) {
      codes.push_back(given.error().code);
    };
    setup.plugin().get(0, one.get_token(), note);
    setup.plugin().get(0, other.get_token(), note);
    REQUIRE(setup.waits_for("pid"));

    one.request_stop();
    setup.answers.next();
    CHECK(codes == std::vector<Errc>{Errc::stopped});
    CHECK(setup.answers.empty());

    other.request_stop();
    setup.answers.next();
    CHECK(codes == std::vector<Errc>{Errc::stopped, Errc::stopped});
    CHECK(test::eventually(
        [&] {
          const std::string pid = test::read_file(setup.dir / "pid");
          return !pid.empty() && !std::filesystem::exists("/proc/" + pid.substr(0, pid.size() - 1));
        },
        30s));

    std::stop_source already;
    already.request_stop();
    setup.plugin().get(0, already.get_token(), note);
    CHECK(codes.size() == 3);
  }

  TEST_CASE("who comes while a run is given up gets a run of its own") {
    Setup setup("if [ -e \"$(dirname \"$0\")/again\" ]; then\n" + answer("\"token\": \"t\"") +
                "exit\nfi\n> \"$(dirname \"$0\")/again\"\nexec sleep 60\n");
    std::stop_source stop;
    setup.plugin().get(0, stop.get_token(), [](const auto&) {});
    REQUIRE(setup.waits_for("again"));
    stop.request_stop();
    setup.answers.next();
    // The run may or may not be over by now: either way this one is served.
    CHECK(setup.token() == "t");
  }

  TEST_CASE("closing ends the run and answers who waits") {
    Setup setup("> \"$(dirname \"$0\")/up\"; exec sleep 60\n");
    std::vector<Errc> codes;
    const auto note = [&](const Result<ExecPlugin::Given>& given) {
      codes.push_back(given.error().code);
    };
    setup.plugin().get(0, {}, note);
    REQUIRE(setup.waits_for("up"));
    setup.plugin().close();
    setup.answers.next();
    setup.plugin().get(0, {}, note);
    CHECK(codes == std::vector<Errc>{Errc::stopped, Errc::stopped});
  }
}
