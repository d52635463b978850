// How reads end without rows: one sentence and the next step for each way. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cluster/read_result.hpp"

namespace ktel::cluster {

struct Fetch;

// "pods", "deployments.apps".
std::string resource_name(std::string_view resource, std::string_view group);

// "save it with `kubectl get --raw /apis` as _reads/apis.json": of what a snapshot lacks.
std::string how_to_save(std::string_view url, std::string_view extension = ".json");

ReadResult skipped();

// The kind is not served: a fact, with a note.
ReadResult not_served(std::string_view what);

// GET, and there is no object of that name.
ReadResult no_such_object(const Fetch& fetch);

// The snapshot holds no object of the kind, and nothing that says there is none.
ReadResult not_in_snapshot(const Fetch& fetch);

// ktel saved the snapshot for other reads. `what`: "pods", "what the core API serves".
ReadResult not_saved(std::string_view what);

ReadResult failed(Errc cause, std::string text, std::string next = {});

// The version is there, and its own server does not answer. The same sentence for all that it may
// serve, so that a job that asks for much of it is told once.
std::string does_not_answer(std::string_view group, std::string_view version);

// Rows were left out, for more than a cell holds at these paths.
Finding too_large(std::string_view what, std::uint64_t rows, std::string_view paths);

// 401: the server does not know who asks. `cause` is forbidden, as with denied().
ReadResult unauthorized(std::string text);

// 403: names the rule that is missing, word for word as it goes into a role, and no wider than it
// has to be. `ns` is the namespace asked, "" all of them; `told` what the server said, which names
// whom it refused.
ReadResult denied(const Fetch& fetch, std::string_view ns, std::string_view told);
ReadResult denied_url(std::string_view url, std::string_view told);

}  // namespace ktel::cluster
