// `KafkaLogin`: as much of a Kafka broker as it takes to log in by SASL PLAIN, in the clear, and to
// be sent on to another broker; what librdkafka's own mock cannot do.
//
//   test::KafkaLogin door({.password = "s3cret"});
//   ... produce to door.authority() ...
//   CHECK(door.logins() == std::vector<std::string>{"ktel:s3cret"});
//
// On a loopback port of its own, on one thread, a connection at a time. Who is let in learns that
// the topic it asks for is led by a broker at 192.0.2.1, which is nobody's address.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace ktel::test {

struct KafkaLoginOptions {
  std::string password = {};        // that is let in
  std::string mechanism = "PLAIN";  // the only one that is known
};

class KafkaLogin {
 public:
  explicit KafkaLogin(const KafkaLoginOptions& options);
  ~KafkaLogin();

  std::string authority() const;  // 127.0.0.1:PORT

  // "user:password" of each that tried.
  std::vector<std::string> logins() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktel::test
