// Samples of metrics as rows of cells: what METRICS reads get, as `json::Projection` makes it of
// JSON.
//
// Joins metrics_parser.hpp to the paths of a fetch; used by both sources.
#pragma once

#include <memory>

#include "cluster/metrics_parser.hpp"
#include "json/path_trie.hpp"
#include "json/projection.hpp"

namespace ktel::cluster {

// Gives `sink` each sample as the document {name, labels: {...}, value}; one without labels has no
// such member. A value without a fraction is an integer, as far as 64 bits go; one that is infinite
// or no number is not there: JSON has no word for it, and a snapshot must tell the same.
SampleSink rows_of_samples(std::shared_ptr<const json::PathTrie> paths, json::RowSink sink);

}  // namespace ktel::cluster
