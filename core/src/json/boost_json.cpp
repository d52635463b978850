// Boost.JSON compiled once into the host library, so that no other Boost's copy can be bound to it.
#include <boost/json/src.hpp>
