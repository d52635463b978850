// `Logger`: a component's name, the embedder's sink and the scrubber, in one small value.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <ktel/log.hpp>

#include "base/secrets.hpp"

namespace ktel {

class Logger {
 public:
  Logger() = default;  // silent
  Logger(LogSink sink, std::shared_ptr<const Secrets> secrets, std::string component = "ktel");

  Logger named(std::string component) const;
  void log(LogLevel level, std::string_view text) const;
  void debug(std::string_view text) const { log(LogLevel::debug, text); }
  void info(std::string_view text) const { log(LogLevel::info, text); }
  void warn(std::string_view text) const { log(LogLevel::warn, text); }
  void error(std::string_view text) const { log(LogLevel::error, text); }

 private:
  LogSink sink_;
  std::shared_ptr<const Secrets> secrets_;
  std::string component_;
};

}  // namespace ktel
