#include "sched/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mingyue::sched {
namespace {

using ::testing::ElementsAre;

constexpr Room room(int cores, int cards = 0) { return {CoreCount(cores), Bytes{}, CardCount(cards)}; }

/// Nodes with so many cores free; two on a switch.
struct Rack {
  std::vector<NodeFacts> nodes;
  std::vector<Room> rooms;

  Rack& node(int switch_number, Room free, std::int32_t card_type = CardTypes::none) {
    nodes.push_back({.view = nodes.size(),
                     .id = model::NodeId(static_cast<std::uint32_t>(nodes.size())),
                     .switch_number = switch_number,
                     .card_type = card_type,
                     .total = free});
    rooms.push_back(free);
    return *this;
  }
  [[nodiscard]] std::vector<NodeIndex> place(const Shape& shape) const {
    return sched::place(nodes, rooms, shape).value_or(std::vector<NodeIndex>{});
  }
};

Shape job(int tasks, Room need, model::Placement placement = model::Placement::any,
          std::int32_t card_type = CardTypes::none) {
  return {.parts = {{.need = need, .card_type = card_type, .tasks = tasks, .placement = placement}},
          .wall = hours(1),
          .tasks = tasks};
}

TEST(Placement, TakesTheNodeWithLeastLeftOver) {
  EXPECT_THAT(Rack().node(0, room(8)).node(0, room(5)).node(0, room(3)).place(job(1, room(4))), ElementsAre(1));
}

TEST(Placement, SparesNodesWithCardsForWorkThatWantsThem) {
  EXPECT_THAT(Rack().node(0, room(4, 2), 0).node(0, room(8)).place(job(1, room(4))), ElementsAre(1));
  EXPECT_THAT(Rack().node(0, room(4, 2), 0).node(0, room(2)).place(job(1, room(4))), ElementsAre(0));
}

TEST(Placement, KeepsAGangOnOneSwitchIfThatIsPossible) {
  const Rack rack = Rack().node(0, room(4)).node(1, room(4)).node(1, room(4)).node(0, room(0));
  EXPECT_THAT(rack.place(job(2, room(4))), ElementsAre(1, 2));
}

TEST(Placement, TakesTheTightestSwitchThatIsLargeEnough) {
  const Rack rack = Rack().node(0, room(8)).node(0, room(8)).node(0, room(8)).node(1, room(8)).node(1, room(8));
  EXPECT_THAT(rack.place(job(2, room(8))), ElementsAre(3, 4));
}

TEST(Placement, BreaksIntoAWholeNodeOnlyWhereItMust) {
  Rack rack;
  rack.node(0, room(8, 4), 0).node(0, room(16, 8), 0).node(1, room(16, 8), 0).node(1, room(16, 8), 0);
  rack.rooms[1] = room(14, 7);
  const Shape one = job(1, room(1, 1), model::Placement::any, 0);
  EXPECT_THAT(rack.place(one), ElementsAre(1)) << "the small node would be filled more exactly, but it is whole";
  rack.rooms[1] = room(0, 0);
  rack.rooms[0] = room(0, 0);
  rack.node(0, room(16, 8), 0);
  EXPECT_THAT(rack.place(one), ElementsAre(4)) << "on the switch with fewest whole nodes";
  EXPECT_THAT(rack.place(job(1, room(16, 8), model::Placement::any, 0)), ElementsAre(4)) << "so does who takes all";
}

/// Small tasks come and go on 64 nodes of eight cards. Counts, over time, the nodes that are whole.
template <class Choose>
std::int64_t whole_after_random_small_jobs(Choose choose) {
  Rack rack;
  for (int i = 0; i < 64; ++i) rack.node(i / 8, room(64, 8), 0);
  std::mt19937_64 draw(11);
  std::vector<std::pair<NodeIndex, Room>> running;
  std::int64_t whole = 0;
  for (int step = 0; step < 4'000; ++step) {
    const int cards = 1 << (draw() % 3);
    const Room need = room(4 * cards, cards);
    if (running.size() < 120) {
      if (const auto node = choose(rack, need)) {
        rack.rooms[static_cast<std::size_t>(*node)] -= need;
        running.emplace_back(*node, need);
      }
    }
    if (running.size() > 100) {
      const std::size_t over = draw() % running.size();
      rack.rooms[static_cast<std::size_t>(running[over].first)] += running[over].second;
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(over));
    }
    for (std::size_t i = 0; i < 64; ++i) whole += rack.rooms[i] == rack.nodes[i].total ? 1 : 0;
  }
  return whole;
}

