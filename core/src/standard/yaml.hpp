// Values as YAML: what a declaration is printed with, read back equal by any YAML 1.1 or 1.2
// reader.
//
// Members keep their order. Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace ktel::standard {

// A string, quoted only where a reader would take it for something else.
std::string yaml_text(std::string_view text);

// `begun` ("    values: "), then the value in flow style, {GKE: Google, kind: kind}, and a newline.
// A line that grows too long goes on below, `indent` blanks in.
std::string yaml_line(std::string begun, const boost::json::value& value, std::size_t indent);

}  // namespace ktel::standard
