// A backend: which URLs it takes and which functions it must have for what it says it can do.
#include <fmt/format.h>

#include <algorithm>

#include "plugin/describe_parts.hpp"
#include "plugin/name_rules.hpp"

namespace ktel::plugin {
namespace {

void check_functions(Inspection& in, const ktel_backend& given, const Backend& backend) {
  if (given.open == nullptr) in.refuse("open is missing");
  if (given.encode == nullptr) in.refuse("encode is missing");
  if (given.close == nullptr) in.refuse("close is missing");
  if (backend.own_io && given.deliver == nullptr) {
    in.refuse("deliver is missing: a backend with OWN_IO carries reports itself");
  }
  if (!backend.own_io && given.decode == nullptr) in.refuse("decode is missing");
  if (!backend.own_io && given.deliver != nullptr) {
    in.refuse("deliver is for backends with OWN_IO alone");
  }
  if (backend.has_ack && (given.encode_poll == nullptr || given.decode_poll == nullptr)) {
    in.refuse("encode_poll or decode_poll is missing: HAS_ACK promises both");
  }
}

}  // namespace

Backend describe_backend(Inspection& in, const ktel_backend& given) {
  Backend backend;
  backend.name = in.required(given.name, "name");
  if (!backend.name.empty() && !is_backend_name(backend.name)) {
    in.refuse(
        fmt::format("name \"{}\" must be lower-case words joined by -, like splunk", backend.name));
  }
  if (is_reserved(backend.name)) {
    in.refuse(fmt::format("name \"{}\" is reserved: names that begin with ktel are the host's",
                          backend.name));
  }
  backend.summary = in.required(given.summary, "summary");
  backend.schemes = in.words(given.schemes, "schemes");
  if (backend.schemes.empty()) in.refuse("schemes is missing");
  for (const std::string& scheme : backend.schemes) {
    if (!is_scheme(scheme)) {
      in.refuse(fmt::format("schemes: \"{}\" must be like splunk+http, in lower case", scheme));
    }
    if (scheme == "stdout") in.refuse("schemes: stdout is the host's own");
  }
  in.flags(given.flags, KTEL_BACKEND_OWN_IO);
  backend.idempotent = (given.flags & KTEL_BACKEND_IDEMPOTENT) != 0;
  backend.has_ack = (given.flags & KTEL_BACKEND_HAS_ACK) != 0;
  backend.own_io = (given.flags & KTEL_BACKEND_OWN_IO) != 0;
  backend.timeout_ms = given.timeout_ms;
  backend.params =
      describe_params(in, given.params, given.param_count, given.param_stride,
                      backend.own_io ? ParamOwner::own_io_backend : ParamOwner::backend);
  check_functions(in, given, backend);
  return backend;
}

}  // namespace ktel::plugin
