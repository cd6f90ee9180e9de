#include "ports/memory_log_store.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

/// The simulated disk. What it shares with the real one is tested by host/log_store_contract_test.cpp.
namespace mingyue::ports {
namespace {

struct Disk {
  MemoryLogStore store;
  std::vector<int> acknowledged;
  std::uint64_t seq = 0;
  Hash hash{};

  explicit Disk(MemoryLogOptions options = {}) : store(options) {}

  Batch batch(std::size_t count) {
    Batch batch;
    for (std::size_t i = 0; i < count; ++i) {
      Record record{
          .seq = ++seq, .at = Instant(static_cast<std::int64_t>(seq)), .number = 1, .payload = "x", .hash = {}};
      record.hash = hash = record_hash(hash, record);
      batch.records.push_back(record);
      batch.rows.emplace_back(ledger::JobRow{.id = model::JobId(seq)});
    }
    return batch;
  }
  void append(int name, std::size_t count = 1) {
    store.append(batch(count), [this, name] { acknowledged.push_back(name); });
  }
  /// The runtime after a crash: it knows only what the store says.
  void start_again() {
    seq = store.head().seq;
    hash = store.head().hash;
  }
};

using Names = std::vector<int>;

TEST(MemoryLogStore, OnHoldNothingIsDurableUntilSynced) {
  Disk disk;
  disk.store.hold();
  disk.append(1, 3);
  disk.append(2);
  EXPECT_EQ(disk.acknowledged, Names{});
  EXPECT_EQ(disk.store.waiting(), 2U);
  EXPECT_EQ(disk.store.durable_head().seq, 0U);
  EXPECT_TRUE(disk.store.jobs({}).value().empty());
  disk.store.sync(1);
  EXPECT_EQ(disk.acknowledged, Names{1});
  EXPECT_EQ(disk.store.durable_head().seq, 3U);
  disk.append(3);
  EXPECT_EQ(disk.acknowledged, Names{1}) << "still on hold";
  disk.store.release();
  disk.append(4);
  EXPECT_EQ(disk.acknowledged, (Names{1, 2, 3, 4}));
}

TEST(MemoryLogStore, ACrashTakesWholeBatchesAndTheirCallbacks) {
  Disk disk;
  disk.append(1, 2);
  disk.store.hold();
  disk.append(2, 3);
  disk.append(3, 3);
  disk.store.crash();
  EXPECT_EQ(disk.store.head().seq, 2U);
  disk.start_again();
  disk.append(4);
  EXPECT_EQ(disk.acknowledged, (Names{1, 4}));
  EXPECT_EQ(disk.store.jobs({}).value().size(), 3U);
  EXPECT_EQ(disk.store.records().size(), 3U);
}

TEST(MemoryLogStore, ACrashMayComeBetweenTheDiskAndTheAcknowledgement) {
  Disk disk;
  disk.store.hold();
  disk.append(1, 3);
  disk.append(2, 3);
  disk.store.crash(1);
  EXPECT_EQ(disk.store.head().seq, 3U);
  EXPECT_EQ(disk.acknowledged, Names{});
}

TEST(MemoryLogStore, AFailureStallsUntilAnAttemptSucceeds) {
  Disk disk;
  disk.store.fail_next(2);
  disk.append(1);
  EXPECT_EQ(disk.store.stalled().value().code, "disk-full");
  disk.store.save_snapshot({.seq = 1, .log_hash = disk.hash, .bytes = "state"});
  disk.append(2);
  EXPECT_EQ(disk.acknowledged, Names{});
  disk.store.sync();
  EXPECT_FALSE(disk.store.stalled().has_value());
  EXPECT_EQ(disk.acknowledged, (Names{1, 2}));
  EXPECT_EQ(disk.store.newest_snapshot().value()->seq, 1U);
}

TEST(MemoryLogStore, ATwinMayForgetWhatNobodyReadsAgain) {
  Disk disk({.records = KeepRecords::since_snapshot, .rows = KeepRows::none});
  disk.append(1, 10);
  disk.store.save_snapshot({.seq = 10, .log_hash = disk.hash, .bytes = "state"});
  disk.append(2, 5);
  EXPECT_EQ(disk.store.records().size(), 5U);
  EXPECT_EQ(disk.store.read(1, [](const Record&) { return true; }).error().code, "not-kept");
  std::uint64_t first = 0;
  ASSERT_TRUE(disk.store.read(11, [&](const Record& record) { return first = record.seq, false; }).has_value());
  EXPECT_EQ(first, 11U);
  EXPECT_TRUE(disk.store.jobs({}).value().empty());

  Disk forgetful({.records = KeepRecords::none, .rows = KeepRows::all});
  forgetful.append(1, 4);
  EXPECT_TRUE(forgetful.store.records().empty());
  EXPECT_EQ(forgetful.store.durable_head().seq, 4U);
  EXPECT_EQ(forgetful.store.jobs({}).value().size(), 4U);
}

TEST(MemoryLogStore, CallbacksThatAppendRunOneAfterTheOther) {
  Disk disk;
  std::string story;
  disk.store.append(disk.batch(1), [&] {
    story += "(";
    disk.store.append(disk.batch(1), [&] { story += "2"; });
    story += ")";
  });
  EXPECT_EQ(story, "()2");
}

}  // namespace
}  // namespace mingyue::ports
