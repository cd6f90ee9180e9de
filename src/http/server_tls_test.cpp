// The same server through TLS, with certificates made here.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "http/test_client.hpp"

namespace mingyue::http::testing {
namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* pointer) const {
    release(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Release<SSL_free>>;
using File = std::unique_ptr<std::FILE, Release<std::fclose>>;

/// A self-signed certificate and its key in a folder of its own.
class TestCertificate {
 public:
  TestCertificate() {
    char pattern[] = "/tmp/mingyue_http_tls_XXXXXX";
    folder_ = ::mkdtemp(pattern);
    files = {folder_ + "/certificate.pem", folder_ + "/key.pem"};
    renew(1);
  }
  ~TestCertificate() { std::filesystem::remove_all(folder_); }

  void renew(int serial) {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const File certificate_file(std::fopen(files.certificate_file.c_str(), "w"));
    PEM_write_X509(certificate_file.get(), certificate.get());
    const File key_file(std::fopen(files.key_file.c_str(), "w"));
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

  TlsFiles files;

 private:
  std::string folder_;
};

/// A TestClient that speaks through TLS.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port)
      : plain_(port), context_(SSL_CTX_new(TLS_client_method())), session_(SSL_new(context_.get())) {
    static constexpr unsigned char protocols[] = "\x08http/1.1";
    SSL_set_alpn_protos(session_.get(), protocols, sizeof protocols - 1);
    SSL_set_fd(session_.get(), plain_.fd());
    connected = SSL_connect(session_.get()) == 1;
  }

  void send(std::string_view text) {
    while (!text.empty()) {
      const int sent = SSL_write(session_.get(), text.data(), static_cast<int>(text.size()));
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  std::string read_until(std::string_view marker) {
    while (buffer_.find(marker) == std::string::npos) {
      char bytes[16 * 1024];
      const int size = SSL_read(session_.get(), bytes, sizeof bytes);
      if (size <= 0) {
        clean_end = SSL_get_error(session_.get(), size) == SSL_ERROR_ZERO_RETURN;
        break;
      }
      buffer_.append(bytes, static_cast<std::size_t>(size));
    }
    const std::size_t at = buffer_.find(marker);
    std::string taken = buffer_.substr(0, at == std::string::npos ? at : at + marker.size());
    buffer_.erase(0, taken.size());
    return taken;
  }
  [[nodiscard]] long serial() {
    const Certificate peer(SSL_get1_peer_certificate(session_.get()));
    return peer ? ASN1_INTEGER_get(X509_get_serialNumber(peer.get())) : 0;
  }
  [[nodiscard]] std::string protocol() {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  bool connected = false;
  bool clean_end = false;

 private:
  TestClient plain_;
  Context context_;
  Session session_;
  std::string buffer_;
};

TEST(Tls, CarriesRequestsAndAnswers) {
  const TestCertificate certificate;
  Router router = usual_routes();
  std::atomic<bool> is_tls = false;
  router.on("GET", "/end", [&](const Request& request, Reply reply) {
    is_tls = request.is_tls;
    reply.send(Response::text("the end"));
  });
  ServerOptions options;
  options.tls = certificate.files;
  const auto server = start(router, std::move(options));
  TlsClient client(server->port());
  ASSERT_TRUE(client.connected);
  EXPECT_EQ(client.protocol(), "http/1.1");
  client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(client.read_until("hello\n").find("HTTP/1.1 200 OK"), std::string::npos);
  const std::string body(1'000'000, 'x');
  std::thread sender(
      [&] { client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + body); });
  sender.join();
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until(body), body);
  client.send("GET /end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  client.read_until("the end");
  EXPECT_TRUE(is_tls);
  client.read_until("never");
  EXPECT_TRUE(client.clean_end);
}

TEST(Tls, CarriesLateAnswersAndEventStreams) {
  const TestCertificate certificate;
  Router router;
  std::thread answerer;
  router.on("GET", "/late", [&](const Request&, Reply reply) {
    answerer = std::thread([reply = std::move(reply)]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      reply.send(Response::text("late"));
    });
  });
  std::optional<EventSink> sink;
  Latch closed;
  router.on("GET", "/events", [&](const Request&, Reply reply) {
    sink = reply.events();
    sink->on_closed([&] { closed.open(); });
    sink->send("job", "1", "{}");
  });
  ServerOptions options;
  options.tls = certificate.files;
  const auto server = start(router, std::move(options));
  {
    TlsClient client(server->port());
    client.send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(client.read_until("late").find("200 OK"), std::string::npos);
    answerer.join();
    client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.read_until("data: {}\n\n");
  }
  EXPECT_TRUE(closed.wait());

  // Closing cleanly with a read still under way.
  TlsClient client(server->port());
  client.send("GET /late HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  client.read_until("late");
  client.read_until("never");
  EXPECT_TRUE(client.clean_end);
  answerer.join();
}

TEST(Tls, RefusesALargeBodyReadably) {
  const TestCertificate certificate;
  const Router router = usual_routes();
  ServerOptions options;
  options.tls = certificate.files;
  const auto server = start(router, std::move(options));
  TlsClient client(server->port());
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n" +
              std::string(100'000, 'x'));
  EXPECT_NE(client.read_until("\r\n\r\n").find("413"), std::string::npos);
}

TEST(Tls, DoesNotWaitForThoseWhoNeverShakeHands) {
  const TestCertificate certificate;
  const Router router = usual_routes();
  ServerOptions options;
  options.tls = certificate.files;
  options.limits.head_within = milliseconds(200);
  const auto server = start(router, std::move(options));
  TestClient silent(server->port());
  EXPECT_TRUE(silent.ended());
  TestClient plain(server->port());
  plain.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  plain.read_all();
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
}

TEST(Tls, TakesANewCertificateWhileItRuns) {
  TestCertificate certificate;
  const Router router = usual_routes();
  ServerOptions options;
  options.tls = certificate.files;
  const auto server = start(router, std::move(options));
  TlsClient before(server->port());
  EXPECT_EQ(before.serial(), 1);
  certificate.renew(2);
  EXPECT_TRUE(server->reload_tls().has_value());
  TlsClient after(server->port());
  EXPECT_EQ(after.serial(), 2);
  before.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(before.read_until("hello\n").find("200"), std::string::npos);

  std::filesystem::remove(certificate.files.key_file);
  EXPECT_FALSE(server->reload_tls().has_value());
  TlsClient still(server->port());
  EXPECT_EQ(still.serial(), 2);
}

}  // namespace
}  // namespace mingyue::http::testing
