// Opening ledgers: see the header.
#include "app/ledger_file.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace ktel::app {

Result<std::unique_ptr<delivery::Ledger>> open_ledger_file(const std::filesystem::path& file,
                                                           const Logger& log,
                                                           delivery::Ledger::Options bounds) {
  bounds.file = file;
  auto ledger = delivery::Ledger::open(std::move(bounds));
  if (ledger) say_warning(**ledger, log);
  return ledger;
}

bool ledger_exists(const std::filesystem::path& file) {
  std::error_code error;
  return !file.empty() && std::filesystem::exists(file, error);
}

Result<std::unique_ptr<delivery::Ledger>> open_existing_ledger(const std::filesystem::path& file,
                                                               const Logger& log) {
  if (ledger_exists(file)) return open_ledger_file(file, log);
  return Error{Errc::not_found,
               fmt::format("there is no ledger {}; `ktel workflows run` makes one", file.string())};
}

void say_warning(const delivery::Ledger& ledger, const Logger& log) {
  if (const std::string warning = ledger.warning(); !warning.empty()) log.error(warning);
}

}  // namespace ktel::app
