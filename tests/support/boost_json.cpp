// Boost.JSON's code for the test helpers. A program that has it from elsewhere takes that instead.
#include <boost/json/src.hpp>
