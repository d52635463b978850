// Opening ledgers: see the header.
#include "app/ledger_file.hpp"

namespace ktel::app {

Result<std::unique_ptr<delivery::Ledger>> open_ledger_file(const std::filesystem::path& file,
                                                           const Logger& log) {
  delivery::Ledger::Options options;
  options.file = file;
  auto ledger = delivery::Ledger::open(options);
  if (ledger) say_warning(**ledger, log);
  return ledger;
}

void say_warning(const delivery::Ledger& ledger, const Logger& log) {
  if (const std::string warning = ledger.warning(); !warning.empty()) log.error(warning);
}

}  // namespace ktel::app
