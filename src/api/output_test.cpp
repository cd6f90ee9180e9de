#include <sys/socket.h>

#include "api/api_testing.hpp"

namespace mingyue::api::testing {
namespace {

TEST(Output, IsReadWholeByOffsetAndByTail) {
  TestService service;
  const auto attempt = service.running();
  service.engine.write(attempt, "one\ntwo\nthree\n");
  TestAnswer answer = service.ask("alice", "GET", path_of(attempt.job, "/output"));
  EXPECT_EQ(answer.body, "one\ntwo\nthree\n");
  EXPECT_EQ(answer.headers.get("x-mingyue-offset"), "0");
  EXPECT_EQ(answer.headers.get("x-mingyue-dropped"), "0");
  EXPECT_EQ(service.ask("alice", "GET", path_of(attempt.job, "/output?offset=4")).body, "two\nthree\n");
  answer = service.ask("audrey", "GET", path_of(attempt.job, "/output?tail=6"));
  EXPECT_EQ(answer.body, "three\n");
  EXPECT_EQ(answer.headers.get("x-mingyue-offset"), "8");
  EXPECT_EQ(service.ask("bob", "GET", path_of(attempt.job, "/output")).status, 403);
  EXPECT_EQ(service.ask("alice", "GET", path_of(attempt.job, "/output?stream=err")).body, "");
}

TEST(Output, LargerThanAPieceArrivesWhole) {
  TestService service;
  const auto attempt = service.running();
  std::string text;
  for (int i = 0; i < 400'000; ++i) text += "line " + std::to_string(i) + "\n";
  service.engine.write(attempt, text);
  EXPECT_EQ(service.ask("alice", "GET", path_of(attempt.job, "/output")).body, text);
}

TEST(Output, IsFollowedUntilTheJobEnds) {
  TestService service;
  const auto attempt = service.running();
  service.engine.write(attempt, "begin\n");
  TestClient client(service.port());
  client.send("GET " + path_of(attempt.job, "/output?follow=true") + " HTTP/1.1\r\nHost: localhost\r\n" +
              service.bearer("alice") + "\r\n");
  EXPECT_EQ(client.read_answer_head().status, 200);
  EXPECT_NE(client.read_until("begin\n").find("begin"), std::string::npos);
  service.engine.write(attempt, "middle\n");
  EXPECT_NE(client.read_until("middle\n").find("middle"), std::string::npos);
  service.engine.write(attempt, "end\n");
  service.engine.complete(attempt);
  service.engine.finish(attempt);
  const std::string rest = client.read_until("0\r\n\r\n");
  EXPECT_NE(rest.find("end\n"), std::string::npos);
  EXPECT_TRUE(rest.ends_with("0\r\n\r\n"));
}

TEST(Output, IsFollowedIntoTheNextAttempt) {
  TestService service;
  const auto first = service.running("alice", "command: ['true']\nwall: 1h\nretry: {attempts: 2}\n");
  TestClient client(service.port());
  client.send("GET " + path_of(first.job, "/output?follow=true") + " HTTP/1.1\r\nHost: localhost\r\n" +
              service.bearer("alice") + "\r\n");
  EXPECT_EQ(client.read_answer_head().status, 200);
  service.engine.write(first, "first try\n");
  service.engine.complete(first);
  service.engine.finish(first, {.exit_code = 1});
  const model::AttemptId second{first.job, 2};
  EXPECT_TRUE(eventually([&] { return service.get("alice", path_of(first.job)).text("job.attempts") == "2"; }));
  service.engine.write(second, "second try\n");
  service.engine.complete(second);
  service.engine.finish(second);
  const std::string all = client.read_until("0\r\n\r\n");
  EXPECT_LT(all.find("first try"), all.find("second try"));
  EXPECT_NE(all.find("second try"), std::string::npos);
  EXPECT_EQ(service.ask("alice", "GET", path_of(first.job, "/output?attempt=1")).body, "first try\n");
}

TEST(Output, EndsForAnAttemptThatNeverSaidItWasComplete) {
  TestService service;
  const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\nretry: {attempts: 1}\n");
  service.engine.write(attempt, "half a li");
  service.engine.finish(attempt, {.cause = model::EndCause::lost});
  EXPECT_TRUE(service.wait_for(attempt.job, "failed"));
  EXPECT_EQ(service.ask("alice", "GET", path_of(attempt.job, "/output?follow=true")).body, "half a li");
}

TEST(Output, IsRefusedBeforeThereIsAny) {
  TestService service;
  const auto held = service.job("alice", "command: ['true']\nwall: 1h\nhold: true\n");
  EXPECT_EQ(service.json(service.ask("alice", "GET", path_of(held, "/output")).body).text("code"), "not-started");
  TestClient client(service.port());
  client.send("GET " + path_of(held, "/output?follow=true") + " HTTP/1.1\r\nHost: localhost\r\n" +
              service.bearer("alice") + "\r\n");
  EXPECT_EQ(client.read_answer_head().status, 200);
  EXPECT_EQ(service.ask("alice", "POST", path_of(held, "/release")).status, 200);
  EXPECT_TRUE(service.wait_for(held, "running"));
  service.engine.write({held, 1}, "at last\n");
  EXPECT_NE(client.read_until("at last\n").find("at last"), std::string::npos);
}

TEST(Terminal, JoinsItsOwnerToTheRunningJob) {
  TestService service;
  const auto attempt = service.running();
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: mingyue-terminal\r\n";
  EXPECT_EQ(service.json(service.ask("alice", "GET", path_of(attempt.job, "/terminal"), "", upgrade).body).text("code"),
            "no-terminal");
  EXPECT_EQ(service.ask("otto", "GET", path_of(attempt.job, "/terminal"), "", upgrade).status, 403);
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const http::UniqueFd shell(ends[1]);
  service.engine.give_terminal(ends[0]);
  TestClient client(service.port());
  client.send("GET " + path_of(attempt.job, "/terminal") + " HTTP/1.1\r\nHost: localhost\r\n" + upgrade +
              service.bearer("alice") + "\r\n");
  EXPECT_EQ(client.read_answer_head().status, 101);
  client.send("typed");
  char text[5];
  ASSERT_EQ(::recv(shell.get(), text, sizeof text, MSG_WAITALL), 5);
  EXPECT_EQ(std::string_view(text, 5), "typed");
  ASSERT_EQ(::send(shell.get(), "shown", 5, MSG_NOSIGNAL), 5);
  EXPECT_EQ(client.read_bytes(5), "shown");
}

}  // namespace
}  // namespace mingyue::api::testing
