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

}  // namespace
}  // namespace mingyue::api::testing
