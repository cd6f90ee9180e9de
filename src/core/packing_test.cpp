#include "core/packing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.hpp"
#include "core/a_centre.hpp"
#include "sched/room.hpp"

namespace mingyue::core {
namespace {

using testing::a_job;
using testing::root;
using testing::TestCentre;

struct Wanted {
  int tasks = 1;
  int cores = 1;
  int cards = 0;
  std::string card_type;
};

model::JobSpec a_job_of(const std::vector<Wanted>& parts) {
  model::JobSpec job = a_job();
  const model::Part plain = job.parts.front();
  job.parts.clear();
  for (const Wanted& wanted : parts) {
    model::Part& part = job.parts.emplace_back(plain);
    part.name = "p" + std::to_string(job.parts.size());
    part.tasks = wanted.tasks;
    part.need.cores = CoreCount{wanted.cores};
    part.need.cards = CardCount{wanted.cards};
    part.need.card_type = wanted.card_type;
  }
  return job;
}

/// One more partition, `other`, with a node of so many cores.
void add_partition(TestCentre& centre, int cores) {
  model::Centre with = centre.state.centre;
  with.partitions.push_back({"other", hours(24)});
  with.nodes.push_back(
      {.name = "big", .partition = "other", .cores = CoreCount{cores}, .memory = Bytes{1LL << 34}, .is_virtual = true});
  ASSERT_TRUE(centre.give(ConfigureCentre{with, {}}).has_value());
}

void add_cards(TestCentre& centre, std::size_t node, const std::string& type, int cards) {
  model::Centre with = centre.state.centre;
  if (std::ranges::find(with.card_types, type, &model::CardType::name) == with.card_types.end())
    with.card_types.push_back({.name = type});
  with.nodes[node].card_type = type;
  with.nodes[node].cards = CardCount{cards};
  ASSERT_TRUE(centre.give(ConfigureCentre{with, {}}).has_value());
}

std::optional<Refusal> refused(TestCentre& centre, const model::JobSpec& job) {
  const auto decision = centre.give(SubmitJob{root, job, "", {}});
  return decision ? std::nullopt : std::optional(decision.error());
}

TEST(Packing, PartsThatNeverFitBesideEachOtherAreRefused) {
  // 2 nodes of 4 cores: 3 + 3 leave 1 and 1, and the 8 cores of the totals are not for a task of 2.
  TestCentre centre(2, 4);
  const auto refusal = refused(centre, a_job_of({{.tasks = 2, .cores = 3}, {.tasks = 1, .cores = 2}}));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, "does-not-fit");
  EXPECT_EQ(refusal->field, "parts");
  EXPECT_EQ(refusal->message,
            "each of the 2 parts fits into partition \"main\", but not all beside each other: its 2 nodes, all empty, "
            "have no place for these 3 tasks at once");
  EXPECT_EQ(refusal->hint, "ask for fewer or smaller tasks");
}

TEST(Packing, PartsThatFitBesideEachOtherStart) {
  TestCentre centre(2, 4);
  const auto job = centre.submit(a_job_of({{.tasks = 2, .cores = 3}, {.tasks = 2, .cores = 1}}));
  centre.plan();
  EXPECT_EQ(centre.state.attempts.at(job).lease.tasks(), 4);
}

TEST(Packing, ARefusalNamesAPartitionThatHasAPlace) {
  TestCentre centre(2, 4);
  add_partition(centre, 8);
  const auto refusal = refused(centre, a_job_of({{.tasks = 2, .cores = 3}, {.tasks = 1, .cores = 2}}));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->hint, "use partition \"other\" or ask for fewer or smaller tasks");
}

TEST(Packing, NodesThatAreDrainedOrLostCountBecauseTheyReturn) {
  TestCentre centre(2, 4);
  ASSERT_TRUE(centre.give(DrainNode{root, "n0", "a fan"}).has_value());
  ASSERT_TRUE(centre.give(ReportNode{model::NodeId{1}, false, "does not answer"}).has_value());
  EXPECT_FALSE(refused(centre, a_job_of({{.tasks = 2, .cores = 3}, {.tasks = 2, .cores = 1}})).has_value());
}

TEST(Packing, WhatRunsNowDoesNotCount) {
  TestCentre centre(2, 4);
  centre.submit(a_job_of({{.tasks = 2, .cores = 4}}));
  centre.plan();
  EXPECT_FALSE(refused(centre, a_job_of({{.tasks = 2, .cores = 3}, {.tasks = 2, .cores = 1}})).has_value());
}

TEST(Packing, CardsOfOneTypeAreNotThoseOfAnother) {
  // The totals have 4 cards for 4; but p1 and p2 both want the 2 of type a.
  TestCentre centre(2, 8);
  add_cards(centre, 0, "a", 2);
  add_cards(centre, 1, "b", 2);
  const auto apart = a_job_of({{.cards = 2, .card_type = "a"}, {.cards = 2, .card_type = "b"}});
  EXPECT_FALSE(refused(centre, apart).has_value());
  const auto same = a_job_of({{.cards = 2, .card_type = "a"}, {.cards = 1, .card_type = "a"}});
  EXPECT_TRUE(refused(centre, same).has_value());
  const auto any = a_job_of({{.cards = 2}, {.cards = 1}});
  EXPECT_FALSE(refused(centre, any).has_value()) << "p1 may have type a and p2 type b";
}

