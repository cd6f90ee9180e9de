#include <gtest/gtest.h>

#include <map>

#include "base/prng.hpp"
#include "sched/line_planner.hpp"

/// Conservative keeps its promises. That whole nodes start exactly when they should is in line_planner_test.cpp.
namespace mingyue::sched {
namespace {

constexpr Room eight_cards{CoreCount{64}, Bytes{0}, CardCount{8}};
Room cards(std::int32_t n) { return {CoreCount{n * 8}, Bytes{0}, CardCount{n}}; }
Demand gang(std::int32_t tasks, std::int32_t n = 8) { return *demand_of(0, eight_cards, tasks, cards(n)); }
std::vector<LineNode> nodes(std::int32_t n) {
  return std::vector<LineNode>(static_cast<std::size_t>(n), {eight_cards, 0, 0});
}
Instant h(std::int64_t n) { return Instant{hours(n).raw()}; }

TEST(Conservative, WhatEndsEarlyLetsPromisesMoveUpInOrder) {
  LinePlanner planner(nodes(2), Backfill::conservative, Instant{0});
  planner.arrive(1, 0, gang(1), hours(4));
  planner.arrive(2, 1, gang(1), hours(6));
  planner.arrive(3, 2, gang(2), hours(1));
  planner.arrive(4, 3, gang(1), hours(3));
  planner.arrive(5, 4, gang(1), hours(2));
  EXPECT_EQ(planner.step(Instant{0}).size(), 2U);
  EXPECT_EQ(planner.promise(3), h(6));
  EXPECT_EQ(planner.promise(4), h(7));
  EXPECT_EQ(planner.promise(5), h(4));  // before 3, whom it does not delay
  EXPECT_EQ(planner.next_due(), h(4));
  planner.end(1, h(1));
  const auto starts = planner.step(h(1));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 4U);         // before 3 too, and it stands before 5
  EXPECT_EQ(planner.promise(5), h(4));  // behind 4, until 6
  EXPECT_EQ(planner.promise(3), h(6));
}

TEST(Conservative, WhoComesInAheadTakesNoPromiseFromThoseAheadOfIt) {
  LinePlanner planner(nodes(1), Backfill::conservative, Instant{0});
  planner.arrive(1, 0, gang(1), hours(1));
  planner.arrive(2, 10, gang(1), hours(1));
  planner.arrive(3, 30, gang(1), hours(1));
  EXPECT_EQ(planner.step(Instant{0}).size(), 1U);
  EXPECT_EQ(planner.promise(3), h(2));
  planner.arrive(4, 20, gang(1), hours(1));
  (void)planner.step(Instant{1});
  EXPECT_EQ(planner.promise(2), h(1));
  EXPECT_EQ(planner.promise(4), h(2));
  EXPECT_EQ(planner.promise(3), h(3));
}

TEST(Conservative, RoomThatIsLostIsPromisedToNobody) {
  LinePlanner planner(nodes(2), Backfill::conservative, Instant{0});
  planner.arrive(1, 0, gang(2), hours(1));
  planner.arrive(2, 1, gang(2), hours(1));
  planner.arrive(3, 2, gang(1), hours(1));
  EXPECT_EQ(planner.step(Instant{0}).size(), 1U);
  planner.end(1, Instant{1});
  planner.set_available(1, false, Instant{1});
  const auto starts = planner.step(Instant{1});
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 3U);
  EXPECT_FALSE(planner.promise(2));
  planner.set_available(1, true, Instant{2});
  EXPECT_TRUE(planner.step(Instant{2}).empty());
  EXPECT_EQ(planner.promise(2), Instant{1 + hours(1).raw()});
}

