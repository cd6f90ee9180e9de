#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/log_test_kit.hpp"
#include "host/sqlite_history.hpp"
#include "ports/memory_log_store.hpp"

/// What every LogStore promises: one suite for the one on disk and the one in memory.
namespace mingyue::host {
namespace {

using testing::Writer;

struct OnDisk {
  testing::TempDir dir;
  std::unique_ptr<SqliteLogStore> open_store = testing::open_store(dir / "data");

  ports::LogStore& store() { return *open_store; }
  void reopen() {
    open_store.reset();
    open_store = testing::open_store(dir / "data");
  }
};

struct InMemory {
  ports::MemoryLogStore memory;

  ports::LogStore& store() { return memory; }
  void reopen() { memory.reopen(); }
};

template <class World>
class LogStoreContract : public ::testing::Test {
 protected:
  ports::LogStore& store() { return world_.store(); }
  void reopen() { world_.reopen(); }
  std::vector<ports::Record> read_all(std::uint64_t first = 1) {
    std::vector<ports::Record> records;
    const auto done = store().read(first, [&](const ports::Record& record) {
      records.push_back(record);
      return true;
    });
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return records;
  }
  World world_;
};

using Worlds = ::testing::Types<OnDisk, InMemory>;
TYPED_TEST_SUITE(LogStoreContract, Worlds);

TYPED_TEST(LogStoreContract, ANewLogIsEmpty) {
  EXPECT_EQ(this->store().head().seq, 0U);
  EXPECT_EQ(this->store().head().hash, Hash{});
  EXPECT_TRUE(this->read_all().empty());
  EXPECT_FALSE(this->store().newest_snapshot().value().has_value());
  EXPECT_FALSE(this->store().stalled().has_value());
  this->store().flush();
}

TYPED_TEST(LogStoreContract, WhatIsAppendedIsReadToTheByte) {
  Writer writer;
  this->store().append(writer.batch(20), [] {});
  this->store().flush();
  const auto records = this->read_all();
  ASSERT_EQ(records.size(), 20U);
  Hash before{};
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(records[i].seq, i + 1);
    EXPECT_EQ(records[i].payload, Writer::payload_of(i + 1));
    EXPECT_EQ(records[i].number, (i + 1) % 25);
    EXPECT_EQ(records[i].at, Instant(1'800'000'000'000 + static_cast<std::int64_t>(i + 1) * 10));
    EXPECT_EQ(records[i].hash, ports::record_hash(before, records[i]));
    before = records[i].hash;
  }
}

TYPED_TEST(LogStoreContract, CallbacksComeOnceEachAndInOrder) {
  Writer writer;
  std::vector<int> called;
  for (int i = 0; i < 500; ++i) this->store().append(writer.batch(i % 3), [&called, i] { called.push_back(i); });
  this->store().flush();
  ASSERT_EQ(called.size(), 500U);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(called[static_cast<std::size_t>(i)], i);
}

TYPED_TEST(LogStoreContract, WhenTheCallbackRunsTheBatchCanBeRead) {
  Writer writer;
  std::atomic<std::size_t> seen{0};
  this->store().append(writer.batch(7), [&] { seen = this->read_all().size(); });
  this->store().flush();
  EXPECT_EQ(seen, 7U);
}

TYPED_TEST(LogStoreContract, ACallbackMayAppend) {
  Writer writer;
  std::vector<int> order;
  this->store().append(writer.batch(1), [&] {
    this->store().append(writer.batch(1), [&] { order.push_back(2); });
    order.push_back(1);
  });
  this->store().flush();
  this->store().flush();
  EXPECT_EQ(order, (std::vector{1, 2}));
  EXPECT_EQ(this->read_all().size(), 2U);
}

TYPED_TEST(LogStoreContract, ReadingBeginsAnywhereAndStopsWhenAsked) {
  Writer writer;
  this->store().append(writer.batch(50), [] {});
  this->store().flush();
  EXPECT_EQ(this->read_all(41).size(), 10U);
  EXPECT_EQ(this->read_all(0).size(), 50U);
  EXPECT_TRUE(this->read_all(51).empty());
  EXPECT_TRUE(this->read_all(5'000).empty());
  int count = 0;
  ASSERT_TRUE(this->store().read(1, [&](const ports::Record&) { return ++count < 3; }).has_value());
  EXPECT_EQ(count, 3);
}

TYPED_TEST(LogStoreContract, AnotherLifeGoesOnWhereTheLastOneEnded) {
  Writer writer;
  this->store().append(writer.batch(12), [] {});
  this->reopen();
  const ports::Head head = this->store().head();
  EXPECT_EQ(head.seq, 12U);
  EXPECT_EQ(head.hash, writer.hash());
  EXPECT_EQ(head.at, Instant(1'800'000'000'120));
  Writer next(head);
  this->store().append(next.batch(3), [] {});
  this->store().flush();
  EXPECT_EQ(this->store().head().seq, 12U) << "the head is as of opening";
  this->reopen();
  EXPECT_EQ(this->store().head().seq, 15U);
  EXPECT_EQ(this->read_all().size(), 15U);
}

TYPED_TEST(LogStoreContract, TheNewestTwoSnapshotsAreKept) {
  Writer writer;
  for (const std::uint64_t seq : {4U, 8U, 12U}) {
    this->store().append(writer.batch(4), [] {});
    std::string state = "state at " + std::to_string(seq);
    state.push_back('\0');
    this->store().save_snapshot({.seq = seq, .log_hash = writer.hash(), .bytes = state});
    this->store().flush();
  }
  this->reopen();
  const auto snapshot = this->store().newest_snapshot().value();
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->seq, 12U);
  EXPECT_EQ(snapshot->log_hash, writer.hash());
  EXPECT_EQ(snapshot->bytes, std::string("state at 12") + '\0');
}

TYPED_TEST(LogStoreContract, ASnapshotComesAfterTheAppendsBeforeIt) {
  Writer writer;
  std::atomic<bool> early{false};
  this->store().append(writer.batch(1'000), [&] { early = this->store().newest_snapshot().value().has_value(); });
  this->store().save_snapshot({.seq = 1'000, .log_hash = writer.hash(), .bytes = "state"});
  this->store().flush();
  EXPECT_FALSE(early);
  EXPECT_EQ(this->store().newest_snapshot().value()->seq, 1'000U);
}

TYPED_TEST(LogStoreContract, ABatchOfRowsOnlyIsWelcome) {
  ports::Batch batch;
  batch.rows.emplace_back(ledger::JobRow{.id = model::JobId(1), .name = "first"});
  bool called = false;
  this->store().append(std::move(batch), [&] { called = true; });
  this->store().flush();
  EXPECT_TRUE(called);
  EXPECT_TRUE(this->read_all().empty());
}

}  // namespace
}  // namespace mingyue::host
