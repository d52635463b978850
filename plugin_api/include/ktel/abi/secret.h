// ktel/abi/secret.h: "ktel.secret/1", a backend's SECRET parameters where ${param} in a header will
// not do.
#pragma once

#include <ktel/abi/types.h>

// The service: the host's table, which lives as long as the process. `param` is the index of a
// parameter of the backend. All [call].
typedef struct ktel_secret {
  uint32_t struct_size;  // sizeof(ktel_secret) in the host
  uint32_t reserved;     // 0

  // HMAC-SHA-256 of data, keyed with parameter `param`. E_INVALID: not a secret; E_ABSENT: not set.
  ktel_status (*hmac_sha256)(ktel_call* call, uint32_t param, ktel_str data,
                             uint8_t mac[32]) KTEL_NOEXCEPT;

  // The secret itself, for backends with OWN_IO alone, else E_DENIED. The host's bytes, wiped when
  // the plugin function returns. E_INVALID, E_ABSENT: as above.
  ktel_status (*reveal)(ktel_call* call, uint32_t param, ktel_str* value) KTEL_NOEXCEPT;
} ktel_secret;