// Nobody's promise ever moves later while jobs only arrive at the end of the line and end early; no card is held twice;
// all start, and none later than it was first promised. Small worlds, and one with so many promises that a step does
// not get to all of them.
TEST(Conservative, NoPromiseEverMovesLater) {
  struct World {
    std::int32_t nodes;
    std::size_t jobs;
    std::size_t waiting_most;
  };
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Prng prng(seed);
    const World world =
        seed == 40 ? World{40, 2'500, 1'500} : World{2 + static_cast<std::int32_t>(prng.below(8)), 250, 60};
    const auto machine = static_cast<std::uint64_t>(world.nodes);
    const std::uint64_t kinds_of_job = 3 + prng.below(2);
    LinePlanner planner(nodes(world.nodes), Backfill::conservative, Instant{0});
    std::map<JobNumber, std::pair<Request, std::int64_t>> waiting;
    std::map<JobNumber, Instant> promised;
    std::map<JobNumber, std::vector<Taken>> running;
    std::multimap<std::int64_t, JobNumber> ends;
    std::vector<Room> used(machine);
    std::int64_t t = 0;
    JobNumber next = 0;
    while (next < world.jobs || !waiting.empty()) {
      ASSERT_FALSE(next >= world.jobs && running.empty() && waiting.empty());
      const bool deep = waiting.size() >= world.waiting_most || next >= world.jobs;
      t = deep && !ends.empty() ? std::max(t, ends.begin()->first) : t + static_cast<std::int64_t>(prng.below(10));
      // What is promised for an instant is asked for then.
      if (const auto due = planner.next_due()) t = std::min(t, due->raw());
      for (; !ends.empty() && ends.begin()->first <= t; ends.erase(ends.begin())) {
        const JobNumber job = ends.begin()->second;
        for (const Taken& one : running.at(job)) used[static_cast<std::size_t>(one.node)] -= one.room;
        running.erase(job);
        planner.end(job, Instant{t});
      }
      const std::uint64_t some = waiting.size() < world.waiting_most ? 1 + prng.below(world.nodes == 40 ? 100 : 4) : 0;
      for (std::uint64_t i = 0; i < some && next < world.jobs; ++i) {
        Request request;
        switch (prng.below(kinds_of_job)) {
          case 0:
            request.parts = {gang(1 + static_cast<std::int32_t>(prng.below(machine)))};
            break;
          case 1:
            request.parts = {gang(9 + static_cast<std::int32_t>(prng.below(6)), 1)};
            break;
          case 2:
            request.parts = {gang(1, 1 + static_cast<std::int32_t>(prng.below(7)))};
            break;
          default:
            request = {.parts = {gang(1, 3), gang(1, 3)}, .apart = prng.chance(1, 2)};
        }
        const auto wall = 1 + static_cast<std::int64_t>(prng.below(60));
        planner.arrive(next, t, {request}, Duration{wall});
        waiting.emplace(next++, std::pair{request, wall});
      }
      for (const LineStart& one : planner.step(Instant{t})) {
        const auto& [request, wall] = waiting.at(one.job);
        std::vector<Taken> takes;
        for (const Demand& demand : request.parts) {
          for (std::int32_t i = 0; i < demand.nodes(); ++i)
            takes.push_back({one.nodes.at(takes.size()), i < demand.whole ? demand.whole_room : demand.part});
        }
        for (const Taken& taken : takes) {
          used[static_cast<std::size_t>(taken.node)] += taken.room;
          ASSERT_TRUE(fits(used[static_cast<std::size_t>(taken.node)], eight_cards)) << "seed " << seed << " at " << t;
        }
        ends.emplace(t + 1 + static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(wall))), one.job);
        running.emplace(one.job, std::move(takes));
        if (const auto was = promised.find(one.job); was != promised.end()) {
          ASSERT_LE(t, was->second.raw());
        }
        promised.erase(one.job);
        waiting.erase(one.job);
      }
      for (const auto& [job, what] : waiting) {
        const auto start = planner.promise(job);
        ASSERT_TRUE(start && *start > Instant{t}) << "seed " << seed << " at " << t << ": job " << job;
        const auto was = promised.find(job);
        if (was != promised.end()) {
          ASSERT_LE(*start, was->second) << "seed " << seed << " at " << t << ": job " << job;
        }
        promised[job] = *start;
      }
    }
  }
}

}  // namespace
}  // namespace mingyue::sched
