// Tls: see the header.
#include "tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <ktel/sdk/guard.hpp>

#include <algorithm>
#include <array>
#include <new>

namespace kong_tls {
namespace {

using ktel::sdk::Delivery;
using ktel::sdk::Refusal;
using End = Connection::End;

constexpr std::chrono::seconds handshake_limit{5};
constexpr std::chrono::seconds write_limit{30};
constexpr std::chrono::seconds close_limit{2};
constexpr const char* whom_to_trust =
    " (whom to trust: --ca-file FILE, or ca=, server_name=, pin= in the URL)";

template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Ssl = std::unique_ptr<SSL, Freed<SSL_free>>;

// A key that is encrypted has nobody to ask for its password.
int no_password(char*, int, int, void*) { return -1; }

Bio reading(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Cert next_certificate(const Bio& bio) {
  return Cert(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
}

void trust_authorities(SSL_CTX* context, const Trust& trust, const Address& to) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  // As libcurl does: whoever is trusted need not be a root.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  if (trust.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  const Bio bio = reading(trust.ca);
  int added = 0;
  while (const Cert cert = next_certificate(bio)) added += X509_STORE_add_cert(store, cert.get());
  ERR_clear_error();
  if (added == 0) {
    throw Refusal(KTEL_E_INVALID,
                  "the CA certificates for " + to.shown + " cannot be used; they must be PEM");
  }
}

void show_certificate(SSL_CTX* context, const Trust& trust, const Address& to) {
  if (trust.cert.empty()) return;
  const Bio certs = reading(trust.cert);
  const Cert own = next_certificate(certs);
  const Key key(PEM_read_bio_PrivateKey(reading(trust.key).get(), nullptr, no_password, nullptr));
  bool good = own && key && SSL_CTX_use_certificate(context, own.get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  while (const Cert issuer = good ? next_certificate(certs) : nullptr) {
    good = SSL_CTX_add1_chain_cert(context, issuer.get()) == 1;
  }
  ERR_clear_error();
  if (!good) {
    throw Refusal(KTEL_E_INVALID, "the client certificate or key for " + to.shown +
                                      " cannot be used; they must be PEM and belong together");
  }
}

std::vector<std::string> read_pins(std::string_view text) {
  constexpr std::string_view kind = "sha256//";
  constexpr std::size_t hash_size = 44;  // of SHA-256 in base64
  std::vector<std::string> pins;
  while (!text.empty()) {
    const std::string_view pin = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(pin.size() + 1, text.size()));
    if (!pin.starts_with(kind) || pin.size() != kind.size() + hash_size || pin.back() != '=') {
      throw Refusal(KTEL_E_INVALID,
                    "pin= takes sha256// and the 44 characters of the hash of a public key in "
                    "base64: give it like sha256//AAAA...=");
    }
    pins.emplace_back(pin.substr(kind.size()));
  }
  return pins;
}

std::string pin_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(der, static_cast<std::size_t>(size), hash.data());
  OPENSSL_free(der);
  std::array<unsigned char, 64> base64{};
  const int length = EVP_EncodeBlock(base64.data(), hash.data(), hash.size());
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)};
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// One TLS connection: what OpenSSL writes goes to the socket, what comes from there to OpenSSL.
class Session {
 public:
  Session(SSL_CTX* context, const Address& to, const std::string& name, bool client_cert,
          Delivery host)
      : to_(to),
        name_(name),
        client_cert_(client_cert),
        host_(host),
        connection_(Connection::open(to, host)),
        ssl_(SSL_new(context)) {
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    if (!ssl_ || in_ == nullptr || out_ == nullptr) throw std::bad_alloc();
    SSL_set_bio(ssl_.get(), in_, out_);  // which owns them from here on
    expect_name();
  }

  void shake_hands() {
    const Wait wait(host_, handshake_limit);
    for (;;) {
      ERR_clear_error();
      const int done = SSL_connect(ssl_.get());
      const int error = SSL_get_error(ssl_.get(), done);
      const End sent = flush(wait);
      if (done == 1 && sent == End::none) return;
      if (done != 1 && error != SSL_ERROR_WANT_READ) throw no_handshake();
      const End end = sent == End::none ? feed(wait) : sent;
      if (end == End::late) {
        throw Failure{KTEL_CAUSE_TIMEOUT, to_.shown + " did not answer the TLS handshake within " +
                                              wait.limit() + "; check the port, and its load"};
      }
      if (end != End::none) {
        throw Failure{KTEL_CAUSE_IO, to_.shown +
                                         " closed the connection during the TLS handshake; check "
                                         "the scheme and the port"};
      }
    }
  }

  void expect_pin(const std::vector<std::string>& pins) const {
    if (pins.empty()) return;
    const Cert certificate(SSL_get1_peer_certificate(ssl_.get()));
    const std::string pin = certificate ? pin_of(certificate.get()) : "";
    if (std::find(pins.begin(), pins.end(), pin) != pins.end()) return;
    throw Failure{KTEL_CAUSE_TLS, "the public key of " + to_.shown +
                                      " is not the pinned one; if it was replaced on purpose, pin "
                                      "the new one" +
                                      whom_to_trust};
  }

