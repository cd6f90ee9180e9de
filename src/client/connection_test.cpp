#include "client/connection.hpp"

#include <gtest/gtest.h>

#include "client/a_centre_stub.hpp"
#include "client/speaking.hpp"
#include "http/problem.hpp"

namespace mingyue::client {
namespace {

using testing::CentreStub;
using testing::Speaking;

TEST(Centre, IsFoundByTheEndpointInItsDataDirectory) {
  CentreStub centre;
  centre.on("GET", "/v1/centre",
            [](const http::Request&) { return testing::answer(wire::CentreView{.name = "east"}); });
  Session session = centre.start();
  const auto view = get_one<wire::CentreView>(session, "/v1/centre");
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->name, "east");
  EXPECT_EQ(centre.requests().at(0).header("authorization"), "Bearer secret");
}

TEST(Centre, ThatIsNotThereIsToldWithWhatToType) {
  const Speaking english("C");
  const Connection connection({.data = "/nonexistent"});
  const auto answer = connection.ask({.path = "/v1/centre"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(exit_of(answer.error()), Exit::unreachable);
  EXPECT_EQ(answer.error().refusals.at(0).message, "no centre runs with its data in /nonexistent");
  EXPECT_NE(answer.error().refusals.at(0).hint.find("mingyue serve --data /nonexistent"), std::string::npos);
}

TEST(Centre, ThatIsNotThereIsToldInTheLanguageOfTheEnvironment) {
  const Speaking chinese("zh_CN.UTF-8");
  const Connection connection({.data = "/nonexistent"});
  EXPECT_EQ(connection.ask({.path = "/v1/centre"}).error().refusals.at(0).message,
            "数据目录 /nonexistent 上没有运行的中心");
}

TEST(Centre, ThatDoesNotAnswerIsUnreachable) {
  const Connection connection({.url = "http://127.0.0.1:1"});
  EXPECT_EQ(exit_of(connection.ask({.path = "/v1/centre"}).error()), Exit::unreachable);
}

TEST(Patience, AsksAgainWithTheSameKeyUntilTheCentreIsBack) {
  CentreStub centre;
  int asked = 0;
  centre.on("POST", "/v1/jobs", [&](const http::Request&) {
    if (++asked < 3) return http::problem_response(503, {"busy", "", "the centre is busy", "try again", 0});
    return testing::answer(wire::Submitted{.id = model::JobId(7)});
  });
  Session session = centre.start();
  session.connection.be_patient(seconds(10));
  const auto answer = session.connection.ask(
      {.method = "POST", .path = "/v1/jobs", .body = "x", .headers = {{"Idempotency-Key", fresh_key()}}});
  ASSERT_TRUE(answer.has_value());
  const auto requests = centre.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].header("idempotency-key").size(), 32U);
  EXPECT_EQ(requests[0].header("idempotency-key"), requests[2].header("idempotency-key"));
}

TEST(Patience, DoesNotRepeatWhatWasRefused) {
  CentreStub centre;
  centre.on("GET", "/v1/jobs", [](const http::Request&) {
    return http::problem_response(422, {"bad-value", "x", "no", "", 0});
  });
  Session session = centre.start();
  session.connection.be_patient(seconds(10));
  EXPECT_EQ(exit_of(session.connection.ask({.path = "/v1/jobs"}).error()), Exit::refused);
  EXPECT_EQ(centre.requests().size(), 1U);
}

TEST(Stream, EndsWhenItsReaderHasEnough) {
  CentreStub centre;
  centre.on("GET", "/v1/output", [](const http::Request&) { return http::Response::text("one two three"); });
  Session session = centre.start();
  std::string seen;
  const auto answer = session.connection.stream({.path = "/v1/output"}, [&](std::string_view bytes) {
    seen += bytes;
    return false;
  });
  EXPECT_TRUE(answer.has_value());
  EXPECT_EQ(seen, "one two three");
}

TEST(Failure, HasEveryFaultOfADocumentWithItsLine) {
  const Failure failure = failure_of({.status = 422, .body = R"({"code": "bad-value", "detail": "first", "errors": [
    {"code": "bad-value", "field": "wall", "message": "first", "hint": "do this", "line": 3},
    {"code": "unknown-field", "field": "wal", "message": "second", "hint": "", "line": 4}]})"});
  ASSERT_EQ(failure.refusals.size(), 2U);
  EXPECT_EQ(failure.refusals[0], (Refusal{"bad-value", "wall", "first", "do this", 3}));
  EXPECT_EQ(failure.refusals[1].line, 4);
}

TEST(Failure, OfSomethingThatIsNoCentreSaysSo) {
  const Speaking english("C");
  const Failure failure = failure_of({.status = 502, .body = "<html>bad gateway</html>"});
  ASSERT_EQ(failure.refusals.size(), 1U);
  EXPECT_EQ(failure.refusals[0].message, "the centre answered with status 502");
}

TEST(ExitCode, FollowsFromTheStatus) {
  EXPECT_EQ(exit_of({.status = 0}), Exit::unreachable);
  EXPECT_EQ(exit_of({.status = 401}), Exit::not_allowed);
  EXPECT_EQ(exit_of({.status = 403}), Exit::not_allowed);
  EXPECT_EQ(exit_of({.status = 404}), Exit::not_found);
  EXPECT_EQ(exit_of({.status = 422}), Exit::refused);
}

TEST(Encode, LeavesOnlyWhatMayStandInAPath) { EXPECT_EQ(encode("a/b c%泰"), "a%2Fb%20c%25%E6%B3%B0"); }

}  // namespace
}  // namespace mingyue::client
