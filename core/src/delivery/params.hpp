// A backend's parameters as the operator set them, checked against its declarations. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <ktel/result.hpp>

#include "delivery/sink.hpp"
#include "plugin/declaration.hpp"
#include "plugin/param_value.hpp"

namespace ktel::delivery {

struct SinkParams {
  std::vector<plugin::ParamValue> values;  // by parameter; a secret's is never set
  std::vector<std::string> secrets;        // by parameter; "": none
};

// bad_input: an unknown parameter (with the nearest name), a value that does not fit, a secret in
// the URL, a required one that is missing.
Result<SinkParams> bind_params(const plugin::Backend& backend, const Destination& destination,
                               const std::map<std::string, std::string>& secrets);

// "splunk needs a token: give it with ..."
Error missing_secret(const plugin::Backend& backend, const std::string& name);

}  // namespace ktel::delivery
