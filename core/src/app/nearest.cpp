// nearest: see the header. ktel::core exports app alone.
#include "app/nearest.hpp"

#include "plugin/nearest.hpp"

namespace ktel::app {

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  return plugin::nearest(word, known);
}

}  // namespace ktel::app
