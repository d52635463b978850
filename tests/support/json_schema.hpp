// `violation`: does a document keep to a JSON Schema? For the schemas that ktel makes, in every
// test that has a report; tests/end_to_end/schema.sh asks a validator of others the same.
//
// Draft 2020-12, the keywords those schemas use; any other throws std::invalid_argument, so that
// nothing is taken for checked that was not. Pure.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace ktel::test {

// "/identify-platform/arch: is none of enum"; empty: it keeps to it.
std::string violation(const boost::json::value& schema, const boost::json::value& document);

}  // namespace ktel::test
