// Boost.JSON's code, compiled once for this library: no shared library to install beside it.
#include <boost/json/src.hpp>
