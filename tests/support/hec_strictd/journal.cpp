// One write and one fsync for each call.
#include "support/hec_strictd/journal.hpp"

#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <boost/json.hpp>

#include <array>
#include <cerrno>
#include <system_error>

namespace ktel::test::hec {
namespace {

namespace json = boost::json;

std::string line(const json::object& object) { return json::serialize(object) + "\n"; }

std::string line(const RequestEntry& entry) {
  json::object headers;
  for (const auto& [name, value] : entry.headers) headers[name] = value;
  return line({{"kind", "request"},
               {"request", entry.request},
               {"conn", entry.conn},
               {"at_us", entry.at_us},
               {"method", entry.method},
               {"path", entry.path},
               {"channel", entry.channel},
               {"headers", headers},
               {"body_bytes", entry.body_bytes},
               {"fault", entry.fault},
               {"reason", entry.reason},
               {"accepted", entry.accepted}});
}

std::string line(const AcceptedEntry& entry) {
  return line({{"kind", "accepted"},
               {"conn", entry.conn},
               {"request", entry.request},
               {"ordinal", entry.ordinal},
               {"at_us", entry.at_us},
               {"time", entry.time},
               {"host", entry.host},
               {"source", entry.source},
               {"sourcetype", entry.sourcetype},
               {"index", entry.index},
               {"id", entry.id},
               {"fields", entry.fields},
               {"sha256", entry.sha256},
               {"event", entry.event}});
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Journal::Journal(const std::filesystem::path& file) {
  if (file.empty()) return;
  fd_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) fail("journal " + file.string());
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

void Journal::received(const RequestEntry& entry) {
  const std::lock_guard lock(mutex_);
  write(line(entry));
  requests_.push_back(entry);
  changed_.notify_all();
}

void Journal::accepted(const std::vector<AcceptedEntry>& entries) {
  if (entries.empty()) return;
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const AcceptedEntry& entry : entries) lines += line(entry);
  write(lines);
  accepted_.insert(accepted_.end(), entries.begin(), entries.end());
  changed_.notify_all();
}

void Journal::answered(std::uint64_t request, unsigned status, int code) {
  const std::lock_guard lock(mutex_);
  write(line({{"kind", "answer"}, {"request", request}, {"status", status}, {"code", code}}));
  for (auto entry = requests_.rbegin(); entry != requests_.rend(); ++entry) {
    if (entry->request != request) continue;
    entry->status = status;
    entry->code = code;
    break;
  }
  changed_.notify_all();
}

std::vector<RequestEntry> Journal::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<AcceptedEntry> Journal::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

bool Journal::wait_accepted(std::size_t count, std::chrono::milliseconds within) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, within, [&] { return accepted_.size() >= count; });
}

bool Journal::wait_requests(std::size_t count, std::chrono::milliseconds within) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, within, [&] { return requests_.size() >= count; });
}

void Journal::write(const std::string& lines) {
  if (fd_ < 0) return;
  std::string_view left = lines;
  while (!left.empty()) {
    const ssize_t n = ::write(fd_, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("write the journal");
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fdatasync(fd_) != 0) fail("sync the journal");
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  std::string hex;
  for (const unsigned char byte : hash) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace ktel::test::hec
