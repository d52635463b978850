// PEM through OpenSSL: see the header.
#include "cluster/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace ktel::cluster {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// OpenSSL's queue of errors is the thread's, and libcurl's TLS reads it too.
struct ErrorsOf {
  ~ErrorsOf() { ERR_clear_error(); }
};

Bio view(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

Certificate read_certificate(const std::string& pem) {
  const Bio bio = view(pem);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
}

// Without it OpenSSL would ask on the terminal.
int note_that_it_asks(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

bool holds_certificate(const std::string& pem) {
  const ErrorsOf ours;
  return read_certificate(pem) != nullptr;
}

KeyFault check_key(const std::string& key_pem, const std::string& certificate_pem) {
  const ErrorsOf ours;
  bool asked = false;
  const Bio bio = view(key_pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &note_that_it_asks, &asked),
                &EVP_PKEY_free);
  if (asked) return KeyFault::encrypted;
  if (!key) return KeyFault::no_pem;
  const Certificate certificate = read_certificate(certificate_pem);
  const bool fits = certificate && X509_check_private_key(certificate.get(), key.get()) == 1;
  return fits ? KeyFault::none : KeyFault::of_another_certificate;
}

}  // namespace ktel::cluster
