#include "api/api_testing.hpp"

namespace mingyue::api::testing {
namespace {

TEST(JobEvents, TellEachChangeOfAJob) {
  TestService service;
  EventReader events(service, "bob", "/v1/jobs/events");
  EXPECT_EQ(events.status, 200);
  const auto id = service.job();
  const auto is = [&](std::string_view state) {
    return [&, state](const EventReader::Event& e) {
      return e.name == "job" && e.data.text("id") == std::to_string(id.raw()) && e.data.text("state") == state;
    };
  };
  EXPECT_TRUE(events.until(is("running")));
  service.engine.progress({id, 1}, {.step = 3, .of = 9});
  const auto progress = events.until([](const auto& e) { return e.name == "progress"; });
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->data.text("progress.step"), "3");
  service.engine.finish({id, 1});
  EXPECT_TRUE(events.until(is("succeeded")));
}

TEST(JobEvents, BeginWithTheJobsThatWereNamedAndTellNoOthers) {
  TestService service;
  const auto mine = service.running();
  const auto other = service.running();
  EventReader events(service, "alice", "/v1/jobs/events?id=" + std::to_string(mine.job.raw()));
  EXPECT_EQ(events.next().data.text("state"), "running");
  service.engine.finish(other);
  service.engine.finish(mine);
  const auto next = events.until([](const auto& e) { return e.data.text("state") == "succeeded"; });
  ASSERT_TRUE(next);
  EXPECT_EQ(next->data.text("id"), std::to_string(mine.job.raw()));
}

TEST(JobEvents, AfterALastEventTellWhatChangedSince) {
  TestService service;
  const auto before = service.running();
  std::string last;
  {
    EventReader events(service, "alice", "/v1/jobs/events?id=" + std::to_string(before.job.raw()));
    last = events.next().id;
  }
  const auto away = service.running();
  service.engine.finish(away);
  EXPECT_TRUE(service.wait_for(away.job, "succeeded"));
  EventReader events(service, "alice", "/v1/jobs/events", "Last-Event-ID: " + last + "\r\n");
  const auto told = events.next();
  EXPECT_EQ(told.data.text("id"), std::to_string(away.job.raw()));
  EXPECT_EQ(told.data.text("state"), "succeeded");
}

TEST(JobEvents, TellANewReasonOfANamedJob) {
  TestService service;
  const auto whole = "command: ['true']\nwall: 1h\ntasks: 2\ncores: 8\n";
  (void)service.running("alice", whole);
  const auto waiting = service.job("alice", whole);
  EventReader events(service, "alice", "/v1/jobs/events?id=" + std::to_string(waiting.raw()));
  EXPECT_TRUE(events.until(
      [](const auto& e) { return e.data.text("expected_start") != "" && e.data.text("state") == "queued"; }));
}

TEST(NodeEvents, BeginWithAllNodesAndTellChanges) {
  TestService service;
  EventReader events(service, "alice", "/v1/nodes", "Accept: text/event-stream\r\n");
  EXPECT_EQ(events.next().data.text("name"), "n0");
  EXPECT_EQ(events.next().data.text("name"), "n1");
  EXPECT_EQ(service.ask("otto", "POST", "/v1/nodes/n1/drain", R"({"reason": "fan"})").status, 200);
  const auto told = events.next();
  EXPECT_EQ(told.data.text("name"), "n1");
  EXPECT_EQ(told.data.text("state"), "drained");
}

TEST(LogEvents, FollowWithoutAGapAcrossAReconnection) {
  TestService service;
  std::uint64_t last = 0;
  {
    EventReader events(service, "audrey", "/v1/events?from=1", "Accept: text/event-stream\r\n");
    for (std::uint64_t seq = 1; seq <= 5; ++seq) {
      const auto event = events.next();
      EXPECT_EQ(event.id, std::to_string(seq));
      last = seq;
    }
  }
  const auto attempt = service.running();
  EventReader events(service, "audrey", "/v1/events",
                     "Accept: text/event-stream\r\nLast-Event-ID: " + std::to_string(last) + "\r\n");
  bool submitted = false;
  for (int i = 0; i < 50 && !submitted; ++i) {
    const auto event = events.next();
    EXPECT_EQ(event.id, std::to_string(++last));
    submitted = event.data.text("type") == "JobSubmitted";
  }
  EXPECT_TRUE(submitted);
  service.engine.finish(attempt);
  EXPECT_TRUE(events.until([](const auto& e) { return e.data.text("type") == "JobEnded"; }));
}

TEST(Live, TellsSeveralTopicsInOneStreamAndGoesOnAfterABreak) {
  TestService service;
  std::string last;
  {
    EventReader events(service, "otto", "/v1/live?topics=jobs,nodes,now,incidents");
    EXPECT_EQ(events.status, 200);
    EXPECT_TRUE(events.until([](const auto& e) { return e.name == "ready"; }));
    const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\nretry: {attempts: 1}\n");
    std::set<std::string> missing{"job", "node", "now"};
    EXPECT_TRUE(events.until([&](const auto& e) {
      missing.erase(e.name);
      return missing.empty();
    }));
    service.engine.finish(attempt, {.cause = model::EndCause::signalled, .signal = 9});
    const auto incident = events.until([](const auto& e) { return e.name == "incident"; });
    ASSERT_TRUE(incident);
    EXPECT_EQ(incident->data.text("job"), std::to_string(attempt.job.raw()));
    EXPECT_FALSE(incident->data.text("what_to_do").empty());
    last = incident->id;
  }
  const std::string id = service.get("otto", "/v1/incidents").text("[0].id");
  EXPECT_EQ(service.ask("otto", "POST", "/v1/incidents/" + id + "/close", R"({"how": "seen"})").status, 204);
  EventReader events(service, "otto", "/v1/live?topics=nodes,incidents", "Last-Event-ID: " + last + "\r\n");
  const auto reset = events.next();
  EXPECT_EQ(reset.name, "reset");
  EXPECT_EQ(reset.data.text("topic"), "nodes");
  const auto closed = events.until([](const auto& e) { return e.name == "incident"; });
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->data.text("how"), "seen");
}

TEST(Live, FollowsOutputToItsEndForThoseWhoMayReadIt) {
  TestService service;
  const auto attempt = service.running();
  const std::string topic = "/v1/live?topics=output:" + std::to_string(attempt.job.raw());
  EXPECT_EQ(service.ask("bob", "GET", topic).status, 403);
  EXPECT_EQ(service.ask("alice", "GET", "/v1/live?topics=output:999999").status, 404);
  EXPECT_EQ(service.ask("alice", "GET", "/v1/live?topics=weather").status, 400);
  EXPECT_EQ(service.ask("alice", "GET", "/v1/live").status, 400);
  service.engine.write(attempt, "hello\n\xe6");  // the first byte of a character
  EventReader events(service, "alice", topic + "@2");
  const auto first = events.until([](const auto& e) { return e.name == "output"; });
  ASSERT_TRUE(first);
  EXPECT_EQ(first->data.text("offset"), "2");
  EXPECT_EQ(first->data.text("text"), "llo\n");
  EXPECT_EQ(first->data.text("next"), "6");
  service.engine.write(attempt, "\x9c\x88\n");
  const auto second = events.until([](const auto& e) { return e.name == "output"; });
  ASSERT_TRUE(second);
  EXPECT_EQ(second->data.text("text"), "月\n");
  service.engine.complete(attempt);
  service.engine.finish(attempt);
  const auto end = events.until([](const auto& e) { return e.name == "output" && e.data.text("ended") == "true"; });
  EXPECT_TRUE(end);
}

}  // namespace
}  // namespace mingyue::api::testing
