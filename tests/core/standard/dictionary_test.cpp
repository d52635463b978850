// The dictionary: every key of a declaration stands in it.
#include "standard/dictionary.hpp"

#include <doctest/doctest.h>

#include "sample.hpp"

using ktel::standard::dictionary_markdown;

namespace {

std::string dictionary() { return dictionary_markdown(std::vector{ktel::test::sample_job()}); }

// From the heading on to the next one.
std::string section(const std::string& text, const std::string& heading) {
  const auto begin = text.find(heading + "\n");
  REQUIRE_MESSAGE(begin != text.npos, heading);
  const auto end = text.find("\n#", begin + 1);
  return text.substr(begin, end == text.npos ? end : end + 1 - begin);
}

}  // namespace

TEST_SUITE_BEGIN("core/standard/dictionary");

TEST_CASE("a field says all that was declared of it") {
  CHECK(section(dictionary(), "#### identify-platform.provider") ==
        R"(#### identify-platform.provider

Managed offering, from version suffix, provider id and node labels.

- Type: enum
- Class: environment
- Values: `GKE` Google; `AWS` Amazon EKS; `UNKNOWN` not recognised. Anything else is `UNKNOWN`
- Example: `"GKE"`
- Absent when: Nodes cannot be listed and the version names no vendor.
- Made of: `version`, `nodes`

)");
  CHECK(section(dictionary(), "#### identify-platform.kubernetes_version") ==
        R"(#### identify-platform.kubernetes_version

The API server's own gitVersion.

- Type: semver
- Class: environment
- Example: `"1.24"`
- Absent when: The server does not say.
- Made of: `version`
- In compact forms: `k8sv`

)");
  CHECK(section(dictionary(), "#### identify-platform.nodes_by_arch") ==
        R"(#### identify-platform.nodes_by_arch

Nodes by the architecture their kubelet reports.

- Type: map of count in `{node}`, 0 to 5000, to the power of two below
- Class: scale
- Keys: `amd64` x86-64; `other` any other. Anything else is `other`
- Example: `{"amd64":4}`
- Absent when: Nodes cannot be listed.
- Made of: `nodes`
- Stability: development
)");
}

TEST_CASE("a job says what it reads and why, what it takes, whom to ask") {
  CHECK(section(dictionary(), "## identify-platform") == R"(## identify-platform

Which kind of cluster the product runs on.

- Question: Which platforms must each release be tested on?
- Benefit: Your platform and version stay in the tested matrix.
- Owner: team-platform, telemetry@example.org
- Since 0.1.0, stable; expires 2028-06-30
- Parameter `--param identify-platform.namespace=...`: Where the product runs. By default `kong`.
- Takes from [cluster-state](#cluster-state): `nodes_count`

| Read | What | Why |
|---|---|---|
| `version` | RAW /version | Says the version. |
| `nodes` | LIST nodes | Vendors mark their nodes. Only if `version` finds something. |
| `kinds` | SERVED what is served in any group | Says what is installed. |

)");
}

TEST_CASE("the head counts classes; the matrix says who asks for each permission") {
  const std::string text = dictionary();
  CHECK(text.find("| environment | closed facts on the platform | 2 | sent |\n") != text.npos);
  CHECK(text.find("| scale | counts and sizes | 1 | sent |\n") != text.npos);
  CHECK(text.find("Each field expires, and is not collected any more without a new version: all "
                  "on 2028-06-30. Questions: telemetry@example.org.\n") != text.npos);
  CHECK(section(text, "## What is read, and by whom").find(R"(| Permission | Jobs |
|---|---|
| list nodes (optional) | [identify-platform](#identify-platform) |
| get /version | [identify-platform](#identify-platform) |
)") != std::string::npos);
}

TEST_SUITE_END();
