// Values of the ABI as bytes: what a job puts, its parameters, cells of rows.
//
// The form of a table's cells (cluster/table.hpp), with texts in place of their numbers. Reading
// takes nothing for granted: types, lengths, counts, one level of lists.
#pragma once

#include <deque>
#include <vector>

#include <ktel/abi/types.h>

#include "isolation/bytes.hpp"

namespace ktel::isolation {

void put_value(BytesOut& out, const ktel_value& value);

// Texts are views into what is read; lists lie in `lists`. Not good: there is no such value.
ktel_value get_value(BytesIn& in, std::deque<std::vector<ktel_value>>& lists);

}  // namespace ktel::isolation
