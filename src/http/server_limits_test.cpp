// What the server does with clients that are slow, many, or greedy.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <vector>

#include "http/test_client.hpp"

namespace mingyue::http::testing {
namespace {

using std::chrono::steady_clock;

TEST(SlowClient, ThatTricklesItsHeadIsCut) {
  const Router router = usual_routes();
  ServerOptions options;
  options.limits.head_within = milliseconds(300);
  const auto server = start(router, std::move(options));
  TestClient client(server->port());
  const std::string text = "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: ";
  client.send(text);
  const auto began = steady_clock::now();
  // One byte at a time does not buy more time.
  while (steady_clock::now() - began < std::chrono::milliseconds(900) && client.send("x")) {
    ::usleep(20'000);
    char byte;
    if (::recv(client.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) break;
  }
  EXPECT_EQ(client.read_answer().status, 408);
  EXPECT_LT(steady_clock::now() - began, std::chrono::milliseconds(900));
}

TEST(SlowClient, ThatSaysNothingIsLeftWithoutAWord) {
  const Router router = usual_routes();
  ServerOptions options;
  options.limits.head_within = milliseconds(200);
  options.limits.idle_max = milliseconds(200);
  const auto server = start(router, std::move(options));
  TestClient silent(server->port());
  EXPECT_TRUE(silent.ended());
  TestClient idle(server->port());
  EXPECT_EQ(idle.ask("GET", "/hello").status, 200);
  EXPECT_TRUE(idle.ended());
}

TEST(SlowClient, ThatTricklesItsBodyIsCut) {
  const Router router = usual_routes();
  ServerOptions options;
  options.limits.body_grace = milliseconds(300);
  options.limits.body_bytes_per_s_min = 100'000;
  const auto server = start(router, std::move(options));
  TestClient slow(server->port());
  slow.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n0123456789");
  EXPECT_EQ(slow.read_answer().status, 408);
  // The grace has passed long before this one ends, but its bytes come fast enough.
  TestClient steady(server->port());
  steady.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n" + std::string(100'000, 'x'));
  ::usleep(600'000);
  steady.send(std::string(100'000, 'x'));
  EXPECT_EQ(steady.read_answer().body.size(), 200'000u);
}

TEST(SlowClient, ThatDoesNotReadItsAnswerIsCut) {
  Router router = usual_routes();
  router.on("GET", "/large",
            [](const Request&, Reply reply) { reply.send(Response::text(std::string(8'000'000, 'x'))); });
  ServerOptions options;
  options.limits.write_within = milliseconds(300);
  options.limits.send_buffer_bytes = 16 * 1024;
  const auto server = start(router, std::move(options));
  TestClient client(server->port(), 4096);
  client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return server->counts().accepted == 1 && server->counts().connections == 0; }));
  EXPECT_LT(client.read_all().size(), 8'000'000u);
}

TEST(Connections, OverTheLimitAreTurnedAwayAndComeBack) {
  const Router router = usual_routes();
  ServerOptions options;
  options.limits.connections_max = 3;
  const auto server = start(router, std::move(options));
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int count = 0; count < 3; ++count) {
    clients.push_back(std::make_unique<TestClient>(server->port()));
    EXPECT_EQ(clients.back()->ask("GET", "/hello").status, 200);
  }
  TestClient fourth(server->port());
  const TestAnswer refusal = fourth.ask("GET", "/hello");
  EXPECT_EQ(refusal.status, 503);
  EXPECT_EQ(refusal.headers.get("retry-after"), "5");
  EXPECT_EQ(server->counts().turned_away, 1u);
  clients.pop_back();
  ASSERT_TRUE(eventually([&] { return server->counts().connections == 2; }));
  TestClient fifth(server->port());
  EXPECT_EQ(fifth.ask("GET", "/hello").status, 200);
}

TEST(Connections, OfOneAddressHaveALimit) {
  const Router router = usual_routes();
  ServerOptions options;
  options.limits.connections_per_address_max = 2;
  const auto server = start(router, std::move(options));
  TestClient first(server->port());
  TestClient second(server->port());
  EXPECT_EQ(first.ask("GET", "/hello").status, 200);
  EXPECT_EQ(second.ask("GET", "/hello").status, 200);
  TestClient third(server->port());
  EXPECT_EQ(third.ask("GET", "/hello").status, 503);
}

TEST(Descriptors, MayRunOutWithoutHarm) {
  const Router router = usual_routes();
  std::atomic<int> faults = 0;
  ServerOptions options;
  options.on_fault = [&](const Fault& fault) { faults += fault.code == "descriptors"; };
  const auto server = start(router, std::move(options));
  TestClient before(server->port());
  EXPECT_EQ(before.ask("GET", "/hello").status, 200);

  // Sockets for the clients are made first: connecting them then needs none of the descriptors that are scarce.
  std::vector<UniqueFd> sockets;
  for (int count = 0; count < 20; ++count) sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old_limit), 0);
  const int next_free = ::dup(0);
  ::close(next_free);
  rlimit scarce = old_limit;
  scarce.rlim_cur = static_cast<rlim_t>(next_free) + 5;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &scarce), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (const UniqueFd& fd : sockets) ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  EXPECT_TRUE(eventually([&] { return faults > 0 && server->counts().turned_away >= 15; }));
  EXPECT_EQ(before.ask("GET", "/hello").status, 200);  // Those who are in are served.
  sockets.clear();
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 1; }));
  ::setrlimit(RLIMIT_NOFILE, &old_limit);
  TestClient after(server->port());
  EXPECT_EQ(after.ask("GET", "/hello").status, 200);
}

