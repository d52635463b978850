// OpenSSL's C API behind a few values.
#include "support/certs.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace ktel::test {
namespace {

template <auto free_function>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

void need(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("openssl failed: ") + what);
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  need(key != nullptr, "EVP_EC_gen");
  return key;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Bio memory() { return Bio(BIO_new(BIO_s_mem())); }

Bio reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string pem(X509* cert) {
  const Bio bio = memory();
  need(PEM_write_bio_X509(bio.get(), cert) == 1, "PEM_write_bio_X509");
  return text_of(bio.get());
}

std::string pem(EVP_PKEY* key) {
  const Bio bio = memory();
  need(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "PEM_write_bio_PrivateKey");
  return text_of(bio.get());
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  need(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                  0) == 1,
       "X509_NAME_add_entry_by_txt");
}

void add_extension(X509* cert, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  need(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1, value.c_str());
}

// A certificate without extensions. Signed by whoever adds them.
Cert blank(const CertOptions& options, EVP_PKEY* key) {
  Cert cert(X509_new());
  need(X509_set_version(cert.get(), X509_VERSION_3) == 1, "X509_set_version");
  std::uint64_t serial = 0;
  need(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "RAND_bytes");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), static_cast<long>(options.valid_from.count()));
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), static_cast<long>(options.valid_to.count()));
  X509_NAME* name = X509_get_subject_name(cert.get());
  for (const std::string& organization : options.organizations) add_name(name, "O", organization);
  add_name(name, "CN", options.common_name);
  need(X509_set_pubkey(cert.get(), key) == 1, "X509_set_pubkey");
  return cert;
}

void sign(X509* cert, X509* issuer, EVP_PKEY* key) {
  need(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1, "X509_set_issuer_name");
  add_extension(cert, issuer, NID_subject_key_identifier, "hash");
  if (cert != issuer) add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
  need(X509_sign(cert, key, EVP_sha256()) > 0, "X509_sign");
}

void add_leaf_extensions(X509* cert, X509* issuer, const CertOptions& options) {
  add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(cert, issuer, NID_ext_key_usage, options.client ? "clientAuth" : "serverAuth");
  std::string names;
  for (const std::string& dns : options.dns) names += (names.empty() ? "DNS:" : ",DNS:") + dns;
  for (const std::string& ip : options.ips) names += (names.empty() ? "IP:" : ",IP:") + ip;
  if (!names.empty()) add_extension(cert, issuer, NID_subject_alt_name, names);
}

}  // namespace

struct TestCa::Keys {
  Key key;
  Cert cert;
};

TestCa::TestCa(std::string_view common_name) : keys_(new Keys{new_key(), nullptr}) {
  keys_->cert = blank({.common_name = std::string(common_name)}, keys_->key.get());
  X509* cert = keys_->cert.get();
  add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
  sign(cert, cert, keys_->key.get());
  pem_ = test::pem(cert);
}

TestCa::~TestCa() = default;
TestCa::TestCa(TestCa&&) noexcept = default;

CertKey TestCa::make(const CertOptions& options) const {
  const Key key = new_key();
  const Cert cert = blank(options, key.get());
  add_leaf_extensions(cert.get(), keys_->cert.get(), options);
  sign(cert.get(), keys_->cert.get(), keys_->key.get());
  return {test::pem(cert.get()), test::pem(key.get())};
}

CertKey TestCa::expired() const {
  return make({.valid_from = -std::chrono::hours(48), .valid_to = -std::chrono::hours(1)});
}

CertKey TestCa::wrong_name() const {
  return make({.common_name = "elsewhere.example", .dns = {"elsewhere.example"}, .ips = {}});
}

CertKey TestCa::client(std::string common_name, std::vector<std::string> organizations) const {
  return make({.common_name = std::move(common_name),
               .organizations = std::move(organizations),
               .dns = {},
               .ips = {},
               .client = true});
}

CertKey self_signed(const CertOptions& options) {
  const Key key = new_key();
  const Cert cert = blank(options, key.get());
  add_leaf_extensions(cert.get(), cert.get(), options);
  sign(cert.get(), cert.get(), key.get());
  return {pem(cert.get()), pem(key.get())};
}

CertFiles CertKey::write(const TempDir& dir, std::string_view name) const {
  const std::string base(name);
  return {dir.write(base + ".crt", cert_pem), dir.write(base + ".key", key_pem, 0600)};
}

std::string CertKey::pin() const {
  const Cert cert(PEM_read_bio_X509(reading(cert_pem).get(), nullptr, nullptr, nullptr));
  need(cert != nullptr, "PEM_read_bio_X509");
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert.get()), &der);
  need(size > 0, "i2d_X509_PUBKEY");
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash;
  SHA256(der, static_cast<std::size_t>(size), hash.data());
  OPENSSL_free(der);
  std::array<unsigned char, 64> base64;
  const int length = EVP_EncodeBlock(base64.data(), hash.data(), hash.size());
  return "sha256//" +
         std::string(reinterpret_cast<char*>(base64.data()), static_cast<std::size_t>(length));
}

std::string private_key_pem() { return pem(new_key().get()); }

std::string public_key_pem(const std::string& private_key) {
  const Key key(PEM_read_bio_PrivateKey(reading(private_key).get(), nullptr, nullptr, nullptr));
  need(key != nullptr, "PEM_read_bio_PrivateKey");
  const Bio bio = memory();
  need(PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1, "PEM_write_bio_PUBKEY");
  return text_of(bio.get());
}

}  // namespace ktel::test
