// Configuration in, a file of lines out.
#include "real/peers.hpp"

#include <cstdlib>
#include <stdexcept>

namespace ktel::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

fs::path peers_dir() {
  const char* const dir = std::getenv("KTEL_PEERS");
  if (dir == nullptr) throw std::runtime_error("KTEL_PEERS is not set: run it by fetch_peers.sh");
  return dir;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  if (!fs::exists(file)) return lines;
  const std::string text = read_file(file);
  std::string_view left = text;
  for (std::size_t end; (end = left.find('\n')) != left.npos; left.remove_prefix(end + 1)) {
    if (end > 0) lines.emplace_back(left.substr(0, end));  // an end of input may leave an empty one
  }
  return lines;
}

}  // namespace

std::vector<std::string> LineReceiver::wait_for_lines(std::size_t count) const {
  eventually([&] { return lines_of(dir_ / "lines").size() >= count; }, 30s);
  return lines_of(dir_ / "lines");
}

void LineReceiver::start(const std::vector<std::string>& argv) {
  const fs::path lib = peers_dir() / "usr/lib";
  RunOptions options;
  options.env = {{"LD_LIBRARY_PATH", (lib / "syslog-ng").string() + ":" +
                                         (lib / "x86_64-linux-gnu").string() + ":" +
                                         (peers_dir() / "lib/x86_64-linux-gnu").string()}};
  process_ = std::make_unique<Process>(argv, options);
  const bool up = eventually([&] { return listening(port_) || !process_->running(); }, 30s);
  if (!up || !process_->running()) {
    throw std::runtime_error(argv.front() + " does not start:\n" + process_->err());
  }
}

LineReceiver start_syslog_ng(const CertKey& cert) {
  LineReceiver receiver;
  const TempDir& dir = receiver.dir_;
  const CertFiles files = cert.write(dir, "server");
  const auto config = dir.write(
      "syslog-ng.conf",
      "@version: 3.38\n"
      "source s { network(ip(\"127.0.0.1\") port(" +
          std::to_string(receiver.port_) + ") transport(\"tls\") flags(no-parse) tls(key-file(\"" +
          files.key.string() + "\") cert-file(\"" + files.cert.string() +
          "\") peer-verify(optional-untrusted) "
          "ssl-options(no-sslv2, no-sslv3, no-tlsv1, no-tlsv11, no-tlsv12))); };\n"
          "destination d { file(\"" +
          (dir / "lines").string() +
          "\" template(\"$MSG\\n\")); };\nlog { source(s); destination(d); };\n");
  receiver.start({peers_dir() / "usr/sbin/syslog-ng", "--foreground", "--no-caps", "--stderr",
                  "--cfgfile=" + config.string(), "--persist-file=" + (dir / "persist").string(),
                  "--pidfile=" + (dir / "pid").string(), "--control=" + (dir / "control").string(),
                  "--module-path=" + (peers_dir() / "usr/lib/syslog-ng/3.38").string()});
  return receiver;
}

LineReceiver start_rsyslog(const CertKey& cert) {
  LineReceiver receiver;
  const TempDir& dir = receiver.dir_;
  const CertFiles files = cert.write(dir, "server");
  const auto config = dir.write(
      "rsyslog.conf",
      "global(workDirectory=\"" + dir.path().string() +
          "\" defaultNetstreamDriver=\"ossl\" defaultNetstreamDriverCAFile=\"" +
          files.cert.string() + "\" defaultNetstreamDriverCertFile=\"" + files.cert.string() +
          "\" defaultNetstreamDriverKeyFile=\"" + files.key.string() +
          "\")\n"
          "module(load=\"imtcp\" StreamDriver.Name=\"ossl\" StreamDriver.Mode=\"1\" "
          "StreamDriver.AuthMode=\"anon\")\n"
          "template(name=\"raw\" type=\"string\" string=\"%rawmsg%\\n\")\n"
          "ruleset(name=\"r\") { action(type=\"omfile\" file=\"" +
          (dir / "lines").string() +
          "\" template=\"raw\" asyncWriting=\"off\" flushOnTXEnd=\"on\") }\n"
          "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"" +
          std::to_string(receiver.port_) + "\" ruleset=\"r\")\n");
  receiver.start({peers_dir() / "usr/sbin/rsyslogd", "-n", "-f", config.string(), "-i",
                  (dir / "pid").string(), "-M",
                  (peers_dir() / "usr/lib/x86_64-linux-gnu/rsyslog").string()});
  return receiver;
}

}  // namespace ktel::test
