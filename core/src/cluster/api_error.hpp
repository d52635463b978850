// What an API server's answer means when it is not the one that was asked for. Pure.
#pragma once

#include <string>
#include <string_view>

#include <ktel/result.hpp>

#include "base/http.hpp"
#include "cluster/access.hpp"

namespace ktel::cluster {

// Of a metav1.Status; all empty where the body is none.
struct ApiStatus {
  std::string reason;
  std::string message;
};

ApiStatus parse_status(std::string_view body);

bool is_html(std::string_view content_type);

// No complete answer came. `response` has the cause and the HTTP client's words.
Error transport_error(const Access& access, const HttpResponse& response);

// A complete answer that is no 2xx, or HTML. `path` without its query.
Error answer_error(const Access& access, std::string_view path, int status,
                   std::string_view content_type, const ApiStatus& told);

}  // namespace ktel::cluster
