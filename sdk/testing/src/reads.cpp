// States first, rows after.
#include "reads.hpp"

#include <algorithm>
#include <stdexcept>

#include <ktel/sdk/detail/grammar.hpp>
#include <ktel/sdk/text.hpp>

namespace ktel::sdk::testing {

std::vector<std::vector<Step>> compile_paths(const char* paths) {
  std::vector<std::vector<Step>> compiled;
  for (const std::string& path : split_paths(detail::text(paths))) {
    compiled.push_back(parse_path(path));
  }
  return compiled;
}

Reads::Reads(const ktel_job& job, const std::set<std::uint32_t>& masked, IsSet is_set)
    : job_(job), masked_(masked), is_set_(std::move(is_set)), reads_(job.read_count) {
  for (std::uint32_t i = 0; i < job.read_count; ++i) {
    reads_[i].paths = compile_paths(job.reads[i].paths);
  }
}

namespace {

// Does a METRICS read keep this sample?
bool names(const ktel_read& declared, const Tree& sample, Pool& pool) {
  const ktel_value name = sample.find(parse_path("name"), pool);
  if (name.type != KTEL_V_STRING) throw std::invalid_argument("a sample needs a `name`");
  return detail::holds(detail::text(declared.metrics), view(name.str));
}

}  // namespace

void Reads::object(std::uint32_t read, const Object& object, std::string_view version, Pool& pool) {
  const ktel_read& declared = job_.reads[read];
  const Tree tree(object);
  if (declared.verb == KTEL_READ_METRICS && !names(declared, tree, pool)) return;
  const auto& paths = reads_[read].paths;
  KeptRow& kept = reads_[read].rows.emplace_back(paths.size());
  for (std::size_t i = 0; i < paths.size() && i < kept.cells.size(); ++i) {
    kept.cells[i] = tree.find(paths[i], pool);
  }
  const bool versioned = declared.verb == KTEL_READ_LIST || declared.verb == KTEL_READ_GET;
  std::string_view versions = detail::text(declared.versions);
  if (version.empty() && versioned) detail::next_word(versions, version);
  kept.row.version = pool.text(version == "*" ? "" : version);
}

ktel_status Reads::state(std::uint32_t read) const {
  if (read >= reads_.size()) return KTEL_E_INVALID;
  const ktel_read& declared = job_.reads[read];
  const bool made = wanted(read) && complete(detail::text(declared.ns)) &&
                    complete(detail::text(declared.name)) &&
                    complete(detail::text(declared.label_selector)) && when_holds(read);
  if (!made) return KTEL_E_SKIPPED;
  if (reads_[read].ended) return *reads_[read].ended;
  return single(read) && reads_[read].rows.empty() ? KTEL_E_ABSENT : KTEL_OK;
}

ktel_status Reads::count(std::uint32_t read, std::uint64_t* n) const {
  const ktel_status state = this->state(read);
  if (state == KTEL_OK) *n = reads_[read].found();
  return state;
}

ktel_status Reads::each(std::uint32_t read, ktel_row_fn row, void* user) const {
  if (const ktel_status state = this->state(read); state != KTEL_OK) return state;
  if (job_.reads[read].verb == KTEL_READ_COUNT) return KTEL_E_INVALID;
  for (const KeptRow& kept : reads_[read].rows) {
    const ktel_status status = row(user, &kept.row);
    if (status == KTEL_STOP) return KTEL_OK;
    if (status < 0) return status;
  }
  return KTEL_OK;
}

ktel_status Reads::one(std::uint32_t read, const ktel_row** row) const {
  if (const ktel_status state = this->state(read); state != KTEL_OK) return state;
  if (!single(read)) return KTEL_E_INVALID;
  if (reads_[read].rows.empty()) return KTEL_E_ABSENT;
  *row = &reads_[read].rows.front().row;
  return KTEL_OK;
}

bool Reads::single(std::uint32_t read) const {
  return job_.reads[read].verb == KTEL_READ_GET || job_.reads[read].verb == KTEL_READ_RAW;
}

// Does a field that may leave come from it, or the `when` of a later read that is wanted?
bool Reads::wanted(std::uint32_t read) const {
  const std::string_view id = job_.reads[read].id;
  for (std::uint32_t i = 0; i < job_.field_count; ++i) {
    if (!masked_.contains(i) && detail::holds(detail::text(job_.fields[i].from), id)) return true;
  }
  for (std::uint32_t i = read + 1; i < job_.read_count; ++i) {
    std::string_view when = detail::text(job_.reads[i].when);
    if (when.starts_with('!')) when.remove_prefix(1);
    if (when == id && wanted(i)) return true;
  }
  return false;
}

bool Reads::complete(std::string_view text) const {
  for (std::size_t at = text.find("${"); at != text.npos; at = text.find("${", at + 2)) {
    const std::size_t end = std::min(text.find('}', at), text.size());
    if (!is_set_(text.substr(at + 2, end - at - 2))) return false;
  }
  return true;
}

// Of a read that is neither OK nor ABSENT it is not known whether it has rows.
bool Reads::when_holds(std::uint32_t read) const {
  std::string_view when = detail::text(job_.reads[read].when);
  if (when.empty()) return true;
  const bool none = when.starts_with('!');
  if (none) when.remove_prefix(1);
  for (std::uint32_t i = 0; i < read; ++i) {
    if (when != job_.reads[i].id) continue;
    const ktel_status state = this->state(i);
    if (state == KTEL_OK) return (reads_[i].found() > 0) != none;
    return state == KTEL_E_ABSENT && none;
  }
  return false;
}

}  // namespace ktel::sdk::testing
