// kill_producer: appends reports to a ledger, and keeps a journal of those that were accepted.
//
//   kill_producer LEDGER URL JOURNAL COUNT PAUSE_MS POISON_EVERY
//
// An id is written to the journal, and synced, after append() has returned: what is there was
// promised. It counts on from what is in its journal and ends with 0 when COUNT are; every
// POISON_EVERY-th report (0: none) is large. 3: a report was refused, 2: the ledger cannot be
// opened; the sentence is on stderr. Killed by kill_harness at any time, and started again.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/uuid.hpp"
#include "delivery/kill_harness/producer.hpp"
#include "delivery/ledger.hpp"
#include "delivery/sink.hpp"

namespace {

using namespace ktel;

class Journal {
 public:
  explicit Journal(const std::string& file)
      : fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    if (fd_ < 0) throw std::runtime_error("no journal " + file);
  }
  ~Journal() { ::close(fd_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void accepted(const std::string& id) const {
    const std::string line = id + "\n";
    if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      throw std::runtime_error("the journal cannot be written");
    }
    static_cast<void>(
        ::fdatasync(fd_));  // kept by the kernel anyway: its processes die, it does not
  }

 private:
  int fd_;
};

std::size_t lines_in(const std::string& file) {
  std::ifstream lines(file);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) ++count;
  return count;
}

// Letters at random: what a report weighs is what it weighs compressed, nearly.
std::string letters(std::size_t count) {
  std::mt19937 random(std::random_device{}());
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('a' + random() % 26);
  return text;
}

delivery::Row report(std::size_t n, bool poison, const std::string& destination) {
  delivery::Row row;
  const auto now = std::chrono::system_clock::now();
  row.id = make_uuid7(now);
  row.created_us =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  row.time_s = row.created_us / 1'000'000;
  row.signal = "kill";
  row.body = fmt::format(R"({{"n":{},"text":"{}"}})", n,
                         letters(poison ? test::harness::poison_size : 150));
  row.sha256 = sha256_hex(row.body);
  row.record = "{}";
  row.decl = "[]";
  row.destination = destination;
  row.state = delivery::State::queued;
  return row;
}

int produce(char** arguments) {
  const std::string journal_file = arguments[3];
  const std::size_t count = std::stoul(arguments[4]);
  const std::chrono::milliseconds pause(std::stol(arguments[5]));
  const std::size_t poison_every = std::stoul(arguments[6]);
  const auto destination = delivery::parse_destination(arguments[2], {});
  if (!destination) throw std::runtime_error(destination.error().message);

  delivery::Ledger::Options options;
  options.file = arguments[1];
  auto ledger = delivery::Ledger::open(options);
  if (!ledger) throw std::runtime_error(ledger.error().message);
  if (const std::string warning = (*ledger)->warning(); !warning.empty()) {
    throw std::runtime_error(warning);
  }
  std::size_t n = lines_in(journal_file);
  const Journal journal(journal_file);
  for (; n < count; ++n) {
    const bool poison = poison_every > 0 && n % poison_every == poison_every - 1;
    const delivery::Row row = report(n, poison, destination->url);
    if (const auto kept = (*ledger)->append(row); !kept) {
      std::fprintf(stderr, "%s\n", kept.error().message.c_str());
      return 3;
    }
    journal.accepted(row.id);
    std::this_thread::sleep_for(pause);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 7)
    throw std::runtime_error("usage: kill_producer LEDGER URL JOURNAL COUNT PAUSE_MS POISON_EVERY");
  return produce(argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
