#include "client/job_verbs.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "client/a_centre_stub.hpp"
#include "client/output_follow.hpp"
#include "formats/parse.hpp"
#include "http/problem.hpp"

namespace mingyue::client {
namespace {

using model::JobState;
using testing::a_job;
using testing::CentreStub;

void shows(CentreStub& centre, const wire::JobView& job) {
  centre.on("GET", "/v1/jobs/" + std::to_string(job.id.raw()),
            [job](const http::Request&) { return testing::answer(wire::JobDetail{.job = job}); });
}

TEST(Jobs, AreAnArrayWithNumbersForPrograms) {
  CentreStub centre;
  centre.on("GET", "/v1/jobs",
            [](const http::Request&) { return testing::answer(std::vector{a_job(12, JobState::running)}); });
  Session session = centre.start();
  session.json = true;
  const auto [text, exit] = testing::printed([&] { return list_jobs(session, {}); });
  EXPECT_EQ(exit, 0);
  const auto tree = formats::parse_json(text);
  ASSERT_TRUE(tree.has_value() && tree->is_list()) << text;
  const Tree* id = tree->items.at(0).find("id");
  EXPECT_EQ(id->scalar, "12");
  EXPECT_FALSE(id->quoted) << "a number, not text";
  for (const char* name : {"name", "state", "attempts", "reason", "expected_start"})
    EXPECT_NE(tree->items.at(0).find(name), nullptr) << name;
}

TEST(Jobs, AreATableForPeople) {
  CentreStub centre;
  centre.on("GET", "/v1/jobs", [](const http::Request& request) {
    EXPECT_EQ(request.query.get("state"), "held");
    wire::JobView waiting = a_job(12, JobState::held);
    waiting.reason = "held";
    return testing::answer(std::vector{waiting});
  });
  Session session = centre.start();
  const auto [text, exit] = testing::printed([&] { return list_jobs(session, {.states = {"held"}}); });
  EXPECT_EQ(text,
            "ID  NAME  USER  PROJECT  STATE  TRY  CORES  CARDS  NODES  START  REASON\n"
            "12  bar   li    demo     held     1      2      0         -      held\n");
}

TEST(Wait, EndsWellOnlyWhenAllJobsDid) {
  CentreStub centre;
  shows(centre, a_job(1, JobState::succeeded));
  shows(centre, a_job(2, JobState::failed));
  Session session = centre.start();
  EXPECT_EQ(testing::printed([&] { return wait_for(session, {"1"}, {}); }).second, 0);
  const auto [text, exit] = testing::printed([&] { return wait_for(session, {"1", "2"}, {}); });
  EXPECT_EQ(exit, 1);
  EXPECT_EQ(text, "job 1 (bar): succeeded\njob 2 (bar): failed\n");
}

TEST(Wait, GivesUpWhenItsTimeIsOver) {
  CentreStub centre;
  shows(centre, a_job(1, JobState::running));
  Session session = centre.start();
  EXPECT_EQ(testing::printed([&] { return wait_for(session, {"1"}, milliseconds(80)); }).second, 124);
}

TEST(Wait, MeansAllElementsOfAnArrayByItsFirst) {
  CentreStub centre;
  const auto element = [](std::uint64_t id, std::int32_t index, JobState state) {
    wire::JobView job = a_job(id, state);
    job.array = model::JobId(5);
    job.array_index = index;
    return job;
  };
  shows(centre, element(5, 0, JobState::succeeded));
  std::atomic<int> asked = 0;
  centre.on("GET", "/v1/jobs", [&](const http::Request& request) {
    EXPECT_EQ(request.query.get("array"), "5");
    const JobState second = ++asked < 3 ? JobState::running : JobState::succeeded;
    return testing::answer(std::vector{element(6, 1, second), element(5, 0, JobState::succeeded)});
  });
  Session session = centre.start();
  EXPECT_EQ(testing::printed([&] { return wait_for(session, {"5"}, seconds(20)); }).second, 0);
  EXPECT_EQ(asked, 3);
}

TEST(Wait, ForAJobThatIsNotThereIsNotFound) {
  CentreStub centre;
  centre.on("GET", "/v1/jobs/{id}", [](const http::Request&) {
    return http::problem_response(404, {"unknown-job", "id", "there is no job 9", "", 0});
  });
  Session session = centre.start();
  EXPECT_EQ(testing::printed([&] { return wait_for(session, {"9"}, {}); }).second, 4);
  EXPECT_EQ(testing::printed([&] { return wait_for(session, {"nine"}, {}); }).second, 4);
}

TEST(Output, IsFollowedFromAttemptToAttempt) {
  CentreStub centre;
  std::atomic<int> looks = 0;
  // The second attempt begins after the first has been read; then the job has ended.
  centre.on("GET", "/v1/jobs/3", [&](const http::Request&) {
    wire::JobView job = a_job(3, ++looks == 1 ? JobState::running : JobState::succeeded);
    job.attempts = looks == 1 ? 1 : 2;
    return testing::answer(wire::JobDetail{.job = job});
  });
  centre.on("GET", "/v1/jobs/3/output", [](const http::Request& request) {
    return http::Response::text("attempt " + std::string(request.query.get("attempt")) + "\n");
  });
  Session session = centre.start();
  std::string seen;
  const auto followed = follow_output(session, {.id = "3"},
                                      [&](std::string_view bytes) {
                                        seen += bytes;
                                        return true;
                                      },
                                      {});
  EXPECT_TRUE(followed.has_value());
  EXPECT_EQ(seen, "attempt 1\nattempt 2\n");
}

TEST(Output, OfAJobThatNeverRanIsNothing) {
  CentreStub centre;
  wire::JobView job = a_job(3, JobState::cancelled);
  job.attempts = 0;
  shows(centre, job);
  Session session = centre.start();
  EXPECT_TRUE(follow_output(session, {.id = "3"}, [](std::string_view) { return true; }, {}).has_value());
}

/// A centre in which a command has ended in this way.
class Ran {
 public:
  Ran(JobState state, std::string outcome, int exit_code, int signal) {
    centre_.on("POST", "/v1/jobs",
               [](const http::Request&) { return testing::answer(wire::Submitted{.id = model::JobId(1)}); });
    centre_.on("GET", "/v1/jobs/1", [=](const http::Request&) {
      wire::JobDetail detail{.job = a_job(1, state)};
      detail.job.exit_code = exit_code;
      detail.attempts.push_back(
          {.attempt = {model::JobId(1), 1}, .outcome = outcome, .exit_code = exit_code, .signal = signal});
      return testing::answer(detail);
    });
    centre_.on("GET", "/v1/jobs/1/output", [](const http::Request& request) {
      return http::Response::text(request.query.get("stream") == "out" ? "said\n" : "");
    });
  }
  std::pair<std::string, int> run(CommandOptions options = {.command = {"/bin/echo", "a b", "\"quoted\""}}) {
    Session session = centre_.start();
    return testing::printed([&] { return client::run(session, options); });
  }
  Tree sent() { return formats::parse_yaml(centre_.requests().at(0).body).value(); }

