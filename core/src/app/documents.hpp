// Documents made from declarations: the dictionary, the schema of reports, the roles. No I/O.
//
// Of the commands that show what is collected before anything is.
#pragma once

#include <string>
#include <vector>

#include <ktel/host.hpp>
#include <ktel/options.hpp>
#include <ktel/result.hpp>

namespace ktel::app {

// Of these jobs as they are declared, in order of their names; "all" alone is every job. bad_input
// names a job that is unknown.
Result<std::string> dictionary(const Host& host, const std::vector<std::string>& jobs);  // Markdown
Result<std::string> report_schema(const Host& host, const std::vector<std::string>& jobs);  // JSON

// RBAC objects for a run with these options, as YAML; `namespaced` as in standard/roles.hpp.
// bad_input as Workflow::create().
Result<std::string> roles(const Host& host, const WorkflowOptions& options,
                          const std::vector<std::string>& namespaced);

}  // namespace ktel::app
