// What an API server's answer means when it is not the one that was asked for. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "base/http.hpp"
#include "base/secrets.hpp"
#include "cluster/access.hpp"

namespace ktel::cluster {

// Of a metav1.Status: "Expired", "Forbidden", and its words.
struct ApiStatus {
  std::string reason;
  std::string message;
};

// Nothing: the body is no Status. Scrubbed of `secrets` before a long message is cut.
std::optional<ApiStatus> parse_status(std::string_view body, const Secrets& secrets);

bool is_html(std::string_view content_type);

// No complete answer came. `response` has the cause and the HTTP client's words.
Error transport_error(const Access& access, const HttpResponse& response);

// A complete answer that is no 2xx, or HTML. `path` without its query.
Error answer_error(const Access& access, std::string_view path, int status,
                   std::string_view content_type, const std::optional<ApiStatus>& told);

// Adds to the sentence how often it was tried, if more than once, and which flow schema the server
// assigns the request to, if that is known.
void tell_tries(Error& error, unsigned tries, std::string_view flow_schema);

// A complete 2xx that cannot be read, because of `why`.
Error unreadable_answer(const Access& access, std::string_view path, std::string_view why);

}  // namespace ktel::cluster
