#include "api/api_testing.hpp"

namespace mingyue::api::testing {
namespace {

TEST(Service, TellsTheCentreInOneView) {
  TestService service;
  const Tree centre = service.get("audrey", "/v1/centre");
  EXPECT_EQ(centre.text("name"), "test");
  EXPECT_EQ(centre.text("version"), "1.2.3");
  EXPECT_EQ(centre.text("nodes"), "2");
  EXPECT_EQ(centre.text("stalled"), "");
  EXPECT_EQ(service.json(service.ask("", "GET", "/v1/health").body).text("status"), "ok");
}

TEST(Service, TellsWhatEverythingDoesNow) {
  TestService service;
  (void)service.running("alice", "command: ['true']\nkind: ai\nwall: 1h\ncores: 4\ncards: 2\n");
  const auto waits = service.job("bob", "command: ['true']\nwall: 1h\ncores: 1\ncards: 1\n");
  EXPECT_TRUE(eventually([&] { return service.get("bob", "/v1/now").text("promises") == "1"; }));
  const Tree now = service.get("bob", "/v1/now");
  for (const Tree& pool : now.find("pools")->items) {
    std::int64_t sum = 0;
    for (const auto& one : pool.find("classes")->fields) sum += std::stoll(one.value.scalar);
    EXPECT_EQ(std::to_string(sum), pool.text("capacity"));
  }
  ASSERT_EQ(now.find("pools")->items.size(), 2U);
  EXPECT_EQ(now.text("pools[0].classes.busy"), "4");
  EXPECT_EQ(now.text("pools[1].classes.busy"), "2");
  ASSERT_EQ(now.find("work")->items.size(), 4U);
  EXPECT_EQ(now.text("work[0].queued"), "1");
  EXPECT_EQ(now.text("work[1].kind"), "ai");
  EXPECT_EQ(now.text("work[1].running"), "1");
  EXPECT_EQ(now.text("work[1].cards"), "2");
  EXPECT_EQ(now.text("next[0].job"), std::to_string(waits.raw()));
  EXPECT_EQ(now.text("next[0].user"), "bob");
  EXPECT_EQ(now.text("nodes.up"), "2");
}

TEST(Jobs, AreListedByKindOfWorkWhileTheyLiveAndAfterwards) {
  TestService service;
  const auto ai = service.running("alice", "command: ['true']\nkind: ai\nwall: 1h\n");
  (void)service.running("alice");
  const auto ids = [&](std::string_view query) {
    const Tree list = service.get("alice", "/v1/jobs?all=true&" + std::string(query));
    return list.items.size() == 1 ? list.text("[0].id") : std::to_string(list.items.size()) + " jobs";
  };
  EXPECT_EQ(ids("kind=ai"), std::to_string(ai.job.raw()));
  service.engine.finish(ai);
  EXPECT_TRUE(service.wait_for(ai.job, "succeeded"));
  EXPECT_EQ(ids("kind=ai"), std::to_string(ai.job.raw()));
  EXPECT_EQ(ids("kind=quantum"), "0 jobs");
  EXPECT_EQ(service.ask("alice", "GET", "/v1/jobs?kind=knitting").status, 400);
}

TEST(Service, KnowsWhoAsks) {
  TestService service;
  const Tree who = service.get("lena", "/v1/whoami");
  EXPECT_EQ(who.text("user"), "lena");
  EXPECT_EQ(who.text("role"), "lead");
  EXPECT_EQ(who.text("projects[0]"), "demo");
}

TEST(Jobs, RunFromSubmissionToTheirEnd) {
  TestService service;
  const auto attempt = service.running();
  Tree detail = service.get("bob", path_of(attempt.job));
  EXPECT_EQ(detail.text("job.state"), "running");
  EXPECT_EQ(detail.text("job.nodes[0]"), "n0");
  EXPECT_EQ(detail.text("job.reason"), "");
  EXPECT_EQ(detail.text("attempts[0].outcome"), "running");
  EXPECT_EQ(detail.text("wall_ms"), "3600000");

  service.engine.progress(attempt, {.step = 5, .of = 10});
  EXPECT_TRUE(eventually([&] { return service.get("alice", path_of(attempt.job)).text("job.progress.step") == "5"; }));

  service.engine.finish(attempt, {.exit_code = 0});
  EXPECT_TRUE(service.wait_for(attempt.job, "succeeded"));
  detail = service.get("alice", path_of(attempt.job));
  EXPECT_EQ(detail.text("attempts[0].outcome"), "succeeded");
  EXPECT_NE(detail.text("job.charged"), "0");
}

TEST(Jobs, ThatHaveEndedSayHowLongAllTheirAttemptsRan) {
  TestService service;
  const auto first = service.running();
  // Time passes a thousand times as fast as ours: each attempt runs for a while.
  EXPECT_TRUE(eventually([&] {
    const Tree detail = service.get("alice", path_of(first.job));
    return detail.text("wall_ms") == "3600000" && std::stoll(detail.text("ran_ms")) >= 1'000;
  }));
  service.engine.finish(first, {.cause = model::EndCause::lost});  // tried again
  EXPECT_TRUE(
      eventually([&] { return service.get("alice", path_of(first.job)).text("attempts[1].outcome") == "running"; }));
  service.engine.finish({first.job, 2});
  EXPECT_TRUE(service.wait_for(first.job, "succeeded"));

  const Tree detail = service.get("alice", path_of(first.job));
  Duration ran;
  for (const std::string attempt : {"attempts[0]", "attempts[1]"}) {
    const auto from = parse_instant(detail.text(attempt + ".started_at"));
    const auto to = parse_instant(detail.text(attempt + ".ended_at"));
    ASSERT_TRUE(from && to) << attempt;
    ran += *to - *from;
  }
  EXPECT_GE(ran, seconds(1));
  EXPECT_EQ(detail.text("ran_ms"), std::to_string(ran.raw()));
  EXPECT_EQ(detail.text("wall_ms"), "") << "its limit is not remembered, and 0 is no limit";
}

TEST(Jobs, WaitWithAReasonInEitherLanguage) {
  TestService service;
  const auto whole = "command: ['true']\nwall: 1h\ntasks: 2\ncores: 8\n";
  (void)service.running("alice", whole);
  const auto waiting = service.job("alice", whole);
  EXPECT_TRUE(eventually([&] { return service.get("alice", path_of(waiting, "/why")).text("place") == "1"; }));
  const Tree why = service.get("alice", path_of(waiting, "/why"));
  EXPECT_NE(why.text("sentence"), "");
  EXPECT_NE(why.text("expected_start"), "");
  EXPECT_NE(why.text("priority.total"), "0");
  const Tree zh = service.json(
      service.ask("alice", "GET", path_of(waiting, "/why"), "", "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n").body);
  EXPECT_NE(zh.text("sentence"), why.text("sentence"));
  EXPECT_EQ(service.get("alice", "/v1/jobs?state=queued").text("[0].reason"), why.text("sentence"));
  EXPECT_EQ(service.get("alice", "/v1/plan").text("waits[0].job"), std::to_string(waiting.raw()));
}

TEST(Jobs, SayWhenTheyStartOnceEnoughHasEnded) {
  TestService service({.forecast_gap = milliseconds(10)});
  service.engine.end_at_once();
  const auto whole = "command: ['true']\nname: work\nwall: 20h\ntasks: 2\ncores: 8\n";
  const auto held = service.job("alice", "command: ['true']\nwall: 1h\nhold: true\n");
  EXPECT_TRUE(eventually([&] {
    return service.get("alice", path_of(held, "/why")).text("start_sentence") ==
           "it stands in no line, so nobody can say when it starts";
  }));
  model::JobId last;
  for (int i = 0; i < 30; ++i) last = service.job("alice", whole);
  EXPECT_TRUE(service.wait_for(last, "succeeded"));

  service.engine.rest();  // the next one runs on
  service.engine.keep_running();
  (void)service.running("alice", whole);
  const auto waiting = service.job("alice", whole);
  EXPECT_TRUE(eventually([&] {
    const Tree why = service.get("alice", path_of(waiting, "/why"));
    return why.text("start.likely") != "" && why.text("expected_start") != "";
  }));
  const Tree why = service.get("alice", path_of(waiting, "/why"));
  EXPECT_EQ(why.text("start.confidence_percent"), "90");
  EXPECT_LE(why.text("start.earliest"), why.text("start.likely"));
  EXPECT_LE(why.text("start.likely"), why.text("start.latest"));
  // Such jobs took moments and not an hour.
  EXPECT_LT(why.text("start.likely"), why.text("expected_start"));
  EXPECT_TRUE(why.text("start_sentence").starts_with("starts about 2026-")) << why.text("start_sentence");
  EXPECT_NE(service.get("alice", path_of(waiting)).text("job.start.likely"), "");
  EXPECT_NE(service.get("alice", "/v1/jobs?state=queued").text("[0].start.likely"), "");
  const Tree zh =
      service.json(service.ask("alice", "GET", path_of(waiting, "/why"), "", "Accept-Language: zh\r\n").body);
  EXPECT_TRUE(zh.text("start_sentence").starts_with("预计")) << zh.text("start_sentence");
}

TEST(Jobs, SayWhatWouldLetThemStartSooner) {
  TestService service;
  (void)service.running("alice", "command: ['true']\nwall: 1h\ncores: 8\n");
  const auto waiting = service.job("alice", "command: ['true']\nwall: 1h\ntasks: 2\ncores: 8\n");
  EXPECT_TRUE(eventually([&] { return service.get("alice", path_of(waiting, "/why")).text("place") == "1"; }));
  const Tree why = service.get("alice", path_of(waiting, "/why"));
  EXPECT_EQ(why.text("sooner[0].change"), "fewer-tasks");
  EXPECT_EQ(why.text("sooner[0].to"), "1");
  EXPECT_EQ(why.text("sooner[0].now"), "true");
  EXPECT_EQ(why.text("sooner[0].sentence"), "with 1 task instead of 2");
}

TEST(WhatIf, AddsSoManyNodesInAllAndNotMore) {
  TestService service;
  const auto ask = [&](const std::vector<std::int64_t>& counts) {
    std::string add;
    for (const std::int64_t count : counts)
      add += (add.empty() ? "" : ",") + fmt::format(R"({{"like": "n0", "count": {}}})", count);
    return service.ask("alice", "POST", "/v1/whatif", R"({"horizon_ms": 1000, "add": [)" + add + "]}",
                       "Content-Type: application/json\r\n");
  };
  EXPECT_EQ(ask({2, 3}).status, 200);
  // Each entry for itself is within the bound.
  const TestAnswer answer = ask({60'000, 40'001});
  EXPECT_EQ(answer.status, 422);
  const Tree problem = TestService::json(answer.body);
  EXPECT_EQ(problem.text("code"), "out-of-range");
  EXPECT_EQ(problem.text("field"), "add");
  EXPECT_EQ(problem.text("detail"), "more than 100000 nodes are added in all");
  EXPECT_EQ(ask(std::vector<std::int64_t>(101, 1'000)).status, 422);
  EXPECT_EQ(ask({INT32_MAX, INT32_MAX}).status, 422);
  EXPECT_EQ(ask({100'001}).status, 422);
  EXPECT_EQ(ask({5, 0}).status, 422);
  EXPECT_EQ(ask({5, -1}).status, 422);
}

TEST(Jobs, AreListedNewestFirstPageByPage) {
  TestService service;
  service.engine.end_at_once();
  std::vector<model::JobId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(service.job());
  for (const auto id : ids) EXPECT_TRUE(service.wait_for(id, "succeeded"));
  const auto held = service.job("bob", "command: ['true']\nwall: 1h\nhold: true\n");

  EXPECT_EQ(service.get("alice", "/v1/jobs").items.size(), 1U);
  EXPECT_EQ(service.get("alice", "/v1/jobs?user=alice").items.size(), 0U);
  const Tree all = service.get("alice", "/v1/jobs?all=true");
  ASSERT_EQ(all.items.size(), 4U);
  EXPECT_EQ(all.items[0].text("id"), std::to_string(held.raw()));
  EXPECT_EQ(all.items[3].text("id"), std::to_string(ids[0].raw()));
  const Tree page = service.get("alice", "/v1/jobs?all=true&limit=2");
  ASSERT_EQ(page.items.size(), 2U);
  const Tree next = service.get("alice", "/v1/jobs?all=true&limit=2&before=" + page.items[1].text("id"));
  ASSERT_EQ(next.items.size(), 2U);
  EXPECT_EQ(next.items[0].text("id"), all.items[2].text("id"));
  EXPECT_EQ(service.get("alice", "/v1/jobs?state=succeeded,held").items.size(), 4U);
  EXPECT_EQ(service.get("alice", "/v1/jobs?state=succeeded&state=failed").items.size(), 3U);
  EXPECT_EQ(service.get("alice", "/v1/jobs?all=true&project=other").items.size(), 1U);
}

TEST(Jobs, AreHeldReleasedAndCancelled) {
  TestService service;
  const auto id = service.job("alice", "command: ['true']\nwall: 1h\nhold: true\n");
  EXPECT_EQ(service.get("alice", path_of(id)).text("job.state"), "held");
  TestAnswer answer = service.ask("lena", "POST", path_of(id, "/release"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(service.wait_for(id, "running"));
  answer = service.ask("alice", "POST", path_of(id, "/hold"));
  EXPECT_EQ(answer.status, 409) << answer.body;
  EXPECT_EQ(service.ask("alice", "POST", path_of(id, "/cancel")).status, 200);
  EXPECT_TRUE(service.wait_for(id, "cancelled"));
  answer = service.ask("alice", "POST", path_of(id, "/cancel"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(service.json(answer.body).text("code"), "job-ended");
}

TEST(Nodes, AreDrainedAndResumed) {
  TestService service;
  TestAnswer answer = service.ask("otto", "POST", "/v1/nodes/n1/drain", R"({"reason": "new fans"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  Tree node = service.get("alice", "/v1/nodes/n1");
  EXPECT_EQ(node.text("state"), "drained");
  EXPECT_EQ(node.text("why"), "new fans");
  EXPECT_EQ(node.text("limits[0].limit"), "wall time");
  EXPECT_EQ(service.ask("otto", "POST", "/v1/nodes/n1/resume").status, 200);
  EXPECT_EQ(service.get("alice", "/v1/nodes").text("[1].state"), "up");
  answer = service.ask("otto", "GET", "/v1/nodes/n2");
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("did you mean n"), std::string::npos) << answer.body;
}

TEST(Projects, KeepWhatABodyLeavesOut) {
  TestService service;
  TestAnswer answer = service.ask("otto", "PUT", "/v1/projects/demo", R"({"shares": 7})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(service.ask("otto", "PUT", "/v1/projects/demo", R"({"merit": 300})").status, 200);
  const Tree projects = service.get("alice", "/v1/projects");
  EXPECT_EQ(projects.text("[0].shares"), "7");
  EXPECT_EQ(projects.text("[0].merit"), "300");
  EXPECT_EQ(service.ask("otto", "PUT", "/v1/projects/demo", R"({"parent": "nowhere"})").status, 422);
}

TEST(Projects, AreGrantedCreditsOncePerKey) {
  TestService service;
  for (int i = 0; i < 2; ++i) {
    const TestAnswer answer =
        service.ask("otto", "POST", "/v1/projects/demo/credits", R"({"amount": "100.5"})", "Idempotency-Key: k\r\n");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(service.json(answer.body).text("granted"), "100.5");
  }
  EXPECT_EQ(service.get("alice", "/v1/postings?account=project:demo").items.size(), 1U);
}

TEST(Users, SubmitAtOnceToAProjectTheyWereJustGiven) {
  TestService service;
  EXPECT_EQ(service.ask("otto", "PUT", "/v1/projects/fresh").status, 200);
  EXPECT_EQ(service.ask("otto", "PUT", "/v1/users/alice", R"({"projects": ["fresh"]})").status, 200);
  EXPECT_EQ(service.get("alice", path_of(service.job("alice"))).text("job.project"), "fresh");
}

TEST(Tokens, OpenFromTheirIssueToTheirEnd) {
  TestService service;
  TestAnswer answer =
      service.ask("otto", "POST", "/v1/tokens", R"({"token": "laptop", "user": "bob", "role": "member"})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  const std::string secret = service.json(answer.body).text("secret");
  EXPECT_EQ(secret.size(), 46U);
  const std::string bearer = "Authorization: Bearer " + secret + "\r\n";
  EXPECT_EQ(service.json(service.ask("", "GET", "/v1/whoami", "", bearer).body).text("user"), "bob");
  EXPECT_EQ(service.ask("otto", "POST", "/v1/tokens", R"({"token": "laptop", "user": "bob", "role": "member"})").status,
            409);
  EXPECT_EQ(service.ask("otto", "GET", "/v1/tokens").body.find(secret), std::string::npos);
  EXPECT_EQ(service.ask("otto", "DELETE", "/v1/tokens/laptop").status, 204);
  EXPECT_EQ(service.ask("", "GET", "/v1/whoami", "", bearer).status, 401);
  EXPECT_EQ(service.ask("otto", "DELETE", "/v1/tokens/laptop").status, 404);
}

TEST(Tokens, ManyWrongOnesAreSlowedAndARightOneIsNot) {
  TestService service;
  const std::string wrong = "Authorization: Bearer my_" + std::string(43, 'A') + "\r\n";
  TestAnswer answer;
  for (int i = 0; i <= Throttle::failures_max; ++i) answer = service.ask("", "GET", "/v1/jobs", "", wrong);
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.headers.find("retry-after"), nullptr);
  EXPECT_EQ(service.ask("alice", "GET", "/v1/jobs").status, 200);
}

TEST(Incidents, AreSeenAndClosed) {
  TestService service;
  const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\nretry: {attempts: 1}\n");
  service.engine.finish(attempt, {.cause = model::EndCause::signalled, .signal = 9, .message = "killed"});
  EXPECT_TRUE(service.wait_for(attempt.job, "failed"));
  const Tree open = service.get("alice", "/v1/incidents");
  ASSERT_EQ(open.items.size(), 1U);
  EXPECT_EQ(open.text("[0].kind"), "killed");
  EXPECT_EQ(
      service.ask("otto", "POST", "/v1/incidents/" + open.text("[0].id") + "/close", R"({"how": "new memory"})").status,
      204);
  EXPECT_EQ(service.get("alice", "/v1/incidents").items.size(), 0U);
  EXPECT_EQ(service.get("alice", "/v1/incidents?all=true").text("[0].how"), "new memory");
}

TEST(Log, TellsWhatHappenedInSentences) {
  TestService service;
  const auto id = service.job();
  const Tree about = service.get("audrey", "/v1/events?job=" + std::to_string(id.raw()));
  ASSERT_GE(about.items.size(), 1U);
  EXPECT_EQ(about.text("[0].type"), "JobSubmitted");
  EXPECT_NE(about.text("[0].summary").find("submitted by alice for project demo"), std::string::npos);
  EXPECT_EQ(about.text("[0].hash").size(), 64U);
  EXPECT_EQ(service.get("otto", "/v1/events?from=2&limit=1").text("[0].seq"), "2");
}

TEST(Service, SaysThatTheLogIsStalledAndRefusesWork) {
  TestService service;
  service.store.fail_next(1);
  TestClient waits(service.port());
  waits.send("POST /v1/nodes/n1/drain HTTP/1.1\r\nHost: localhost\r\n" + service.bearer("otto") +
             "Content-Length: 0\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return service.ask("", "GET", "/v1/health").status == 503; }));
  const TestAnswer answer = service.submit("alice", "command: ['true']\nwall: 1h\n");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(service.json(answer.body).text("code"), "log-stalled");
  EXPECT_NE(service.get("otto", "/v1/centre").text("stalled"), "");
  service.store.sync();
  EXPECT_EQ(waits.read_answer("POST").status, 200);
  EXPECT_TRUE(eventually([&] { return service.ask("", "GET", "/v1/health").status == 200; }));
}

}  // namespace
}  // namespace mingyue::api::testing
