// Receivers of lines over TLS that others have written: syslog-ng and rsyslog, from fetch_peers.sh.
//
//   const test::TestCa ca;
//   test::LineReceiver syslog_ng = test::start_syslog_ng(ca.server());
//   ... write to syslog_ng.authority() ...
//   CHECK(syslog_ng.wait_for_lines(1) == std::vector<std::string>{"<14>..."});
//
// Each keeps the bytes of what it takes for a message, and neither makes anything of them. They run
// until the end of the object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/certs.hpp"
#include "support/process.hpp"

namespace ktel::test {

class LineReceiver {
 public:
  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

  // What has come when there are so many lines, or when half a minute has passed.
  std::vector<std::string> wait_for_lines(std::size_t count) const;

 private:
  friend LineReceiver start_syslog_ng(const CertKey& cert);
  friend LineReceiver start_rsyslog(const CertKey& cert);

  LineReceiver() : dir_("ktel-receiver"), port_(free_port()) {}
  // Throws std::runtime_error with what the program said if it does not come up.
  void start(const std::vector<std::string>& argv);

  TempDir dir_;
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

LineReceiver start_syslog_ng(const CertKey& cert);
LineReceiver start_rsyslog(const CertKey& cert);

}  // namespace ktel::test
