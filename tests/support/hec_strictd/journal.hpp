// What the server received and what it accepted, in memory and in an fsynced NDJSON file.
//
// Accepted objects are on disk before the client hears of it: an id that a client got a 200 for and
// that is missing here was lost by the client. Three kinds of lines:
//   {"kind":"request", ...RequestEntry}    when a request has been read, or will not be
//   {"kind":"accepted", ...AcceptedEntry}  one an object, at commit
//   {"kind":"answer","request","status","code"}  right before the answer is written
// No line holds a token. Thread-safe: the server's thread writes, tests read copies.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ktel::test::hec {

struct RequestEntry {
  std::uint64_t request = 0;  // from 0, over all connections
  std::uint64_t conn = 0;     // from 0
  std::int64_t at_us = 0;     // since the epoch
  std::string method = {};
  std::string path = {};  // without query
  std::string channel = {};
  std::map<std::string, std::string> headers = {};  // names in lower case; no Authorization
  std::size_t body_bytes = 0;                       // as sent, still compressed
  std::string fault = {};                           // what the script made of it
  std::string reason = {};                          // why it was refused
  std::size_t accepted = 0;                         // objects
  unsigned status = 0;                              // 0: never answered
  int code = -1;                                    // of the answer's body; -1: none
};

struct AcceptedEntry {
  std::uint64_t conn = 0;
  std::uint64_t request = 0;
  std::uint64_t ordinal = 0;  // in its request
  std::int64_t at_us = 0;
  std::string time = {};  // the envelope's, as sent
  std::string host = {};
  std::string source = {};
  std::string sourcetype = {};
  std::string index = {};   // where it went
  std::string id = {};      // fields.ktel_id
  std::string fields = {};  // exact bytes
  std::string sha256 = {};  // of event, in hex
  std::string event = {};   // exact bytes as they stood in the request
};

class Journal {
 public:
  // An empty path: memory only. Throws if the file cannot be opened.
  explicit Journal(const std::filesystem::path& file = {});
  ~Journal();

  void received(const RequestEntry& entry);
  void accepted(const std::vector<AcceptedEntry>& entries);
  void answered(std::uint64_t request, unsigned status, int code);

  std::vector<RequestEntry> requests() const;
  std::vector<AcceptedEntry> accepted() const;

  // Waits until that many have come; false if they have not within the time.
  bool wait_accepted(std::size_t count, std::chrono::milliseconds within) const;
  bool wait_requests(std::size_t count, std::chrono::milliseconds within) const;

 private:
  void write(const std::string& lines);

  int fd_ = -1;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<RequestEntry> requests_;
  std::vector<AcceptedEntry> accepted_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace ktel::test::hec
