// From what became of a message to an outcome for the report and a verdict on the destination.
// Pure.
#pragma once

#include <string>

#include <librdkafka/rdkafka.h>
#include <ktel/sdk/backend.hpp>

namespace kafka {

// What is known when nothing more is waited for.
struct Sent {
  bool delivered = false;  // the brokers have it, whatever else happened
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;  // the message's, else the brokers' last
  bool perhaps_there = false;                              // it was on its way
  bool fatal = false;                                      // this producer can send nothing more
  int certificate = 0;                                     // X509_V_ERR_*, of a broker's
  bool elsewhere = false;  // a plain connection would have led to another machine
};

struct Where {
  std::string at;  // "kafka.example:9093"
  std::string topic;
};

// The text of both says the same; it stands in the outcome.
struct Judged {
  ktel::sdk::Judgement outcome;
  ktel::sdk::Judgement verdict;
};

Judged judge(const Where& where, const Sent& sent);

}  // namespace kafka