  // And that nothing follows.
  void write(std::string_view message) {
    ERR_clear_error();
    const int size = static_cast<int>(message.size());
    if (SSL_write(ssl_.get(), message.data(), size) != size) throw no_handshake();
    SSL_shutdown(ssl_.get());
    const Wait wait(host_, write_limit);
    const End end = flush(wait);
    if (end == End::late) {
      throw Failure{KTEL_CAUSE_TIMEOUT, to_.shown + " did not take the whole report within " +
                                            wait.limit() +
                                            "; check its load. It is sent again, and may be there "
                                            "twice"};
    }
    if (end != End::none) {
      read_what_is_there();
      throw lost();
    }
    connection_.finish();
  }

  // A close in order after everything is read, which a kernel tells from one before that.
  Tls::Ending wait_for_close() {
    const Wait wait(host_, close_limit);
    bool said_goodbye = false;
    for (;;) {
      const End end = feed(wait);
      said_goodbye = read() || said_goodbye;
      if (end == End::reset) throw lost();
      if (end == End::closed) return Tls::Ending::confirmed;
      if (end == End::late) {
        return said_goodbye ? Tls::Ending::confirmed : Tls::Ending::unconfirmed;
      }
    }
  }

 private:
  void expect_name() const {
    X509_VERIFY_PARAM* const param = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name_.c_str()) == 1) return;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(param, name_.c_str(), name_.size());
    SSL_set_tlsext_host_name(ssl_.get(), name_.c_str());
  }

  End flush(const Wait& wait) {
    char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(out_, &data));
    std::string_view left(data, size);
    const End end = connection_.send(left, wait);
    BIO_reset(out_);
    return end;
  }

  End feed(const Wait& wait) {
    std::string bytes;
    const End end = connection_.receive(bytes, wait);
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    return end;
  }

  // What comes here is not for us. True: the other side says that it sends no more.
  bool read() {
    char ignored[1024];
    for (;;) {
      ERR_clear_error();
      const int got = SSL_read(ssl_.get(), ignored, sizeof ignored);
      if (got > 0) continue;
      const int error = SSL_get_error(ssl_.get(), got);
      if (error == SSL_ERROR_ZERO_RETURN) return true;
      if (error == SSL_ERROR_SSL) throw no_handshake();
      return false;
    }
  }

  // With TLS 1.3 the other side's verdict on our certificate comes after our handshake is done.
  void read_what_is_there() {
    const Wait at_once(host_, std::chrono::seconds(0));
    while (feed(at_once) == End::none) {
    }
    read();
  }

  Failure lost() const {
    return {KTEL_CAUSE_IO, to_.shown +
                               " broke the connection before it had read the whole report; check "
                               "that server, and the proxies between. It is sent again, and may "
                               "be there twice"};
  }

  Failure bad_certificate(long verified) const {
    const auto says = [&](const std::string& what) {
      return Failure{KTEL_CAUSE_TLS,
                     "the certificate of " + to_.shown + " " + what + whom_to_trust};
    };
    switch (verified) {
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return says("is not for the name \"" + name_ +
                    "\"; check the address, or set the server name to verify");
      case X509_V_ERR_CERT_HAS_EXPIRED:
        return says("has expired; renew it, or set this machine's clock right");
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return says("is not valid yet; check this machine's clock");
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return says("is signed by an unknown authority; give the CA certificate that signed it");
      default:
        return says(std::string("cannot be verified (") + X509_verify_cert_error_string(verified) +
                    "); replace it, or the CA certificate");
    }
  }

  // Of the error OpenSSL noted last.
  Failure no_handshake() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    const std::string detail = reason == nullptr ? "the handshake failed" : reason;
    ERR_clear_error();
    if (verified != X509_V_OK) return bad_certificate(verified);
    if (has(detail, "wrong version number") || has(detail, "packet length too long") ||
        has(detail, "http request")) {
      return {KTEL_CAUSE_TLS, to_.shown + " does not speak TLS; check the scheme and the port"};
    }
    const bool of_certificate =
        has(detail, "certif") || (client_cert_ && has(detail, "unknown ca"));
    if (has(detail, "alert") && of_certificate) {
      return {KTEL_CAUSE_TLS,
              to_.shown + (client_cert_
                               ? " refuses the client certificate; check that its CA issued it"
                               : " asks for a client certificate; give one with cert= and key= "
                                 "in the URL")};
    }
    return {KTEL_CAUSE_TLS,
            "no TLS connection to " + to_.shown + ": " + detail + "; TLS 1.3 is needed"};
  }

  const Address& to_;
  const std::string& name_;
  const bool client_cert_;
  Delivery host_;
  Connection connection_;
  Ssl ssl_;
  BIO* in_ = nullptr;   // the session's
  BIO* out_ = nullptr;  // the session's
};

}  // namespace

Tls::Tls(const Trust& trust, Address to)
    : to_(std::move(to)),
      name_(trust.server_name.empty() ? to_.host : std::string(trust.server_name)),
      pins_(read_pins(trust.pin)),
      client_cert_(!trust.cert.empty()),
      context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  trust_authorities(context_.get(), trust, to_);
  show_certificate(context_.get(), trust, to_);
}

Tls::Ending Tls::send(std::string_view message, ktel::sdk::Delivery host) const {
  Session session(context_.get(), to_, name_, client_cert_, host);
  session.shake_hands();
  session.expect_pin(pins_);
  session.write(message);
  return session.wait_for_close();
}

}  // namespace kong_tls
