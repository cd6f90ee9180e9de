#include "http/server.hpp"

#include <thread>
#include <vector>

#include "base/invariant.hpp"
#include "http/test_client.hpp"

namespace mingyue::http::testing {
namespace {

TEST(Server, AnswersOneRequestAfterAnother) {
  const Router router = usual_routes();
  const auto server = start(router);
  TestClient client(server->port());
  for (int count = 0; count < 3; ++count) {
    const TestAnswer answer = client.ask("GET", "/hello");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello\n");
    EXPECT_EQ(answer.headers.get("connection"), "keep-alive");
    EXPECT_EQ(answer.headers.get("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.headers.get("cache-control"), "no-store");
    EXPECT_TRUE(answer.headers.get("date").ends_with(" GMT"));
    EXPECT_EQ(answer.headers.get("access-control-allow-origin"), "");
  }
  EXPECT_EQ(client.ask("GET", "/jobs/47%2011?view=all").body, "47 11?all");
  EXPECT_EQ(client.ask("POST", "/echo", "some bytes").body, "some bytes");
  EXPECT_EQ(client.ask("POST", "/echo").body, "");
  EXPECT_EQ(server->counts().accepted, 1u);
}

TEST(Server, TellsTheHandlerWhoAsks) {
  Router router;
  std::optional<Request> seen;
  router.on("GET", "/who", [&](Request request, Reply reply) {
    seen = std::move(request);
    reply.send(Response::empty());
  });
  const auto server = start(router);
  TestClient client(server->port());
  EXPECT_EQ(client.ask("GET", "/who?a=1", "", "X-Token: abc\r\n").status, 204);
  EXPECT_EQ(seen->method, "GET");
  EXPECT_EQ(seen->path, "/who");
  EXPECT_EQ(seen->route, "/who");
  EXPECT_EQ(seen->query.get("a"), "1");
  EXPECT_EQ(seen->header("x-token"), "abc");
  EXPECT_EQ(seen->peer_address, "127.0.0.1");
  EXPECT_EQ(seen->local_port, server->port());
  EXPECT_TRUE(seen->is_loopback);
  EXPECT_FALSE(seen->is_tls);
}

TEST(Server, AnswersHeadOptionsAndUnknownThings) {
  const Router router = usual_routes();
  const auto server = start(router);
  TestClient client(server->port());
  const TestAnswer head = client.ask("HEAD", "/hello");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.get("content-length"), "6");
  const TestAnswer options = client.ask("OPTIONS", "/echo");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.get("allow"), "POST, OPTIONS");
  EXPECT_EQ(client.ask("OPTIONS", "*").status, 204);
  const TestAnswer unknown = client.ask("GET", "/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.headers.get("content-type"), "application/problem+json");
  EXPECT_NE(unknown.body.find("\"code\":\"unknown-path\""), std::string::npos);
  const TestAnswer other = client.ask("PUT", "/hello");
  EXPECT_EQ(other.status, 405);
  EXPECT_EQ(other.headers.get("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(client.ask("GET", "/hello").status, 200);  // Still the same connection.
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  Router router = usual_routes();
  std::vector<std::thread> threads;
  router.on("GET", "/slow", [&](const Request&, Reply reply) {
    threads.emplace_back([reply = std::move(reply)]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      reply.send(Response::text("slow"));
    });
  });
  const auto server = start(router);
  TestClient client(server->port());
  std::string text;
  for (int id = 0; id < 20; ++id) {
    text += "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
    text += "GET /jobs/" + std::to_string(id) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  client.send(text);
  for (int id = 0; id < 20; ++id) {
    EXPECT_EQ(client.read_answer().body, "slow");
    EXPECT_EQ(client.read_answer().body, std::to_string(id) + "?");
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Server, ReadsChunkedBodiesByteByByte) {
  const Router router = usual_routes();
  const auto server = start(router);
  TestClient client(server->port());
  const std::string_view text =
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n";
  for (const char c : text) client.send(std::string_view(&c, 1));
  EXPECT_EQ(client.read_answer().body, "hello world");
  EXPECT_EQ(client.ask("GET", "/hello").status, 200);
}

TEST(Server, CarriesLargeBodiesBothWays) {
  const Router router = usual_routes();
  const auto server = start(router);
  TestClient client(server->port());
  std::string body(7 * 1024 * 1024, 'a');
  for (std::size_t at = 0; at < body.size(); ++at) body[at] = static_cast<char>(at * 31 % 251);
  for (int count = 0; count < 2; ++count) {
    const TestAnswer answer = client.ask("POST", "/echo", body);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == body);
  }
  EXPECT_EQ(server->counts().body_bytes, 0u);
}

TEST(Server, SaysContinueToThoseWhoWait) {
  const Router router = usual_routes();
  const auto server = start(router);
  TestClient client(server->port());
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("hello");
  EXPECT_EQ(client.read_answer().body, "hello");
}

TEST(Server, RefusesALargeBodyBeforeItIsSent) {
  Router router = usual_routes();
  router.on("POST", "/small", [](const Request&, Reply reply) { reply.send(Response::empty()); },
            {.body_bytes_max = 10});
  const auto server = start(router);
  TestClient waiting(server->port());
  waiting.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\nExpect: 100-continue\r\n\r\n");
  const TestAnswer refusal = waiting.read_answer();
  EXPECT_EQ(refusal.status, 413);
  EXPECT_EQ(refusal.headers.get("connection"), "close");
  waiting.end_output();
  EXPECT_TRUE(waiting.ended());

  // A client that sends at once, without asking, can still read why.
  TestClient eager(server->port());
  eager.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(eager.read_answer().status, 413);

  TestClient small(server->port());
  EXPECT_EQ(small.ask("POST", "/small", "0123456789").status, 204);
  EXPECT_EQ(small.ask("POST", "/small", "0123456789a").status, 413);

  TestClient chunked(server->port());
  chunked.send("POST /small HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n");
  EXPECT_EQ(chunked.read_answer().status, 413);
}

TEST(Server, BoundsTheMemoryOfAllBodies) {
  const Router router = usual_routes();
  ServerOptions options;
  options.limits.bodies_bytes_max = 100'000;
  const auto server = start(router, std::move(options));
  TestClient first(server->port());
  first.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n" + std::string(80'000, 'x'));
  ASSERT_TRUE(eventually([&] { return server->counts().body_bytes == 80'000; }));
  TestClient second(server->port());
  const TestAnswer refused = second.ask("POST", "/echo", std::string(50'000, 'y'));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.get("retry-after"), "5");
  first.send(std::string(10'000, 'x'));
  EXPECT_EQ(first.read_answer().body.size(), 90'000u);
}

TEST(Server, AsksForALengthWhereABodyIsNeeded) {
  Router router;
  router.on("POST", "/jobs", [](const Request&, Reply reply) { reply.send(Response::empty()); }, {.needs_body = true});
  const auto server = start(router);
  TestClient client(server->port());
  EXPECT_EQ(client.ask("POST", "/jobs").status, 411);
  EXPECT_EQ(client.ask("POST", "/jobs", "{}").status, 204);
}

TEST(Server, AnswersBeforeTheBodyWhenAsked) {
  const Router router = usual_routes();
  ServerOptions options;
  options.before_body = [](const Request& request) -> std::optional<Response> {
    if (request.header("authorization") == "Bearer good") return std::nullopt;
    return problem_response(401, {"no-token", "authorization", "who are you?", "send a token"});
  };
  const auto server = start(router, std::move(options));
  TestClient client(server->port());
  EXPECT_EQ(client.ask("GET", "/hello").status, 401);
  EXPECT_EQ(client.ask("GET", "/hello", "", "Authorization: Bearer good\r\n").status, 200);
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000000\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 401);
}

TEST(Server, RefusesWhatCannotBeTrustedAndEndsTheConnection) {
  const Router router = usual_routes();
  const auto server = start(router);
  const std::pair<std::string, int> cases[] = {
      {"GET /hello HTTP/1.1\n", 400},
      {"GET /hello HTTP/1.1\r\n\r\n", 400},
      {"GET /a/../hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n", 403},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"GET /hello HTTP/3.0\r\nHost: localhost\r\n\r\n", 505},
      {"GET /hello HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n", 417},
      {"GET /hello HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(17'000, 'x'), 431},
      {"GET /" + std::string(17'000, 'x'), 414},
      {"GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414},
      {std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
  };
  for (const auto& [text, status] : cases) {
    TestClient client(server->port());
    client.send(text);
    const TestAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, status) << text.substr(0, 100);
    EXPECT_EQ(answer.headers.get("connection"), "close");
    EXPECT_NE(answer.body.find("\"hint\":"), std::string::npos);
    client.end_output();
    EXPECT_TRUE(client.ended());
  }
}

// The second request hides in the first one's body for a reader who believes the other length.
TEST(Server, NeverAnswersASmuggledRequest) {
  const Router router = usual_routes();
  const auto server = start(router);
  TestClient client(server->port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nGET /jobs/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 400);
  client.end_output();
  EXPECT_TRUE(client.ended());
}

TEST(Server, TakesRepliesFromOtherThreads) {
  Router router;
  std::mutex mutex;
  std::vector<std::pair<std::string, Reply>> waiting;
  router.on("GET", "/later/{id}", [&](const Request& request, Reply reply) {
    const std::lock_guard lock(mutex);
    waiting.emplace_back(request.param("id"), std::move(reply));
  });
  ServerOptions options;
  options.threads = 2;
  const auto server = start(router, std::move(options));
  constexpr int clients = 40;
  std::atomic<bool> done = false;
  std::vector<std::thread> answerers;
  for (int index = 0; index < 4; ++index) {
    answerers.emplace_back([&] {
      while (!done) {
        std::optional<std::pair<std::string, Reply>> next;
        {
          const std::lock_guard lock(mutex);
          if (!waiting.empty()) {
            next = std::move(waiting.back());
            waiting.pop_back();
          }
        }
        if (next) next->second.send(Response::text(next->first));
        if (!next) std::this_thread::yield();
      }
    });
  }
  std::vector<std::thread> askers;
  std::atomic<int> right = 0;
  for (int index = 0; index < 4; ++index) {
    askers.emplace_back([&, index] {
      std::vector<std::unique_ptr<TestClient>> own;
      for (int count = 0; count < clients / 4; ++count) own.push_back(std::make_unique<TestClient>(server->port()));
      for (int round = 0; round < 10; ++round) {
        const auto name = [&](int count) { return std::to_string(index * 1000 + round * 100 + count); };
        for (int count = 0; count < clients / 4; ++count) {
          own[static_cast<std::size_t>(count)]->send("GET /later/" + name(count) +
                                                     " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        for (int count = 0; count < clients / 4; ++count) {
          if (own[static_cast<std::size_t>(count)]->read_answer().body == name(count)) ++right;
        }
      }
    });
  }
  for (std::thread& thread : askers) thread.join();
  done = true;
  for (std::thread& thread : answerers) thread.join();
  EXPECT_EQ(right, clients * 10);
}

TEST(Server, DoesNotMindAClientThatLeaves) {
  Router router = usual_routes();
  std::optional<Reply> late;
  Latch asked;
  Latch gone;
  router.on("GET", "/late", [&](const Request&, Reply reply) {
    reply.on_gone([&] { gone.open(); });
    late = std::move(reply);
    asked.open();
  });
  const auto server = start(router);
  {
    TestClient client(server->port());
    client.send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(asked.wait());
    client.reset();
  }
  ASSERT_TRUE(gone.wait());
  EXPECT_TRUE(late->gone());
  ASSERT_TRUE(eventually([&] { return server->counts().connections == 0; }));
  late->send(Response::text("too late"));

  // In the middle of a head, of a body, of an answer.
  for (const std::string text :
       {"GET /hel", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc"}) {
    TestClient client(server->port());
    client.send(text);
    client.close();
  }
  {
    TestClient client(server->port());
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n" +
                std::string(4'000'000, 'x'));
    client.reset();
  }
  ASSERT_TRUE(eventually([&] { return server->counts().connections == 0; }));
  TestClient next(server->port());
  EXPECT_EQ(next.ask("GET", "/hello").status, 200);
}

TEST(Server, StillAnswersAClientThatOnlyStoppedSending) {
  Router router;
  std::thread answerer;
  router.on("GET", "/late", [&](const Request&, Reply reply) {
    answerer = std::thread([reply = std::move(reply)]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      reply.send(Response::text("here"));
    });
  });
  const auto server = start(router);
  TestClient client(server->port());
  client.send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.end_output();
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "here");
  EXPECT_EQ(answer.headers.get("connection"), "close");
  answerer.join();
}

TEST(Server, AnswersForHandlersThatDoNot) {
  Router router;
  std::vector<std::string> faults;
  router.on("GET", "/drop", [](const Request&, Reply) {});
  router.on("GET", "/throw", [](const Request&, Reply) { throw std::runtime_error("secret"); });
  router.on("GET", "/odd", [](const Request&, Reply reply) { reply.send(Response{.status = 7}); });
  std::optional<Reply> kept;
  router.on("GET", "/never", [&](const Request&, Reply reply) { kept = std::move(reply); },
            {.answer_within = milliseconds(200)});
  ServerOptions options;
  options.on_fault = [&](const Fault& fault) { faults.push_back(fault.message); };
  const auto server = start(router, std::move(options));
  TestClient client(server->port());
  EXPECT_EQ(client.ask("GET", "/drop").status, 500);
  const TestAnswer thrown = client.ask("GET", "/throw");
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
  EXPECT_EQ(client.ask("GET", "/odd").status, 500);
  EXPECT_EQ(client.ask("GET", "/never").status, 504);
  EXPECT_TRUE(kept->gone());
  kept->send(Response::text("unheard"));
  server->stop();
  EXPECT_EQ(faults, std::vector<std::string>{"GET /throw: secret"});
}

TEST(Server, TakesOneAnswerPerRequest) {
  throw_on_broken_invariant(true);
  int answers = 0;
  Reply reply = make_reply([&](const Response&) { ++answers; });
  reply.send(Response::empty());
  EXPECT_THROW(reply.send(Response::empty()), std::logic_error);
  EXPECT_EQ(answers, 1);
  throw_on_broken_invariant(false);
}

TEST(Server, TellsWhatWasAsked) {
  const Router router = usual_routes();
  std::mutex mutex;
  std::vector<std::string> log;
  ServerOptions options;
  options.on_access = [&](const Access& access) {
    const std::lock_guard lock(mutex);
    log.push_back(std::string(access.method) + " " + std::string(access.route) + " " + std::to_string(access.status) +
                  " " + std::to_string(access.bytes_in));
    EXPECT_GE(access.micros, 0);
    EXPECT_GT(access.bytes_out, 0u);
  };
  const auto server = start(router, std::move(options));
  TestClient client(server->port());
  client.ask("GET", "/jobs/7");
  client.ask("POST", "/echo", "abc");
  client.ask("GET", "/nothing");
  client.send("nonsense\r\n\r\n");
  client.read_answer();
  server->stop();
  EXPECT_EQ(log, (std::vector<std::string>{"GET /jobs/{id} 200 0", "POST /echo 200 3", "GET  404 0", "  400 0"}));
}

TEST(Server, SpeaksWithOldClients) {
  const Router router = usual_routes();
  const auto server = start(router);
  TestClient client(server->port());
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  const TestAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_EQ(answer.headers.get("connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST(Server, ThatCannotListenSaysWhy) {
  const Router router = usual_routes();
  const auto server = start(router);
  ServerOptions same;
  same.port = server->port();
  const auto second = Server::start(router, std::move(same));
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find("another program uses the port"), std::string::npos) << second.error().message;
  ServerOptions odd;
  odd.host = "not an address";
  EXPECT_FALSE(Server::start(router, std::move(odd)).has_value());
  ServerOptions tls;
  tls.tls = TlsFiles{"/nonexistent.pem", "/nonexistent.key"};
  EXPECT_FALSE(Server::start(router, std::move(tls)).has_value());
}

TEST(Server, FinishesAnswersUnderWayWhenItStops) {
  Router router = usual_routes();
  Latch asked;
  std::optional<Reply> late;
  router.on("GET", "/late", [&](const Request&, Reply reply) {
    late = std::move(reply);
    asked.open();
  });
  const auto server = start(router);
  TestClient idle(server->port());
  EXPECT_EQ(idle.ask("GET", "/hello").status, 200);
  TestClient busy(server->port());
  busy.send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(asked.wait());
  std::thread stopper([&] { server->stop(seconds(5)); });
  EXPECT_TRUE(idle.ended());
  late->send(Response::text("at last"));
  const TestAnswer answer = busy.read_answer();
  EXPECT_EQ(answer.body, "at last");
  EXPECT_EQ(answer.headers.get("connection"), "close");
  stopper.join();
}

TEST(Server, CutsWhatDoesNotEndInTimeWhenItStops) {
  Router router;
  Latch asked;
  std::optional<Reply> late;
  router.on("GET", "/late", [&](const Request&, Reply reply) {
    late = std::move(reply);
    asked.open();
  });
  const auto server = start(router);
  TestClient busy(server->port());
  busy.send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(asked.wait());
  const auto began = std::chrono::steady_clock::now();
  server->stop(milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
  EXPECT_TRUE(late->gone());
  late->send(Response::text("nobody hears"));
  EXPECT_TRUE(busy.ended());
}

TEST(Server, ListensToBothFamilies) {
  const Router router = usual_routes();
  ServerOptions options;
  options.host = "::";
  auto server = Server::start(router, std::move(options));
  if (!server) GTEST_SKIP() << "no IPv6 here: " << server.error().message;
  TestClient client((*server)->port());
  const TestAnswer answer = client.ask("GET", "/hello", "", "X: y\r\n");
  EXPECT_EQ(answer.status, 200);
  // A mapped address is still this machine: the guard against rebinding holds.
  client.send("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 421);
}

TEST(Server, MayGoBeforeItsReplies) {
  std::optional<Reply> late;
  {
    Router router;
    Latch asked;
    router.on("GET", "/late", [&](const Request&, Reply reply) {
      late = std::move(reply);
      asked.open();
    });
    const auto server = start(router);
    TestClient client(server->port());
    client.send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(asked.wait());
  }
  late->send(Response::text("nobody hears"));
}

}  // namespace
}  // namespace mingyue::http::testing