TEST(Packing, APartThatTakesAnyCardsTakesThemAllOfOneType) {
  TestCentre centre(2, 8);
  add_cards(centre, 0, "a", 2);
  add_cards(centre, 1, "b", 3);
  const auto refusal = refused(centre, a_job_of({{.tasks = 4, .cards = 1}}));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, "does-not-fit");
  EXPECT_EQ(refusal->field, "tasks");
  EXPECT_EQ(refusal->message,
            "job needs 4 tasks at once, all with cards of one type; partition \"main\" has room for 3");
  EXPECT_EQ(refusal->hint, "tasks: 3");
  EXPECT_FALSE(refused(centre, a_job_of({{.tasks = 3, .cards = 1}})).has_value());
}

/// Task by task, node by node: slow, and plain to see.
bool fits_by_trial(const std::vector<sched::NodeFacts>& nodes, std::vector<sched::Room> rooms,
                   const std::vector<sched::ShapePart>& tasks, std::size_t task = 0) {
  if (task == tasks.size()) return true;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!sched::suits(tasks[task], nodes[n]) || !sched::fits(tasks[task].need, rooms[n])) continue;
    rooms[n] -= tasks[task].need;
    if (fits_by_trial(nodes, rooms, tasks, task + 1)) return true;
    rooms[n] += tasks[task].need;
  }
  return false;
}

TEST(Packing, TheExhaustiveSearchAgreesWithTrialOfEveryArrangement) {
  Prng prng(4711);
  int fits = 0;
  int never = 0;
  for (int i = 0; i < 3'000; ++i) {
    const auto draw = [&](int low, int high) { return static_cast<std::int32_t>(prng.between(low, high)); };
    const auto room = [&](int cores_max, int cards_max) {
      return sched::Room{CoreCount{draw(1, cores_max)}, Bytes{draw(1, 4)}, CardCount{draw(0, cards_max)}};
    };
    std::vector<sched::NodeFacts> nodes(static_cast<std::size_t>(draw(1, 3)));
    std::vector<sched::Room> rooms;
    for (sched::NodeFacts& node : nodes) {
      node.total = room(6, 2);
      node.card_type = node.total.cards > CardCount{} ? draw(0, 1) : sched::CardTypes::none;
      rooms.push_back(node.total);
    }
    sched::Shape shape;
    std::vector<sched::ShapePart> tasks;
    for (int parts = draw(1, 3); parts > 0; --parts) {
      sched::ShapePart part{.need = room(3, 1), .tasks = draw(1, 3)};
      part.need.memory = Bytes{draw(0, 2)};
      part.card_type = part.need.cards > CardCount{} ? draw(0, 1) : sched::CardTypes::none;
      shape.parts.push_back(part);
      tasks.insert(tasks.end(), static_cast<std::size_t>(part.tasks), part);
    }
    const bool expected = fits_by_trial(nodes, rooms, tasks);
    ASSERT_EQ(pack_exhaustively(nodes, shape), expected ? Packing::fits : Packing::never) << "draw " << i;
    ++(expected ? fits : never);
  }
  EXPECT_GT(fits, 500);
  EXPECT_GT(never, 500);
}

TEST(Packing, AQuestionTooLargeToDecideIsNoReasonToRefuse) {
  // 30 kinds of tasks that fill 100 nodes of 64 cores to the last core: nobody knows whether there is an arrangement.
  TestCentre centre(100, 64);
  std::vector<Wanted> parts;
  int cores = 0;
  for (int need = 17; need < 47; ++need) {
    parts.push_back({.tasks = 6, .cores = need});
    cores += 6 * need;
  }
  parts.push_back({.tasks = (6400 - cores) / 11, .cores = 11});
  std::vector<sched::NodeFacts> nodes(100, {.total = {CoreCount{64}, Bytes{1LL << 34}, CardCount{0}}});
  sched::Shape shape;
  for (const Wanted& part : parts)
    shape.parts.push_back({.need = {CoreCount{part.cores}, Bytes{1 << 20}, CardCount{0}}, .tasks = part.tasks});
  ASSERT_EQ(pack_exhaustively(nodes, shape), Packing::undecided);
  EXPECT_FALSE(refused(centre, a_job_of(parts)).has_value());
}

TEST(Packing, ManyNodesOfOneKindAreDecided) {
  // A node holds one task of 3 or two of 2: 90 + 11 nodes are one too many.
  TestCentre centre(100, 4);
  EXPECT_FALSE(refused(centre, a_job_of({{.tasks = 90, .cores = 3}, {.tasks = 20, .cores = 2}})).has_value());
  EXPECT_TRUE(refused(centre, a_job_of({{.tasks = 90, .cores = 3}, {.tasks = 21, .cores = 2}})).has_value());
}

}  // namespace
}  // namespace mingyue::core
