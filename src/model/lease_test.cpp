#include "model/lease.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/codec.hpp"
#include "base/invariant.hpp"

namespace mingyue::model {
namespace {

using Indices = std::vector<std::int32_t>;

class LeaseTest : public testing::Test {
 protected:
  void SetUp() override { throw_on_broken_invariant(true); }
  void TearDown() override { throw_on_broken_invariant(false); }
};

NodeShare share(std::uint32_t node, std::int32_t tasks, const Indices& cores, const Indices& cards = {}) {
  return {NodeId{node}, tasks, *Slots::from(cores), *Slots::from(cards), Bytes{5}};
}

TEST_F(LeaseTest, SlotsAreTakenLowestFirstOnNodesOfEverySize) {
  for (const std::int32_t size : {1, 63, 64, 65, 128, 129, 1'000}) {
    Slots free = Slots::all(size);
    const Slots first = free.take_lowest(size / 2);
    const Slots second = free.take_lowest(size - size / 2);
    EXPECT_TRUE(free.empty());
    EXPECT_EQ(first.highest(), size / 2 - 1);
    EXPECT_EQ(second.lowest(), size / 2);
    free.add(first);
    EXPECT_EQ(free, first);
    free.add(second);
    EXPECT_EQ(free, Slots::all(size));
  }
}

TEST_F(LeaseTest, ASlotIsNeverTakenOrGivenBackTwice) {
  Slots free = Slots::all(70);
  const Slots held = free.take_lowest(66);
  EXPECT_THROW(free.remove(*Slots::from(Indices{65})), std::logic_error) << "it is in another lease";
  EXPECT_THROW(free.add(*Slots::from(Indices{68})), std::logic_error) << "it is free";
  EXPECT_THROW(free.add(*Slots::from(Indices{70})), std::logic_error) << "the node has no such slot";
  EXPECT_THROW((void)free.take_lowest(5), std::logic_error) << "four are left";
  free.add(held);
  EXPECT_EQ(free.count(), 70);
}

TEST_F(LeaseTest, EveryTaskOfAShareHasItsOwnSlotsInTheOrderOfRanks) {
  Lease lease;
  lease.add(share(3, 2, {0, 1, 4, 9}, {2, 7}));
  lease.add(share(1, 1, {5, 6}, {0}));
  std::vector<TaskLease> tasks;
  lease.each_task([&](const TaskLease& task) { tasks.push_back(task); });
  const std::vector<TaskLease> expected{
      {NodeId{3}, {0, 1}, Bytes{5}, {2}}, {NodeId{3}, {4, 9}, Bytes{5}, {7}}, {NodeId{1}, {5, 6}, Bytes{5}, {0}}};
  EXPECT_EQ(tasks, expected);
  EXPECT_EQ(lease.tasks(), 3);
  EXPECT_TRUE(lease.on(NodeId{1}));
  EXPECT_FALSE(lease.on(NodeId{2}));
}

TEST_F(LeaseTest, IsWrittenAsOneTaskAfterTheOtherAndReadBack) {
  const std::vector<TaskLease> tasks{{NodeId{3}, {0, 1}, Bytes{5}, {}},
                                     {NodeId{3}, {4, 200}, Bytes{5}, {}},
                                     {NodeId{3}, {2, 3}, Bytes{5}, {}},  // not behind those before it
                                     {NodeId{3}, {7}, Bytes{5}, {}},
                                     {NodeId{0}, {}, Bytes{0}, {1}}};
  const auto lease = codec::decode<Lease>(codec::encode(tasks));
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->shares().size(), 4U);
  EXPECT_EQ(lease->form(), tasks);
  EXPECT_EQ(codec::encode(*lease), codec::encode(tasks));
}

TEST_F(LeaseTest, WhatIsNoSetOfSlotsIsNotRead) {
  for (const Indices& cores : {Indices{1, 1}, Indices{2, 1}, Indices{-1}, Indices{Slots::slots_max}}) {
    const std::vector<TaskLease> tasks{{NodeId{0}, cores, Bytes{0}, {}}};
    EXPECT_FALSE(codec::decode<Lease>(codec::encode(tasks)));
  }
}

}  // namespace
}  // namespace mingyue::model
