// What names in a declaration may look like: the patterns of the telemetry standard. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include <ktel/result.hpp>

namespace ktel::plugin {

bool is_plugin_id(std::string_view text) noexcept;     // "io.acme.storage", 64 at most
bool is_job_name(std::string_view text) noexcept;      // "cluster-state", 3 to 40
bool is_backend_name(std::string_view text) noexcept;  // "splunk", 40 at most
bool is_field_name(std::string_view text) noexcept;    // "pods_count", 40 at most; "last-update"
bool is_read_id(std::string_view text) noexcept;       // a field's or a job's form
bool is_param_name(std::string_view text) noexcept;    // the same
// A variable that by its name holds the name of an object: "POD_NAME", "POD_NAMESPACE",
// "CONTROLLER_PUBLISH_SERVICE", 64 at most, none of ktel's own.
bool is_naming_variable(std::string_view text) noexcept;
bool is_scheme(std::string_view text) noexcept;    // "splunk+http"
bool is_resource(std::string_view text) noexcept;  // "pods", "httproutes"
bool is_group(std::string_view text) noexcept;     // "gateway.networking.k8s.io"
bool is_version(std::string_view text) noexcept;   // "1.0.0", a suffix after '-' or '+'
bool is_date(std::string_view text) noexcept;      // "2028-06-30", a day that exists
bool is_utf8(std::string_view text) noexcept;

// "ktel" and what begins with it, and a leading "_", are the host's.
bool is_reserved(std::string_view name) noexcept;

// "acme" of "io.acme.storage"; "" if there is no second word.
std::string_view vendor_of(std::string_view plugin_id) noexcept;

// The URL of a RAW or METRICS read: an absolute path of plain segments that is not below /api or
// /apis, where objects live. Checked at the scan, and again before the request. bad_input.
Result<void> check_read_url(std::string_view url);

}  // namespace ktel::plugin