TEST(Placement, RandomSmallJobsLeaveMoreWholeThanFirstFitDoes) {
  const std::int64_t first_fit = whole_after_random_small_jobs([](const Rack& rack, const Room& need) {
    std::optional<NodeIndex> node;
    for (std::size_t i = 0; i < rack.rooms.size() && !node; ++i)
      if (fits(need, rack.rooms[i])) node = static_cast<NodeIndex>(i);
    return node;
  });
  const std::int64_t ours =
      whole_after_random_small_jobs([](const Rack& rack, const Room& need) -> std::optional<NodeIndex> {
        const auto nodes = rack.place(job(1, need, model::Placement::any, 0));
        return nodes.empty() ? std::nullopt : std::optional(nodes.front());
      });
  EXPECT_GT(ours, first_fit);
}

TEST(Placement, PackTakesFewestNodes) {
  const Rack rack = Rack().node(0, room(2)).node(0, room(2)).node(0, room(6)).node(0, room(2));
  EXPECT_THAT(rack.place(job(4, room(2), model::Placement::pack)), ElementsAre(0, 2, 2, 2));
}

TEST(Placement, SpreadTakesOneNodeATaskAndSwitchesInTurn) {
  const Rack rack = Rack().node(0, room(8)).node(0, room(8)).node(1, room(8));
  EXPECT_THAT(rack.place(job(2, room(1), model::Placement::spread)), ElementsAre(0, 2));
  EXPECT_THAT(rack.place(job(5, room(1), model::Placement::spread)), ElementsAre(0, 0, 1, 2, 2));
}

TEST(Placement, AWishIsNoReasonToWait) {
  EXPECT_THAT(Rack().node(0, room(8)).place(job(3, room(1), model::Placement::spread)), ElementsAre(0, 0, 0));
}

TEST(Placement, CardsAreOfTheTypeThatWasAskedFor) {
  const Rack rack = Rack().node(0, room(8, 4), 0).node(0, room(8, 4), 1);
  EXPECT_THAT(rack.place(job(1, room(1, 2), model::Placement::any, 1)), ElementsAre(1));
  EXPECT_TRUE(rack.place(job(5, room(1, 1), model::Placement::any, 1)).empty());
}

TEST(Placement, AllPartsOrNothing) {
  Shape both = job(1, room(1, 4), model::Placement::any, 0);
  both.parts.push_back({.need = room(6), .tasks = 2, .first_rank = 1});
  both.tasks = 3;
  EXPECT_THAT(Rack().node(0, room(8, 4), 0).node(0, room(8)).place(both), ElementsAre(0, 0, 1));
  EXPECT_TRUE(Rack().node(0, room(8, 4), 0).node(0, room(5)).place(both).empty());
}

TEST(Placement, FindsAPackingThatBestFitMisses) {
  // 4 and 3 and 3 on one node, 6 and 4 on the other: largest first into the tightest node goes wrong (6+4, then 4+3,
  // 3).
  Shape parts{.parts = {{.need = room(6), .tasks = 1, .first_rank = 0},
                        {.need = room(4), .tasks = 2, .first_rank = 1},
                        {.need = room(3), .tasks = 2, .first_rank = 3}},
              .wall = hours(1),
              .tasks = 5};
  const auto ranks = Rack().node(0, room(10)).node(0, room(10)).place(parts);
  ASSERT_EQ(ranks.size(), 5U);
  std::vector<int> used(2, 0);
  const int needs[] = {6, 4, 4, 3, 3};
  for (std::size_t i = 0; i < 5; ++i) used[static_cast<std::size_t>(ranks[i])] += needs[i];
  EXPECT_THAT(used, ElementsAre(10, 10));
}

}  // namespace
}  // namespace mingyue::sched
