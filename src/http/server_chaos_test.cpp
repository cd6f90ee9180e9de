// Many rude clients and hasty handlers at once. Whatever they do, no connection is left behind, no memory of bodies is
// lost, and the next polite client is served.

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/prng.hpp"
#include "http/test_client.hpp"

namespace mingyue::http::testing {
namespace {

/// Handlers leave their replies and sinks here; other threads do something with them, sometimes too late.
struct Desk {
  std::mutex mutex;
  std::deque<Reply> replies;
  std::vector<EventSink> sinks;
  std::atomic<bool> closing = false;
};

void work(Desk& desk, Prng prng) {
  while (!desk.closing) {
    std::optional<Reply> reply;
    std::optional<EventSink> sink;
    {
      const std::lock_guard lock(desk.mutex);
      if (!desk.replies.empty()) {
        reply = std::move(desk.replies.front());
        desk.replies.pop_front();
      }
      if (!desk.sinks.empty()) sink = desk.sinks[prng.below(desk.sinks.size())];
      if (desk.sinks.size() > 50) desk.sinks.erase(desk.sinks.begin(), desk.sinks.begin() + 25);
    }
    if (sink) sink->send("job", "1", std::string(prng.below(2000), 'x'));
    if (sink && prng.chance(1, 20)) sink->close();
    if (!reply) {
      std::this_thread::yield();
      continue;
    }
    switch (prng.below(4)) {
      case 0:
        reply->send(Response::text(std::string(prng.below(300'000), 'x')));
        break;
      case 1: {
        const std::lock_guard lock(desk.mutex);
        desk.sinks.push_back(reply->events({.queue_bytes_max = 20'000}));
        break;
      }
      case 2: {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) break;
        UniqueFd far(ends[1]);
        reply->upgrade("raw", UniqueFd(ends[0]));
        static_cast<void>(::send(far.get(), "hello", 5, MSG_NOSIGNAL));
        break;
      }
      default:
        reply.reset();
        break;  // Dropped: 500.
    }
  }
}

void misbehave(std::uint16_t port, Prng prng, int rounds) {
  static constexpr std::string_view lines[] = {
      "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /later HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nonly some of it",
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
      "GET /hel",
      "nonsense\r\n\r\n",
  };
  for (int round = 0; round < rounds; ++round) {
    TestClient client(port);
    for (std::uint64_t count = 1 + prng.below(4); count > 0; --count) client.send(lines[prng.below(std::size(lines))]);
    if (prng.chance(1, 3)) client.end_output();
    char bytes[1000];
    if (prng.chance(1, 2)) static_cast<void>(::recv(client.fd(), bytes, sizeof bytes, MSG_DONTWAIT));
    if (prng.chance(1, 3)) ::usleep(static_cast<useconds_t>(prng.below(3000)));
    if (prng.chance(1, 2)) {
      client.reset();
    } else {
      client.close();
    }
  }
}

TEST(Server, SurvivesRudeClientsAndHastyHandlers) {
  Router router = usual_routes();
  Desk desk;
  router.on("GET", "/later", [&](const Request&, Reply reply) {
    const std::lock_guard lock(desk.mutex);
    desk.replies.push_back(std::move(reply));
  });
  ServerOptions options;
  options.threads = 2;
  options.limits.send_buffer_bytes = 16 * 1024;
  options.limits.body_grace = milliseconds(200);
  const auto server = start(router, std::move(options));
  const Prng prng(0x51e0);
  std::vector<std::thread> workers;
  for (const std::string_view name : {"worker a", "worker b"})
    workers.emplace_back([&, name] { work(desk, prng.split(name)); });
  std::vector<std::thread> clients;
  for (const std::string_view name : {"a", "b", "c", "d"}) {
    clients.emplace_back([&, name] { misbehave(server->port(), prng.split(name), 500); });
  }
  for (std::thread& thread : clients) thread.join();
  TestClient polite(server->port());
  EXPECT_EQ(polite.ask("GET", "/hello").status, 200);
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 1; }));
  EXPECT_EQ(server->counts().body_bytes, 0u);
  desk.closing = true;
  for (std::thread& thread : workers) thread.join();
}

TEST(Server, StopsInTheMiddleOfEverything) {
  for (int round = 0; round < 10; ++round) {
    Router router = usual_routes();
    Desk desk;
    router.on("GET", "/later", [&](const Request&, Reply reply) {
      const std::lock_guard lock(desk.mutex);
      desk.replies.push_back(std::move(reply));
    });
    ServerOptions options;
    options.threads = 2;
    auto server = start(router, std::move(options));
    const Prng prng(static_cast<std::uint64_t>(round));
    std::thread worker([&] { work(desk, prng.split("worker")); });
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int count = 0; count < 20; ++count) {
      clients.push_back(std::make_unique<TestClient>(server->port()));
      clients.back()->send(count % 2 == 0 ? "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                          : "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1234");
    }
    if (round >= 5) {
      EXPECT_TRUE(eventually([&] { return server->counts().accepted == 20; }));
    }
    server->stop(milliseconds(20 * round));
    server.reset();
    desk.closing = true;
    worker.join();
  }
}

}  // namespace
}  // namespace mingyue::http::testing
