#include "engines/engine_router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mingyue::engines {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct HeardEngine final : ports::Engine {
  std::vector<std::string> heard;
  void launch(const model::LaunchOrder& order) override { heard.push_back("launch " + model::print(order.attempt)); }
  void signal(model::AttemptId attempt, int) override { heard.push_back("signal " + model::print(attempt)); }
  void end(model::AttemptId attempt, Duration) override { heard.push_back("end " + model::print(attempt)); }
  void forget(model::AttemptId attempt) override { heard.push_back("forget " + model::print(attempt)); }
  void reconcile(const std::vector<model::AttemptId>& standing) override {
    heard.push_back("reconcile " + std::to_string(standing.size()));
  }
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node&) const override { return {{name, true, ""}}; }
  std::string name;
};

struct HeardReports final : ports::ReportSink {
  std::vector<ports::EngineReport> reports;
  void report(ports::EngineReport report) override { reports.push_back(std::move(report)); }
};

struct Router : ::testing::Test {
  HeardEngine own;
  HeardEngine big;
  HeardReports reports;
  EngineRouter router{own, reports};
  Router() {
    own.name = "own";
    big.name = "big";
    router.add("big", big);
  }
  static model::AttemptId attempt(std::uint64_t job) { return {model::JobId{job}, 1}; }
};

TEST_F(Router, OrdersGoToTheEngineThatTheyName) {
  router.launch({.attempt = attempt(1)});
  router.launch({.attempt = attempt(2), .engine = "big"});
  router.end(attempt(2), seconds(1));
  router.signal(attempt(1), 10);
  EXPECT_THAT(own.heard, ElementsAre("launch 1.1", "signal 1.1"));
  EXPECT_THAT(big.heard, ElementsAre("launch 2.1", "end 2.1"));
}

TEST_F(Router, AfterARestartEachEngineHearsOfItsOwn) {
  router.expect(attempt(1), "");
  router.expect(attempt(2), "big");
  router.expect(attempt(3), "gone");
  router.reconcile({attempt(1), attempt(2), attempt(3)});
  router.end(attempt(2), seconds(1));  // this machine's own would say that it had ended before it began
  router.end(attempt(3), seconds(1));
  router.forget(attempt(2));
  EXPECT_THAT(own.heard, ElementsAre("reconcile 1"));
  EXPECT_THAT(big.heard, ElementsAre("reconcile 1", "end 2.1", "forget 2.1"));
}

TEST_F(Router, WhatNobodyHasAllMayForget) {
  router.forget(attempt(9));
  EXPECT_THAT(own.heard, ElementsAre("forget 9.1"));
  EXPECT_THAT(big.heard, ElementsAre("forget 9.1"));
}

TEST_F(Router, AnEngineThatIsNotThereCannotLaunch) {
  router.launch({.attempt = attempt(3), .engine = "gone"});
  EXPECT_THAT(own.heard, IsEmpty());
  ASSERT_EQ(reports.reports.size(), 1U);
  const auto& ended = std::get<ports::Ended>(reports.reports[0]);
  EXPECT_EQ(ended.end.cause, model::EndCause::launch_failed);
  EXPECT_NE(ended.end.message.find("gone"), std::string::npos);
}

TEST_F(Router, LimitsAreThoseOfTheNodesEngine) {
  router.set_partitions({{"gpu", "big"}});
  EXPECT_EQ(router.limits({.partition = "gpu"})[0].limit, "big");
  EXPECT_EQ(router.limits({.partition = "main"})[0].limit, "own");
}

}  // namespace
}  // namespace mingyue::engines
