// The program's own Boost at work beside ktel's: another version of the same classes.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/version.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>

void use_own_boost() {
  boost::asio::io_context context;
  boost::asio::steady_timer timer(context, std::chrono::milliseconds(1));
  bool expired = false;
  timer.async_wait([&](const boost::system::error_code& error) { expired = !error; });
  context.run();
  if (!expired) std::abort();
  std::fprintf(stderr, "own Boost %s\n", BOOST_LIB_VERSION);
}
