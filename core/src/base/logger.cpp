// Logger: see the header.
#include "base/logger.hpp"

#include <utility>

namespace ktel {

Logger::Logger(LogSink sink, std::shared_ptr<const Secrets> secrets, std::string component)
    : sink_(std::move(sink)), secrets_(std::move(secrets)), component_(std::move(component)) {}

Logger Logger::named(std::string component) const {
  Logger copy = *this;
  copy.component_ = std::move(component);
  return copy;
}

void Logger::log(LogLevel level, std::string_view text) const {
  if (!sink_) return;
  if (secrets_) {
    sink_(level, component_, secrets_->scrub(text));
  } else {
    sink_(level, component_, text);
  }
}

}  // namespace ktel
