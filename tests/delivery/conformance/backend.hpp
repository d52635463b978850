// The backend that this run of the kit checks, as the environment names it, and reports for it.
//
// What stands in the environment is fixed for the process; the plugin is loaded once and stays.
// A run without KTEL_CONFORMANCE_FILE and KTEL_CONFORMANCE_URL fails: there is nothing to check.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "delivery/open_backend.hpp"
#include "delivery/sink.hpp"

namespace ktel::test::conformance {

// What every secret of the backend is set to.
inline constexpr const char* planted = "planted-5ec7e7f0-secret";

const delivery::LoadedBackend& backend();
inline const plugin::Backend& declaration() { return *backend().declaration; }

// The URL as it was given, @PORT@ and @DIR@ still in it.
const std::string& url_pattern();
bool over_http();   // the host does its I/O
bool over_ports();  // it has I/O of its own, and opens connections
bool to_files();    // it has I/O of its own, and writes to a folder

std::string url_at(std::uint16_t port);  // ports that are only written, not connected to, too
std::string url_in(const std::string& folder);  // of to_files()
std::string some_url();                         // a good one, where nothing is sent
std::string with_param(const std::string& url, const std::string& param);

bool rewrites();            // the report's bytes are not in its request as they are
bool is_final(int status);  // it may make a report dead where others repeat

using Given = std::map<std::string, std::string>;
Given all_secrets();

// Services with every planted secret known, as in ktel.
delivery::SinkServices services();
Result<std::shared_ptr<delivery::OpenBackend>> open(const std::string& url,
                                                    const Given& secrets = all_secrets());
Result<std::shared_ptr<delivery::Sink>> open_sink(const std::string& url);

// A report with that body, the n-th of its signal.
delivery::Outgoing report(std::string body = R"({"cluster-state":{"pods_count":12}})",
                          unsigned n = 1);

struct NamedReport {
  const char* name;
  delivery::Outgoing report;
};
// Bodies that break whoever writes them anew or counts on how they look. All canonical JSON.
std::vector<NamedReport> hostile_reports();

// What went wrong with a text for an operator; "": nothing. One line of UTF-8, no secret in it, no
// sentence of the host about a plugin that does not keep its contract.
std::string fault_of(const std::string& text);

}  // namespace ktel::test::conformance
