// OTLP as protobuf: ExportLogsServiceRequest and ExportMetricsServiceRequest.
#pragma once

#include <string>

#include "export.hpp"

namespace otlp {

std::string as_protobuf(const Log& log);
std::string as_protobuf(const Metrics& metrics);

}  // namespace otlp
