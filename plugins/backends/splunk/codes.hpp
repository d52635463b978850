// Splunk's own codes, as data: what each means for a report and for the destination.
//
// After the reply codes Splunk documents for the HTTP Event Collector (0 to 27). A code counts only
// with the HTTP status it belongs to: something on the way may answer in Splunk's place.
#pragma once

#include <cstdint>
#include <iterator>

#include <ktel/abi/backend.h>

namespace splunk {

enum class Class {
  accepted,  // delivered
  slow,      // delivered, and asked to slow down
  throttle,  // tried again, the whole destination waits
  retry,     // tried again, the destination is down
  block,     // an operator has to change something
  poison     // this report will never be taken
};

struct Code {
  std::uint32_t status;  // HTTP
  std::uint32_t code;
  Class kind;
  std::uint32_t cause;  // KTEL_CAUSE_*
  const char* next;     // the next step, or what it means; the report's fate is the host's to say
};

inline constexpr const char* use_token =
    "give the token of an enabled HEC input with --token-file FILE or KTEL_TOKEN_FILE";
inline constexpr const char* tried_again = "it is tried again";
inline constexpr const char* not_taken = "it does not take this report";
inline constexpr const char* look_for_channel =
    "ktel sends X-Splunk-Request-Channel: look for a proxy that drops or changes it";

inline constexpr Code codes[] = {
    {200, 0, Class::accepted, KTEL_CAUSE_NONE, ""},
    {403, 1, Class::block, KTEL_CAUSE_AUTH,
     "enable the token there, or give another one with --token-file FILE or KTEL_TOKEN_FILE"},
    {401, 2, Class::block, KTEL_CAUSE_AUTH, use_token},
    {401, 3, Class::block, KTEL_CAUSE_AUTH, use_token},
    {403, 4, Class::block, KTEL_CAUSE_AUTH, use_token},
    {400, 5, Class::poison, KTEL_CAUSE_DATA, not_taken},
    {400, 6, Class::poison, KTEL_CAUSE_DATA, not_taken},
    {400, 7, Class::poison, KTEL_CAUSE_DATA,
     "allow the token's default index there, or name an allowed one with index= in the URL of "
     "later reports"},
    {500, 8, Class::retry, KTEL_CAUSE_HTTP, tried_again},
    {503, 9, Class::throttle, KTEL_CAUSE_HTTP, tried_again},
    {400, 10, Class::block, KTEL_CAUSE_CONFIG, look_for_channel},
    {400, 11, Class::block, KTEL_CAUSE_CONFIG, look_for_channel},
    {400, 12, Class::poison, KTEL_CAUSE_DATA, not_taken},
    {400, 13, Class::poison, KTEL_CAUSE_DATA, not_taken},
    {400, 14, Class::block, KTEL_CAUSE_CONFIG,
     "enable indexer acknowledgement for the token there, or write ack=auto in the URL of later "
     "reports"},
    {400, 15, Class::poison, KTEL_CAUSE_DATA, not_taken},
    {400, 16, Class::block, KTEL_CAUSE_CONFIG,
     "ktel puts no token into a URL: look for a proxy that does"},
    {503, 18, Class::throttle, KTEL_CAUSE_HTTP, tried_again},
    {503, 19, Class::throttle, KTEL_CAUSE_HTTP, tried_again},
    {503, 20, Class::throttle, KTEL_CAUSE_HTTP, tried_again},
    {400, 21, Class::block, KTEL_CAUSE_AUTH, use_token},
    {400, 22, Class::block, KTEL_CAUSE_AUTH, use_token},
    {503, 23, Class::retry, KTEL_CAUSE_HTTP, tried_again},
    {200, 24, Class::slow, KTEL_CAUSE_HTTP, ""},
    {200, 25, Class::slow, KTEL_CAUSE_HTTP, ""},
    {429, 26, Class::throttle, KTEL_CAUSE_HTTP, tried_again},
    {429, 27, Class::throttle, KTEL_CAUSE_HTTP, tried_again},
};

inline constexpr std::uint32_t incorrect_index = 7;
inline constexpr std::uint32_t ack_is_disabled = 14;

}  // namespace splunk
