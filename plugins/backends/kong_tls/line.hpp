// A report as the line Kong's own telemetry sends:
//   <14>signal=kic-ping;k8s_arch=linux/arm64;k8s_pods_count=1;
//
// After the serializer of Kong/kubernetes-telemetry, byte by byte: what its servers read was
// written by that. Made of the fields that declare a compact name (alias), and of nothing else.
// Pure.
#pragma once

#include <string>

#include <ktel/abi/backend.h>

namespace kong_tls {

// With its newline. Throws Refusal (KTEL_E_INVALID), which names the field: the form escapes
// nothing, so a value with one of its own signs could pass for another pair or another report.
std::string line_of(const ktel_report& report);

}  // namespace kong_tls
