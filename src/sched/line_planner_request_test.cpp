#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/prng.hpp"
#include "sched/line_planner.hpp"

/// Jobs of several parts, alternatives, what runs already, and places in the line that change.
namespace mingyue::sched {
namespace {

constexpr Room eight_cards{CoreCount{64}, Bytes{0}, CardCount{8}};
constexpr Room cores_only{CoreCount{32}, Bytes{0}, CardCount{0}};
Room cards(std::int32_t n) { return {CoreCount{n * 8}, Bytes{0}, CardCount{n}}; }
Room cores(std::int32_t n) { return {CoreCount{n}, Bytes{0}, CardCount{0}}; }

/// Kind 0 has cards, kind 1 has none.
std::vector<LineNode> two_kinds(std::int32_t with_cards, std::int32_t without) {
  std::vector<LineNode> nodes(static_cast<std::size_t>(with_cards), {eight_cards, 0, 0});
  nodes.insert(nodes.end(), static_cast<std::size_t>(without), {cores_only, 1, 0});
  return nodes;
}
Demand gang(std::int32_t tasks, std::int32_t n = 8) { return *demand_of(0, eight_cards, tasks, cards(n)); }
Demand on_cores(std::int32_t tasks, std::int32_t n) { return *demand_of(1, cores_only, tasks, cores(n)); }
Instant h(std::int64_t n) { return Instant{hours(n).raw()}; }

TEST(Request, PartsStartTogetherOrNotAtAll) {
  LinePlanner planner(two_kinds(2, 1), Backfill::easy, Instant{0});
  planner.arrive(1, 0, on_cores(1, 20), hours(1));
  ASSERT_EQ(planner.step(Instant{0}).size(), 1U);
  planner.arrive(2, 1, {{.parts = {gang(1), on_cores(1, 20)}}}, hours(1));
  EXPECT_TRUE(planner.step(Instant{0}).empty());
  EXPECT_EQ(planner.promise(2), h(1));
  planner.arrive(3, 2, gang(2), hours(1));
  planner.arrive(4, 3, gang(2), hours(2));  // would keep a node from 2
  auto starts = planner.step(Instant{0});
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 3U);
  planner.end(1, h(1));
  planner.end(3, h(1));
  starts = planner.step(h(1));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 2U);
  EXPECT_EQ(starts[0].nodes, (std::vector<std::int32_t>{0, 2}));
}

TEST(Request, PartsShareANodeUnlessTheyMustBeApart) {
  for (const bool apart : {false, true}) {
    LinePlanner planner(two_kinds(3, 0), Backfill::easy, Instant{0});
    planner.arrive(1, 0, {{.parts = {gang(1, 2), gang(1, 2), gang(1, 2)}, .apart = apart}}, hours(1));
    const auto starts = planner.step(Instant{0});
    ASSERT_EQ(starts.size(), 1U);
    const std::set<std::int32_t> nodes(starts[0].nodes.begin(), starts[0].nodes.end());
    EXPECT_EQ(nodes.size(), apart ? 3U : 1U);
    planner.end(1, h(1));
    planner.arrive(2, 1, gang(3), hours(1));
    EXPECT_EQ(planner.step(h(1)).size(), 1U);
  }
}

TEST(Request, PartsThatMustBeApartArePromisedWhenThereAreNodesEnough) {
  LinePlanner planner(two_kinds(2, 0), Backfill::conservative, Instant{0});
  planner.arrive(1, 0, gang(1), hours(5));
  planner.arrive(2, 1, {{.parts = {gang(1, 1), gang(1, 1)}, .apart = true}}, hours(1));
  planner.arrive(3, 2, {{.parts = {gang(1, 1), gang(1, 1)}}}, hours(1));
  const auto starts = planner.step(Instant{0});
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[1].job, 3U);
  EXPECT_EQ(planner.promise(2), h(5));
}

TEST(Request, TheAlternativeThatStartsEarliestIsTakenOfEqualsTheFirst) {
  LinePlanner planner(two_kinds(1, 1), Backfill::conservative, Instant{0});
  planner.arrive(1, 0, gang(1), hours(3));
  planner.arrive(2, 1, on_cores(1, 32), hours(2));
  planner.arrive(3, 2, {{.parts = {gang(1)}}, {.parts = {on_cores(1, 32)}}}, hours(1));
  EXPECT_EQ(planner.step(Instant{0}).size(), 2U);
  EXPECT_EQ(planner.promise(3), h(2));
  planner.end(2, h(1));
  auto starts = planner.step(h(1));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].alternative, 1);
  planner.end(1, h(2));
  planner.end(3, h(2));
  planner.arrive(4, 3, {{.parts = {gang(1)}}, {.parts = {on_cores(1, 32)}}}, hours(1));
  starts = planner.step(h(2));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].alternative, 0);
}