/// The other side of the test below, in a process of its own because both sides together need two descriptors for each
/// connection. Opens so many connections, asks once on each, and holds them until `go_on` ends. Exit status 0: all were
/// answered.
int hold_connections(std::uint16_t port, int count, int tell, int go_on) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr std::string_view text = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
  int answered = 0;
  for (int index = 0; index < count; ++index) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) break;
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) <= 0) break;
    char bytes[1024];
    const ssize_t size = ::recv(fd, bytes, sizeof bytes, 0);
    if (size > 12 && std::string_view(bytes, 12) == "HTTP/1.1 200") ++answered;
  }
  char byte = answered == count ? 'y' : 'n';
  if (::write(tell, &byte, 1) != 1) return 2;
  while (::read(go_on, &byte, 1) > 0) {
  }
  return answered == count ? 0 : 1;
}

TEST(Connections, TenThousandStayOpenWhileNewOnesAreAnswered) {
  constexpr int count = 10'000;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < count + 500) GTEST_SKIP() << "needs 10 500 open files, the hard limit is " << limit.rlim_max;
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);

  int tell[2];
  int go_on[2];
  int tell_port[2];
  ASSERT_EQ(::pipe(tell) + ::pipe(go_on) + ::pipe(tell_port), 0);
  // Before the server has threads.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(go_on[1]);
    ::close(tell_port[1]);
    std::uint16_t port = 0;
    if (::read(tell_port[0], &port, sizeof port) != sizeof port) ::_exit(3);
    ::_exit(hold_connections(port, count, tell[1], go_on[0]));
  }
  ::close(tell[1]);
  const Router router = usual_routes();
  ServerOptions options;
  options.limits.connections_per_address_max = 12'000;
  const auto server = start(router, std::move(options));
  const std::uint16_t port = server->port();
  ASSERT_EQ(::write(tell_port[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
  char answer = 0;
  ASSERT_EQ(::read(tell[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(server->counts().connections, static_cast<std::size_t>(count));

  TestClient client(port);
  const auto began = steady_clock::now();
  for (int index = 0; index < 100; ++index) EXPECT_EQ(client.ask("GET", "/hello").status, 200);
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(5));
  TestClient another(port);
  EXPECT_EQ(another.ask("GET", "/jobs/7").status, 200);

  for (const int fd : {go_on[0], go_on[1], tell[0], tell_port[0], tell_port[1]}) ::close(fd);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 2; }));
}

}  // namespace
}  // namespace mingyue::http::testing
