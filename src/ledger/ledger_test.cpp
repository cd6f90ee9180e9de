#include <gtest/gtest.h>

#include "core/a_centre.hpp"
#include "ledger/book.hpp"
#include "ledger/history.hpp"

namespace mingyue::ledger {
namespace {

using core::testing::a_job;
using core::testing::TestCentre;

struct Told {
  Book book;
  std::vector<Row> rows;
  std::map<UseClass, std::int64_t> cores;  ///< core-milliseconds of the rows, by class

  explicit Told(const TestCentre& centre) {
    core::State state;
    for (const auto& event : centre.log) {
      history_rows(state, event, rows);
      record(book, event, rows);
      core::apply(state, event);
      check(book, state);
    }
    for (const auto& row : rows) {
      if (const auto* usage = std::get_if<UsageRow>(&row))
        cores[usage->use] += usage->count * (usage->to - usage->from).raw();
    }
  }
};

TEST(Ledger, ClassesSumToCapacity) {
  TestCentre centre(2, 4);
  const auto job = centre.submit(a_job());
  centre.now = centre.now + seconds(5);
  centre.plan();
  centre.now = centre.now + seconds(60);
  centre.end(job);
  centre.plan();
  centre.now = centre.now + seconds(7);
  const Told told(centre);
  const auto all = sums(told.book, centre.now);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].capacity, ResourceTime{8 * 72'000});
  EXPECT_EQ(all[0].classes[0], ResourceTime{60'000}) << "one core for a minute was productive";
}

TEST(Ledger, WorkSinceTheLastCheckpointIsLostWithAFault) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  centre.plan();
  const auto attempt = centre.state.attempts.at(job).id;
  centre.now = centre.now + seconds(100);
  centre.give(core::ReportProgress{attempt, {.step = 1, .checkpoint = "c1", .took_ms = 4'000}});
  centre.now = centre.now + seconds(30);
  centre.end(job, {.cause = model::EndCause::signalled, .signal = 9});
  Told told(centre);
  EXPECT_EQ(told.cores[UseClass::productive], 96'000);
  EXPECT_EQ(told.cores[UseClass::checkpoint], 4'000);
  EXPECT_EQ(told.cores[UseClass::lost], 30'000);
}

TEST(Ledger, OpenWorkCountsAsProductiveUntilItsEndIsKnown) {
  TestCentre centre;
  centre.submit(a_job());
  centre.plan();
  centre.now = centre.now + seconds(10);
  const Told told(centre);
  std::int64_t productive = 0;
  for (const auto& row : open_rows(told.book, centre.now)) {
    if (row.use == UseClass::productive) productive += row.count * (row.to - row.from).raw();
  }
  EXPECT_EQ(productive, 10'000);
}

TEST(Ledger, WorkStaysInItsPartitionWhenANewOneComesBeforeIt) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  centre.plan();
  centre.now = centre.now + seconds(10);
  model::Centre wider = centre.state.centre;
  wider.partitions.push_back({"a-new-one", hours(24)});
  wider.nodes.push_back({.name = "n9", .partition = "a-new-one", .cores = CoreCount{16}, .memory = Bytes{1 << 30}});
  ASSERT_TRUE(centre.give(core::ConfigureCentre{wider, {}}).has_value());
  centre.now = centre.now + seconds(20);
  centre.end(job);
  const Told told(centre);
  for (const auto& row : told.rows) {
    const auto* usage = std::get_if<UsageRow>(&row);
    if (usage != nullptr && usage->use == UseClass::productive) {
      EXPECT_EQ(usage->partition, "main");
    }
  }
  const auto all = sums(told.book, centre.now);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].key.partition, "a-new-one");
  EXPECT_EQ(all[0].capacity, ResourceTime{16 * 20'000});
  EXPECT_EQ(all[1].classes[0], ResourceTime{30'000}) << "one core of the old partition was productive for 30 s";
}

TEST(Ledger, ADrainedNodeIsUnavailable) {
  TestCentre centre(1, 4);
  centre.give(core::DrainNode{core::testing::root, "n0", "fan"});
  centre.now = centre.now + seconds(10);
  centre.give(core::ResumeNode{core::testing::root, "n0"});
  Told told(centre);
  EXPECT_EQ(told.cores[UseClass::drained], 40'000);
}

TEST(Ledger, WhatOthersHoldIsTheirsAndNobodysIdle) {
  TestCentre centre(1, 4);
  centre.give(core::ReportOthers{model::NodeId{0}, CoreCount{3}, {}, Bytes{}, {}});
  centre.now = centre.now + seconds(10);
  centre.give(core::ReportOthers{model::NodeId{0}, CoreCount{1}, {}, Bytes{}, {}});
  centre.now = centre.now + seconds(10);
  centre.give(core::ReportNode{model::NodeId{0}, false, "dead"});
  centre.now = centre.now + seconds(10);
  Told told(centre);
  const auto classes = sums(told.book, centre.now)[0].classes;
  const auto of = [&](UseClass use) { return classes[static_cast<std::size_t>(use) - 1].raw(); };
  EXPECT_EQ(of(UseClass::others), 30'000 + 10'000 + 10'000);
  EXPECT_EQ(of(UseClass::unwanted), 10'000 + 30'000);
  EXPECT_EQ(of(UseClass::down), 30'000);
  check(told.book, centre.state);
}

TEST(Ledger, AnAttemptThatItsEngineQueuesHoldsNothingUntilItIsPlaced) {
  TestCentre centre(1, 4);
  model::Centre guest = centre.state.centre;
  guest.partitions[0].guest = true;
  centre.give(core::ConfigureCentre{guest, {}});
  const auto job = centre.submit(a_job());
  ASSERT_TRUE(centre.give(core::AdoptPlan{{{.job = job, .nodes = {}}}, {}, {}, {}, false}));
  const model::AttemptId attempt = centre.state.attempts.at(job).id;
  centre.now = centre.now + seconds(10);
  centre.give(core::ReportPlaced{attempt, {"n0"}, false});
  centre.now = centre.now + seconds(2);
  centre.give(core::ReportLaunched{attempt});
  centre.now = centre.now + seconds(20);
  centre.end(job);
  Told told(centre);
  EXPECT_EQ(told.cores[UseClass::start], 2'000);
  EXPECT_EQ(told.cores[UseClass::productive], 20'000);
  EXPECT_EQ(told.cores[UseClass::unwanted], 4 * 10'000 + 3 * 22'000);
  check(told.book, centre.state);
  for (const auto& row : told.rows) {
    const auto* seen = std::get_if<AttemptRow>(&row);
    if (seen == nullptr || !seen->started_at) continue;
    EXPECT_EQ(seen->nodes, (std::vector<std::string>{"n0"}));
  }
}

TEST(History, APostingDebitsAProjectAndCreditsTheCentre) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  centre.plan();
  centre.now = centre.now + hours(1);
  centre.end(job);
  const Told told(centre);
  const PostingRow* posting = nullptr;
  for (const auto& row : told.rows) {
    if (const auto* p = std::get_if<PostingRow>(&row)) posting = p;
  }
  ASSERT_NE(posting, nullptr);
  EXPECT_EQ(posting->debit, "project:demo");
  EXPECT_EQ(posting->credit, "centre:income");
  EXPECT_EQ(posting->amount, Credits{1'000'000});
}

}  // namespace
}  // namespace mingyue::ledger