TEST(Request, EverFitsCountsEveryPart) {
  const LinePlanner planner(two_kinds(2, 1), Backfill::easy, Instant{0});
  EXPECT_TRUE(planner.ever_fits(Request{.parts = {gang(1), gang(1, 4), gang(1, 4)}}));
  EXPECT_FALSE(planner.ever_fits(Request{.parts = {gang(1), gang(1, 4), gang(1, 4)}, .apart = true}));
  EXPECT_FALSE(planner.ever_fits(Request{.parts = {gang(2), on_cores(1, 32), on_cores(1, 1)}}));
}

TEST(LinePlanner, NothingStartsBeforeItsTime) {
  for (const Backfill policy : {Backfill::fcfs, Backfill::easy, Backfill::conservative}) {
    LinePlanner planner(two_kinds(1, 0), policy, Instant{0});
    planner.arrive(1, 0, {{.parts = {gang(1)}}}, hours(1), h(2));
    planner.arrive(2, 1, gang(1), hours(3));
    const auto starts = planner.step(Instant{0});
    if (policy == Backfill::conservative) {  // a promise that 2 would delay
      EXPECT_TRUE(starts.empty());
      EXPECT_EQ(planner.promise(1), h(2));
      EXPECT_EQ(planner.promise(2), h(3));
      EXPECT_EQ(planner.step(h(2)).size(), 1U);
    } else {  // it stands in no line yet, and holds up nobody
      ASSERT_EQ(starts.size(), 1U);
      EXPECT_EQ(starts[0].job, 2U);
      EXPECT_EQ(planner.waiting(), 1U);
      EXPECT_EQ(planner.first(), std::nullopt);
      EXPECT_EQ(planner.next_due(), h(2));
      EXPECT_TRUE(planner.step(h(2)).empty());
      EXPECT_EQ(planner.first(), 1U);
      planner.end(2, h(3));
      EXPECT_EQ(planner.step(h(3)).size(), 1U);
    }
  }
}

TEST(LinePlanner, BeginsInTheMiddleOfACentresLife) {
  LinePlanner planner(two_kinds(3, 0), Backfill::conservative, h(10));
  planner.set_available(2, false, h(10));
  planner.running(1, {{0, cards(3)}}, h(12));
  planner.running(2, {{0, cards(2)}, {1, eight_cards}}, h(9));  // it was to end an hour ago
  planner.running(3, {{2, cards(16)}}, h(11));                  // more than the node has, and that is down
  planner.arrive(4, 0, gang(1), hours(1));
  planner.arrive(5, 1, gang(2), hours(1));
  planner.arrive(6, 2, gang(1, 3), hours(2));
  auto starts = planner.step(h(10));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 6U);
  EXPECT_EQ(starts[0].nodes, std::vector<std::int32_t>{0});
  EXPECT_EQ(planner.promise(4), h(10) + milliseconds(1));
  EXPECT_EQ(planner.promise(5), h(12));
  EXPECT_EQ(planner.running(), 4U);
  planner.end(2, h(10));
  starts = planner.step(h(10));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 4U);
  planner.end(3, h(11));
  planner.end(4, h(11));
  planner.set_available(2, true, h(11));
  EXPECT_EQ(planner.step(h(11)).size(), 1U);
}

TEST(LinePlanner, APlaceInTheLineChanges) {
  LinePlanner planner(two_kinds(1, 0), Backfill::conservative, Instant{0});
  planner.arrive(1, 0, gang(1), hours(1));
  EXPECT_EQ(planner.step(Instant{0}).size(), 1U);
  planner.arrive(2, 1, gang(1), hours(1));
  planner.arrive(3, 2, gang(1), hours(1));
  (void)planner.step(Instant{0});
  EXPECT_EQ(planner.promise(3), h(2));
  planner.rekey(3, 0);
  (void)planner.step(Instant{0});
  EXPECT_EQ(planner.first(), 3U);
  EXPECT_EQ(planner.promise(3), h(1));
  EXPECT_EQ(planner.promise(2), h(2));
}

// --- laws ---

struct Held {
  std::vector<Request> alternatives;
  std::int64_t wall = 0;
  std::int64_t not_before = 0;
  std::vector<Taken> takes;
};

/// What the start takes of its nodes.
std::vector<Taken> takes_of(const Request& request, const std::vector<std::int32_t>& nodes) {
  std::vector<Taken> takes;
  for (const Demand& demand : request.parts) {
    for (std::int32_t i = 0; i < demand.nodes(); ++i) {
      const Room room = i < demand.whole ? demand.whole_room : demand.part;
      takes.push_back({nodes.at(takes.size()), room});
    }
  }
  return takes;
}

