// `Connection`: a TCP connection whose every call ends in time.
//
// No signal is raised where the other side is gone, and none is needed to end a wait. On the thread
// of deliver(). Throws Failure with the operator's sentence.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "wait.hpp"

namespace kong_tls {

struct Address {
  std::string host;  // without brackets
  std::string port;
  std::string shown;  // "host:port", for sentences
};

class Connection {
 public:
  // Looks the name up and connects to the first address that takes it.
  static Connection open(const Address& to, ktel::sdk::Delivery host);

  Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  enum class End { none, late, closed, reset };

  // Takes what was sent off `bytes`. none: all of it.
  End send(std::string_view& bytes, const Wait& wait);

  // Puts what has come behind `into`, waiting for the first byte.
  End receive(std::string& into, const Wait& wait);

  // Nothing more comes from here.
  void finish();

 private:
  explicit Connection(int socket) : socket_(socket) {}

  int socket_;
};

}  // namespace kong_tls
