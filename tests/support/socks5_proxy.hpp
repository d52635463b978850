// A small SOCKS5 proxy for tests: carries TCP, and remembers where it was asked to connect to.
//
//   test::Socks5Proxy proxy;
//   ... proxy-url: proxy.url() ...
//   CHECK(proxy.asked() == std::vector<std::string>{"api.example:6443"});
//
// Every name means this machine: what is asked for need not exist. A thread for each connection, on
// a loopback port of its own; the destructor ends them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ktel::test {

class Socks5Proxy {
 public:
  // With a name, only who gives it and the password is served.
  explicit Socks5Proxy(std::string user = {}, std::string password = {});
  ~Socks5Proxy();

  std::uint16_t port() const noexcept;
  std::string url(std::string_view user_info = "") const;  // "socks5://" + user_info + address

  // "name:port" of each connection made; an address stands as such.
  std::vector<std::string> asked() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::test