Demand any_demand(Prng& prng, std::int32_t with_cards) {
  switch (prng.below(4)) {
    case 0:
      return gang(1 + static_cast<std::int32_t>(prng.below(static_cast<std::uint64_t>(with_cards))));
    case 1:
      return on_cores(1, 1 + static_cast<std::int32_t>(prng.below(32)));
    case 2:
      return gang(9, 1);  // a whole node and a card
    default:
      return gang(1, 1 + static_cast<std::int32_t>(prng.below(7)));
  }
}

// No room is held twice, parts start together and where the request says, nothing starts before its time, the promise
// of the first in line never moves later while nothing is lost and no one comes before it, and all start in the end.
TEST(Request, HoldsItsLawsInAnyWorld) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    Prng prng(seed);
    constexpr Backfill policies[] = {Backfill::fcfs, Backfill::easy, Backfill::easy_sjbf, Backfill::conservative};
    const auto policy = policies[prng.below(4)];
    const auto with_cards = 2 + static_cast<std::int32_t>(prng.below(4));
    const std::int32_t machine = with_cards + 2;
    const bool calm = prng.chance(1, 2);
    LinePlanner planner(two_kinds(with_cards, 2), policy, Instant{0});
    std::vector<Room> used(static_cast<std::size_t>(machine));
    std::map<JobNumber, Held> running;
    std::map<JobNumber, Held> waiting;
    std::multimap<std::int64_t, JobNumber> ends;
    std::optional<std::pair<JobNumber, Instant>> first;
    std::int64_t t = 0;
    JobNumber next = 0;
    constexpr int busy = 300;
    for (int round = 0; round < busy || !waiting.empty(); ++round) {
      ASSERT_LT(round, 5'000) << "seed " << seed << ": somebody never starts";
      t += static_cast<std::int64_t>(prng.below(20));
      for (; !ends.empty() && ends.begin()->first <= t; ends.erase(ends.begin())) {
        const JobNumber job = ends.begin()->second;
        for (const Taken& one : running.at(job).takes) used[static_cast<std::size_t>(one.node)] -= one.room;
        running.erase(job);
        planner.end(job, Instant{t});
      }
      if (round < busy && prng.chance(1, 2)) {
        Held job{.wall = 1 + static_cast<std::int64_t>(prng.below(60))};
        for (std::uint64_t a = 0; a <= prng.below(3); ++a) {
          Request request{.apart = prng.chance(1, 3)};
          for (std::uint64_t p = 0; p <= prng.below(3); ++p) request.parts.push_back(any_demand(prng, with_cards));
          if (planner.ever_fits(request)) job.alternatives.push_back(request);
        }
        if (!calm && prng.chance(1, 8)) job.not_before = t + static_cast<std::int64_t>(prng.below(50));
        if (!job.alternatives.empty()) {
          planner.arrive(next, t, job.alternatives, Duration{job.wall}, Instant{job.not_before});
          waiting.emplace(next++, job);
        }
      }
      if (!calm && !waiting.empty() && prng.chance(1, 10)) {
        planner.rekey(waiting.rbegin()->first,
                      static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(t) + 1)));
      }
      if (!calm) {
        const bool heal = round >= busy;
        for (std::int32_t n = 0; n < machine; ++n) {
          if (heal || prng.chance(1, 50)) planner.set_available(n, heal || prng.chance(1, 2), Instant{t});
        }
      }
      for (const LineStart& one : planner.step(Instant{t})) {
        Held job = waiting.at(one.job);
        const Request& request = job.alternatives.at(static_cast<std::size_t>(one.alternative));
        job.takes = takes_of(request, one.nodes);
        ASSERT_EQ(job.takes.size(), one.nodes.size());
        ASSERT_LE(job.not_before, t);
        for (const Taken& taken : job.takes) {
          Room& held = used[static_cast<std::size_t>(taken.node)];
          held += taken.room;
          ASSERT_TRUE(fits(held, taken.node < with_cards ? eight_cards : cores_only)) << "seed " << seed;
        }
        if (request.apart) {
          ASSERT_EQ(std::set<std::int32_t>(one.nodes.begin(), one.nodes.end()).size(), one.nodes.size());
        }
        waiting.erase(one.job);
        const auto run = 1 + static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(job.wall)));
        ends.emplace(t + (calm ? run : run + static_cast<std::int64_t>(prng.below(5))), one.job);
        running.emplace(one.job, std::move(job));
      }
      std::optional<std::pair<JobNumber, Instant>> head;
      if (const auto job = planner.first()) {
        if (const auto promised = planner.promise(*job)) head = {*job, *promised};
      }
      if (calm && head && first && head->first == first->first) {
        ASSERT_LE(head->second, std::max(first->second, Instant{t + 1})) << "seed " << seed << " round " << round;
      }
      first = head;
    }
  }
}

}  // namespace
}  // namespace mingyue::sched
