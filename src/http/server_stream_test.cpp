// Answers that last: event streams, byte streams, upgraded connections.

#include <thread>
#include <vector>

#include "http/test_client.hpp"

namespace mingyue::http::testing {
namespace {

/// GET /events hands its sink out.
struct EventServer {
  explicit EventServer(EventOptions event_options = {}, ServerOptions options = {}) {
    router.on("GET", "/events", [this, event_options](const Request& request, Reply reply) {
      last_event_id = request.header("last-event-id");
      sink = reply.events(event_options);
      sink->on_closed([this] { closed.open(); });
      opened.open();
    });
    router.on("GET", "/hello", [](const Request&, Reply reply) { reply.send(Response::text("hello\n")); });
    server = start(router, std::move(options));
  }

  Router router;
  std::string last_event_id;
  std::optional<EventSink> sink;
  Latch opened;
  Latch closed;
  std::unique_ptr<Server> server;
};

constexpr std::string_view ask_for_events = "GET /events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 6\r\n\r\n";

TEST(EventStream, CarriesNewsAsItHappens) {
  EventServer centre;
  TestClient client(centre.server->port());
  client.send(ask_for_events);
  const TestAnswer head = client.read_answer_head();
  EXPECT_EQ(head.headers.get("content-type"), "text/event-stream");
  EXPECT_EQ(head.headers.get("transfer-encoding"), "chunked");
  ASSERT_TRUE(centre.opened.wait());
  EXPECT_EQ(centre.last_event_id, "6");
  EXPECT_EQ(client.read_until("retry: 2000\n\n\r\n").substr(0, 3), "d\r\n");
  EXPECT_TRUE(centre.sink->send("job", "7", R"({"state":"running"})"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "2c\r\nid: 7\nevent: job\ndata: {\"state\":\"running\"}\n\n\r\n");
  centre.sink->close();
  EXPECT_FALSE(centre.sink->send("job", "8", "{}"));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "0\r\n\r\n");
  ASSERT_TRUE(centre.closed.wait());
  EXPECT_EQ(client.ask("GET", "/hello").status, 200);  // The connection goes on.
}

TEST(EventStream, EndsWithItsLastHandle) {
  EventServer centre;
  TestClient client(centre.server->port());
  client.send(ask_for_events);
  ASSERT_TRUE(centre.opened.wait());
  {
    const EventSink copy = *centre.sink;
    centre.sink.reset();
    EXPECT_FALSE(copy.closed());
  }
  EXPECT_TRUE(centre.closed.wait());
  EXPECT_EQ(client.read_answer().body, "retry: 2000\n\n");
}

TEST(EventStream, BeatsWhenThereIsNoNews) {
  EventServer centre({.heartbeat = milliseconds(100)});
  TestClient client(centre.server->port());
  client.send(ask_for_events);
  client.read_answer_head();
  client.read_until(": alive\n\n");
  EXPECT_EQ(client.read_until(": alive\n\n"), "\r\n9\r\n: alive\n\n");
}

TEST(EventStream, NoticesThatItsClientLeft) {
  EventServer centre;
  {
    TestClient client(centre.server->port());
    client.send(ask_for_events);
    client.read_answer_head();
    ASSERT_TRUE(centre.opened.wait());
  }
  EXPECT_TRUE(centre.closed.wait());
  EXPECT_FALSE(centre.sink->send("job", "7", "{}"));
  bool told = false;
  centre.sink->on_closed([&] { told = true; });
  EXPECT_TRUE(told);
}

TEST(EventStream, OfASlowReaderEndsWithAnInvitationToComeBack) {
  ServerOptions options;
  options.limits.send_buffer_bytes = 16 * 1024;
  EventServer centre({.queue_bytes_max = 20'000}, std::move(options));
  TestClient client(centre.server->port(), 4096);
  client.send(ask_for_events);
  client.read_answer_head();
  ASSERT_TRUE(centre.opened.wait());
  int sent = 0;
  const std::string json(1000, 'x');
  while (sent < 100'000 && centre.sink->send("job", std::to_string(sent), json)) ++sent;
  EXPECT_LT(sent, 10'000);
  EXPECT_TRUE(centre.sink->closed());
  EXPECT_LE(centre.sink->queued_bytes(), 21'000u);
  // Everything that was taken arrives, in order, and then the comment.
  const std::string all = client.read_until("0\r\n\r\n");
  EXPECT_NE(all.find("id: " + std::to_string(sent - 1) + "\n"), std::string::npos);
  EXPECT_EQ(all.find("id: " + std::to_string(sent) + "\n"), std::string::npos);
  EXPECT_NE(all.find(": too slow: reconnect with Last-Event-ID\n\n"), std::string::npos);
}

TEST(EventStream, OfAReaderThatStandsStillIsCut) {
  ServerOptions options;
  options.limits.send_buffer_bytes = 16 * 1024;
  options.limits.write_within = milliseconds(300);
  EventServer centre({.queue_bytes_max = 200'000}, std::move(options));
  TestClient client(centre.server->port(), 4096);
  client.send(ask_for_events);
  ASSERT_TRUE(centre.opened.wait());
  while (centre.sink->send("job", "1", std::string(1000, 'x'))) {
  }
  EXPECT_TRUE(centre.closed.wait());
  EXPECT_TRUE(eventually([&] { return centre.server->counts().connections == 0; }));
}

TEST(EventStream, TakesNewsFromManyThreads) {
  EventServer centre({.queue_bytes_max = 10'000'000});
  TestClient client(centre.server->port());
  client.send(ask_for_events);
  ASSERT_TRUE(centre.opened.wait());
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([sink = *centre.sink]() mutable {
      for (int count = 0; count < 1000; ++count) EXPECT_TRUE(sink.send("job", "", "{}"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  centre.sink->close();
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body.size(), 13 + 4000 * std::string_view("event: job\ndata: {}\n\n").size());
}

TEST(EventStream, SaysGoodbyeWhenTheServerStops) {
  EventServer centre;
  TestClient client(centre.server->port());
  client.send(ask_for_events);
  ASSERT_TRUE(centre.opened.wait());
  client.read_answer_head();
  std::thread stopper([&] { centre.server->stop(seconds(5)); });
  const std::string all = client.read_until("0\r\n\r\n");
  EXPECT_NE(all.find(": stopping: reconnect with Last-Event-ID\n\n"), std::string::npos);
  EXPECT_TRUE(centre.closed.wait());
  client.close();
  stopper.join();
}

TEST(EventStream, TellsAllThatWasMissedAtTheReadersPace) {
  EventServer centre({.queue_bytes_max = 4096});
  TestClient client(centre.server->port());
  client.send(ask_for_events);
  ASSERT_TRUE(centre.opened.wait());
  auto room = std::make_shared<std::atomic<bool>>(false);
  centre.sink->on_room([room] { *room = true; });
  std::thread reader([&] {
    const TestAnswer answer = client.read_answer();
    EXPECT_NE(answer.body.find("id: 4999\n"), std::string::npos);
    EXPECT_EQ(answer.body.find("too slow"), std::string::npos);
  });
  for (int id = 0; id < 5000; ++id) {
    const std::string text = format_event("job", std::to_string(id), "{}");
    while (centre.sink->offer(text) == Sent::Full) EXPECT_TRUE(eventually([&] { return room->exchange(false); }));
  }
  centre.sink->close();
  reader.join();
}

TEST(EventStream, AnswersHeadWithoutAStream) {
  EventServer centre;
  TestClient client(centre.server->port());
  EXPECT_EQ(client.ask("HEAD", "/events").status, 200);
  EXPECT_TRUE(centre.closed.wait());
  EXPECT_EQ(client.ask("GET", "/hello").status, 200);
}

TEST(EventStream, MaySendBeforeTheHeadIsOut) {
  Router router;
  router.on("GET", "/once", [](const Request&, Reply reply) {
    EventSink sink = reply.events({.reconnect_after = milliseconds(500)});
    sink.send("job", "1", "{}");
  });
  const auto server = start(router);
  TestClient client(server->port());
  EXPECT_EQ(client.ask("GET", "/once").body, "retry: 500\n\nid: 1\nevent: job\ndata: {}\n\n");
}

TEST(ByteStream, SlowsItsProducerDownAndLosesNothing) {
  Router router;
  std::thread producer;
  std::atomic<int> times_full = 0;
  router.on("GET", "/log", [&](const Request&, Reply reply) {
    Response head{.content_type = "text/plain"};
    head.headers.add("x-job", "7");
    ByteSink sink = reply.bytes(std::move(head), {.queue_bytes_max = 8 * 1024});
    producer = std::thread([sink, &times_full]() mutable {
      auto room = std::make_shared<std::atomic<bool>>(false);
      sink.on_room([room] { *room = true; });
      for (int line = 0; line < 50'000; ++line) {
        const std::string text = "line " + std::to_string(line) + "\n";
        while (sink.send(text) == Sent::Full) {
          ++times_full;
          EXPECT_TRUE(eventually([&] { return room->exchange(false); }));
        }
      }
    });
  });
  ServerOptions options;
  options.limits.send_buffer_bytes = 16 * 1024;
  const auto server = start(router, std::move(options));
  TestClient client(server->port(), 4096);
  const TestAnswer answer = client.ask("GET", "/log");
  producer.join();
  EXPECT_EQ(answer.headers.get("x-job"), "7");
  std::string expected;
  for (int line = 0; line < 50'000; ++line) expected += "line " + std::to_string(line) + "\n";
  EXPECT_TRUE(answer.body == expected);
  EXPECT_GT(times_full, 0);
}

TEST(ByteStream, CutShortIsNotMistakenForComplete) {
  Router router;
  std::optional<ByteSink> sink;
  Latch opened;
  router.on("GET", "/log", [&](const Request&, Reply reply) {
    sink = reply.bytes(Response{.content_type = "text/plain"});
    sink->send("half a line");
    opened.open();
  });
  const auto server = start(router);
  TestClient client(server->port());
  client.send("GET /log HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(opened.wait());
  client.read_until("half a line\r\n");
  std::thread stopper([&] { server->stop(seconds(5)); });
  EXPECT_EQ(client.read_all(), "");
  client.close();
  stopper.join();
  EXPECT_EQ(sink->send("more"), Sent::Closed);
}

TEST(ByteStream, ForOldClientsEndsWithTheConnection) {
  Router router;
  router.on("GET", "/log", [&](const Request&, Reply reply) {
    ByteSink sink = reply.bytes(Response{.content_type = "text/plain"});
    sink.send("all of it");
  });
  const auto server = start(router);
  TestClient client(server->port());
  client.send("GET /log HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_answer_head().status, 200);
  EXPECT_EQ(client.read_all(), "all of it");
}

/// GET /shell joins the client to one end of a socket pair; the other end is `far`.
struct ShellServer {
  explicit ShellServer(ServerOptions options = {}) {
    router.on("GET", "/shell", [this](const Request&, Reply reply) {
      int ends[2];
      EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
      far.reset(ends[1]);
      const timeval within{.tv_sec = 10, .tv_usec = 0};
      ::setsockopt(far.get(), SOL_SOCKET, SO_RCVTIMEO, &within, sizeof within);
      ::setsockopt(far.get(), SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within);
      reply.upgrade("mingyue-shell", UniqueFd(ends[0]));
      opened.open();
    });
    server = start(router, std::move(options));
  }

  std::string read_far(std::size_t count) {
    std::string all;
    char bytes[16 * 1024];
    while (all.size() < count) {
      const ssize_t size = ::read(far.get(), bytes, std::min(sizeof bytes, count - all.size()));
      if (size <= 0) break;
      all.append(bytes, static_cast<std::size_t>(size));
    }
    return all;
  }
  void write_far(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::send(far.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (size <= 0) break;
      text.remove_prefix(static_cast<std::size_t>(size));
    }
  }

  Router router;
  UniqueFd far;
  Latch opened;
  std::unique_ptr<Server> server;
};

constexpr std::string_view ask_for_shell =
    "GET /shell HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: mingyue-shell\r\n\r\n";

TEST(Upgrade, CarriesBytesBothWays) {
  ShellServer centre;
  TestClient client(centre.server->port());
  client.send(std::string(ask_for_shell) + "early");
  const TestAnswer head = client.read_answer_head();
  EXPECT_EQ(head.status, 101);
  EXPECT_EQ(head.headers.get("upgrade"), "mingyue-shell");
  EXPECT_EQ(head.headers.get("connection"), "Upgrade");
  EXPECT_EQ(centre.read_far(5), "early");
  centre.write_far("prompt> ");
  EXPECT_EQ(client.read_bytes(8), "prompt> ");
  client.send("ls\n");
  EXPECT_EQ(centre.read_far(3), "ls\n");

  // Much at once in both directions.
  std::string much(3'000'000, 'a');
  for (std::size_t at = 0; at < much.size(); ++at) much[at] = static_cast<char>(at % 251);
  std::thread up([&] { client.send(much); });
  std::thread down([&] { centre.write_far(much); });
  std::string at_far;
  std::thread far_reader([&] { at_far = centre.read_far(much.size()); });
  EXPECT_TRUE(client.read_bytes(much.size()) == much);
  for (std::thread* thread : {&up, &down, &far_reader}) thread->join();
  EXPECT_TRUE(at_far == much);

  // The last words are delivered before the end.
  centre.write_far("bye");
  centre.far.reset();
  EXPECT_EQ(client.read_all(), "bye");
}

TEST(Upgrade, EndsWithItsClient) {
  ShellServer centre;
  {
    TestClient client(centre.server->port());
    client.send(ask_for_shell);
    EXPECT_EQ(client.read_answer_head().status, 101);
    client.send("last");
  }
  EXPECT_EQ(centre.read_far(100), "last");
  EXPECT_TRUE(eventually([&] { return centre.server->counts().connections == 0; }));
}

TEST(Upgrade, MayLoseItsFarEndAtAnyTime) {
  ShellServer centre;
  TestClient client(centre.server->port());
  client.send(ask_for_shell);
  EXPECT_EQ(client.read_answer_head().status, 101);
  ASSERT_TRUE(centre.opened.wait());
  centre.far.reset();
  client.send("into the void");
  EXPECT_EQ(client.read_all(), "");
}

TEST(Upgrade, OfAReaderThatStandsStillIsCut) {
  ServerOptions options;
  options.limits.send_buffer_bytes = 16 * 1024;
  options.limits.write_within = milliseconds(300);
  ShellServer centre(std::move(options));
  TestClient client(centre.server->port(), 4096);
  client.send(ask_for_shell);
  ASSERT_TRUE(centre.opened.wait());
  centre.write_far(std::string(5'000'000, 'x'));
  EXPECT_TRUE(eventually([&] { return centre.server->counts().connections == 0; }));
}

TEST(Upgrade, MustBeAskedFor) {
  ShellServer centre;
  TestClient client(centre.server->port());
  EXPECT_EQ(client.ask("GET", "/shell").status, 426);
  EXPECT_EQ(centre.read_far(1), "");
  EXPECT_EQ(client.ask("GET", "/shell", "", "Connection: upgrade\r\nUpgrade: other\r\n").status, 426);
}

TEST(Upgrade, EndsWhenTheServerStops) {
  ShellServer centre;
  TestClient client(centre.server->port());
  client.send(ask_for_shell);
  EXPECT_EQ(client.read_answer_head().status, 101);
  std::thread stopper([&] { centre.server->stop(seconds(5)); });
  EXPECT_EQ(client.read_all(), "");
  client.close();
  stopper.join();
}

}  // namespace
}  // namespace mingyue::http::testing