 private:
  CentreStub centre_;
};

TEST(Run, PrintsWhatTheCommandSaysAndEndsAsItDid) {
  EXPECT_EQ(Ran(JobState::succeeded, "succeeded", 0, 0).run(), std::pair(std::string("said\n"), 0));
  EXPECT_EQ(Ran(JobState::failed, "exited", 7, 0).run().second, 7);
  EXPECT_EQ(Ran(JobState::failed, "signalled", 0, 15).run().second, 143);
  EXPECT_EQ(Ran(JobState::failed, "memory", 0, 0).run().second, 137);
  EXPECT_EQ(Ran(JobState::failed, "launch-failed", 0, 0).run().second, 127);
  EXPECT_EQ(Ran(JobState::timed_out, "wall", 0, 0).run().second, 124);
  EXPECT_EQ(Ran(JobState::cancelled, "ended", 0, 0).run().second, 1);
}

TEST(Run, SendsTheCommandAsItIsAndRunsItOnce) {
  Ran ran(JobState::succeeded, "succeeded", 0, 0);
  (void)ran.run();
  const Tree document = ran.sent();
  EXPECT_EQ(document.text("command[1]"), "a b");
  EXPECT_EQ(document.text("command[2]"), "\"quoted\"");
  EXPECT_EQ(document.text("wall"), "1h");
  EXPECT_EQ(document.text("retry.attempts"), "1");
  EXPECT_EQ(document.text("retry.on-exit"), "false");
  EXPECT_FALSE(document.text("environment.PATH").empty());
}

TEST(Run, TakesOptionsAndVariables) {
  Ran ran(JobState::succeeded, "succeeded", 0, 0);
  (void)ran.run({.command = {"true"}, .variables = {"A=b=c"}, .fields = {{"wall", "\"5m\""}, {"cores", "\"2\""}}});
  const Tree document = ran.sent();
  EXPECT_EQ(document.text("wall"), "5m");
  EXPECT_EQ(document.text("cores"), "2");
  EXPECT_EQ(document.text("environment.A"), "b=c");
}

TEST(Run, RefusesAVariableThatIsNotSetHere) {
  Ran ran(JobState::succeeded, "succeeded", 0, 0);
  EXPECT_EQ(ran.run({.command = {"true"}, .variables = {"MINGYUE_TEST_NOT_SET"}}).second,
            static_cast<int>(Exit::refused));
}

}  // namespace
}  // namespace mingyue::client
