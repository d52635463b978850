// Are certificates and keys what they are said to be? Asked before any connection is made, where it
// is still known in which file they lie. Pure; no key is ever asked a password for.
#pragma once

#include <string>

namespace ktel::cluster {

bool holds_certificate(const std::string& pem);

enum class KeyFault { none, no_pem, encrypted, of_another_certificate };

// `certificate_pem` holds a certificate.
KeyFault check_key(const std::string& key_pem, const std::string& certificate_pem);

}  // namespace ktel::cluster
