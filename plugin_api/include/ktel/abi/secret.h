// ktel/abi/secret.h: "ktel.secret/1", a backend's SECRET parameters where ${param} in a header will
// not do.
#pragma once

#include <ktel/abi/types.h>

typedef struct ktel_secret {
  uint32_t struct_size;
  uint32_t reserved;

  // HMAC-SHA-256 of data, keyed with parameter `param`. E_INVALID: not a secret; E_ABSENT: not set.
  // [call]
  ktel_status (*hmac_sha256)(ktel_call* call, uint32_t param, ktel_str data,
                             uint8_t mac[32]) KTEL_NOEXCEPT;

  // The secret itself, for backends with OWN_IO alone, else E_DENIED. Wiped when the plugin
  // function returns. [call]
  ktel_status (*reveal)(ktel_call* call, uint32_t param, ktel_str* value) KTEL_NOEXCEPT;
} ktel_secret;
