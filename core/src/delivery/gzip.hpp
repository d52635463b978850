// gzip at level 1: four times smaller, at the speed the other parts of a send have. Pure.
#pragma once

#include <string>
#include <string_view>

namespace ktel::delivery {

std::string gzip(std::string_view bytes);

}  // namespace ktel::delivery
