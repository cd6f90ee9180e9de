#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <latch>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/log_test_kit.hpp"
#include "host/log_verifier.hpp"
#include "host/sqlite_history.hpp"

namespace mingyue::host {
namespace {

using ::testing::HasSubstr;
using testing::open_fault;
using testing::open_store;
using testing::tamper;
using testing::TempDir;
using testing::write_log;
using testing::Writer;

TEST(SqliteLogStore, MakesItsDirectoryForItsOwnerOnly) {
  const TempDir dir;
  ASSERT_NE(open_store(dir / "centres/east"), nullptr);
  struct stat facts {};
  ASSERT_EQ(::stat((dir / "centres/east").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700U);
}

TEST(SqliteLogStore, WhatWaitsBehindAGroupBecomesTheNextGroup) {
  const TempDir dir;
  const auto store = open_store(dir / "data");
  const auto history_head = [&] {
    std::uint64_t seq = 0;
    (void)store->read(1, [&](const ports::Record& record) { return seq = record.seq, true; });
    return seq;
  };
  Writer writer;
  std::latch all_asked(1);
  std::set<std::uint64_t> heads;
  store->append(writer.batch(1), [&] {
    heads.insert(history_head());
    all_asked.wait();
  });
  for (int i = 0; i < 200; ++i) store->append(writer.batch(3), [&] { heads.insert(history_head()); });
  all_asked.count_down();
  store->flush();
  // The first batch was alone or had company, and all that came while its callback waited was one transaction.
  EXPECT_LE(heads.size(), 2U);
  EXPECT_EQ(*heads.rbegin(), 601U);
}

TEST(SqliteLogStore, AFullQueueMakesAppendWaitALittleAndNotForever) {
  const TempDir dir;
  const auto store = open_store(dir / "data", {.queue_max = 10, .queue_wait_max = milliseconds(1)});
  Writer writer;
  std::latch go_on(1);
  store->append(writer.batch(1), [&] { go_on.wait(); });
  for (int i = 0; i < 20; ++i) store->append(writer.batch(5), [] {});
  go_on.count_down();
  store->flush();
  EXPECT_FALSE(store->stalled().has_value());
  std::uint64_t last = 0;
  ASSERT_TRUE(store->read(101, [&](const ports::Record& record) { return last = record.seq, true; }).has_value());
  EXPECT_EQ(last, 101U);
}

TEST(SqliteLogStore, ClosingWritesWhatWaits) {
  const TempDir dir;
  std::atomic<int> called{0};
  {
    const auto store = open_store(dir / "data");
    Writer writer;
    for (int i = 0; i < 300; ++i) store->append(writer.batch(2), [&] { ++called; });
  }
  EXPECT_EQ(called, 300);
  EXPECT_EQ(open_store(dir / "data")->head().seq, 600U);
}

TEST(SqliteLogStore, ALongWriteAheadLogGoesBackIntoTheDatabase) {
  const TempDir dir;
  const auto store = open_store(dir / "data");
  Writer writer;
  for (int i = 0; i < 120; ++i) {
    ports::Batch batch;
    for (int n = 0; n < 10; ++n) batch.records.push_back(writer.record(std::string(100'000, 'x')));
    store->append(std::move(batch), [] {});
    store->flush();
  }
  struct stat facts {};
  ASSERT_EQ(::stat((dir / "data/centre.db-wal").c_str(), &facts), 0);
  EXPECT_LT(facts.st_size, 90'000'000) << "120 MB went through it";
}

TEST(SqliteLogStore, ReadersSeeCommittedRowsWhileTheWriterWrites) {
  const TempDir dir;
  const auto store = open_store(dir / "data");
  const auto history = SqliteHistory::open(dir / "data").value();
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> acknowledged{0};
  std::vector<std::string> wrong;
  // Each batch is one record and one job; a job seen is never unseen, and nothing acknowledged is missing.
  std::thread reader([&] {
    std::uint64_t last = 0;
    while (!over) {
      const std::uint64_t at_least = acknowledged;
      const auto jobs = history->jobs({.limit = 1});
      if (!jobs)
        wrong.push_back(jobs.error().message);
      else if (!jobs->empty())
        last = std::max(last, jobs->front().id.raw());
      if (last < at_least) wrong.push_back("saw " + std::to_string(last) + " of " + std::to_string(at_least));
    }
  });
  Writer writer;
  for (std::uint64_t i = 1; i <= 500; ++i) {
    ports::Batch batch = writer.batch(1);
    batch.rows.emplace_back(ledger::JobRow{.id = model::JobId(i)});
    store->append(std::move(batch), [&acknowledged, i] { acknowledged = i; });
    if (i % 10 == 0) store->flush();
  }
  store->flush();
  over = true;
  reader.join();
  EXPECT_EQ(wrong, std::vector<std::string>{});
  EXPECT_TRUE(verify_log(dir / "data").value().sound());
}

TEST(SqliteLogStore, RebuildingReplacesAllRows) {
  const TempDir dir;
  const auto store = open_store(dir / "data");
  store->append({.records = {}, .rows = {ledger::JobRow{.id = model::JobId(1)}, ledger::UsageRow{}}}, [] {});
  store->flush();
  std::uint64_t id = 10;
  const auto rebuilt = store->rebuild_rows([&]() -> std::optional<SqliteLogStore::RowsUpTo> {
    if (id == 13) return std::nullopt;
    return SqliteLogStore::RowsUpTo{.seq = 0, .rows = {ledger::JobRow{.id = model::JobId(id++)}}};
  });
  ASSERT_TRUE(rebuilt.has_value());
  const auto jobs = SqliteHistory::open(dir / "data").value()->jobs({}).value();
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].id, model::JobId(12));
}

TEST(SqliteLogStore, ViewsShowInstantsAsText) {
  const TempDir dir;
  {
    const auto store = open_store(dir / "data");
    ledger::JobRow job{
        .id = model::JobId(1), .submitted_at = Instant(1'796'112'000'007), .charged = Credits(-12'500'000)};
    store->append({.records = {}, .rows = {std::move(job)}}, [] {});
  }
  auto database = open_reader(dir / "data").value();
  EXPECT_EQ(database.text("SELECT submitted FROM jobs_view").value(), print_instant(Instant(1'796'112'000'007)));
  EXPECT_EQ(database.text("SELECT started FROM jobs_view").value(), std::nullopt);
  EXPECT_EQ(database.text("SELECT charged FROM jobs_view").value(), "-12.5");
  for (const char* view : {"log_view", "attempts_view", "usage_view", "incidents_view", "postings_view"})
    EXPECT_TRUE(database.text(std::string("SELECT count(*) FROM ") + view).has_value()) << view;
}

// Refusals to open, in the order in which they are looked for.

TEST(SqliteLogStore, RefusesAPathThatIsAFile) {
  const TempDir dir;
  std::ofstream(dir / "data") << "a file";
  EXPECT_EQ(open_fault(dir / "data").code, "cannot-open");
}

TEST(SqliteLogStore, RefusesAPlaceWhereNoDirectoryCanBe) {
  EXPECT_EQ(open_fault("/proc/mingyue/data").code, "cannot-open");
}

TEST(SqliteLogStore, RefusesASecondDaemonAndNamesTheFirst) {
  const TempDir dir;
  auto first = open_store(dir / "data");
  const Fault fault = open_fault(dir / "data");
  EXPECT_EQ(fault.code, "in-use");
  EXPECT_THAT(fault.message, HasSubstr("process " + std::to_string(::getpid()) + " uses this data directory"));
  first.reset();
  EXPECT_NE(open_store(dir / "data"), nullptr);
}

TEST(SqliteLogStore, ALockFileThatWasLeftBehindMeansNothing) {
  const TempDir dir;
  write_log(dir / "data", 1);
  std::ofstream(dir / "data/lock") << "1\nleft by a process that was killed";
  EXPECT_NE(open_store(dir / "data"), nullptr);
}

TEST(SqliteLogStore, RefusesAWriteAheadLogWithoutItsDatabase) {
  const TempDir dir;
  write_log(dir / "data", 5);
  ASSERT_EQ(::rename((dir / "data/centre.db").c_str(), (dir / "data/centre.db-wal").c_str()), 0);
  EXPECT_EQ(open_fault(dir / "data").code, "corrupt");
}

TEST(SqliteLogStore, RefusesAPhotograph) {
  const TempDir dir;
  write_log(dir / "data", 1);
  std::ofstream(dir / "data/centre.db", std::ios::trunc) << std::string(20'000, '\x42');
  const Fault fault = open_fault(dir / "data");
  EXPECT_EQ(fault.code, "corrupt");
  EXPECT_THAT(fault.message, HasSubstr("is not a database; move it away"));
}

TEST(SqliteLogStore, RefusesSomebodyElsesDatabase) {
  const TempDir dir;
  auto other = Database::open(dir / "centre.db", Database::Access::create).value();
  ASSERT_TRUE(other.execute("CREATE TABLE photographs(id)").has_value());
  const Fault fault = open_fault(dir.path());
  EXPECT_EQ(fault.code, "corrupt");
  EXPECT_THAT(fault.message, HasSubstr("not a Mingyue log"));
}

TEST(SqliteLogStore, RefusesTheLogOfANewerVersion) {
  const TempDir dir;
  write_log(dir / "data", 1);
  tamper(dir / "data", "UPDATE meta SET value = '99' WHERE key = 'format'");
  const Fault fault = open_fault(dir / "data");
  EXPECT_EQ(fault.code, "wrong-version");
  EXPECT_THAT(fault.message, HasSubstr("has format 99, this version reads up to 1; install the newer Mingyue"));
  EXPECT_EQ(SqliteHistory::open(dir / "data").error().code, "wrong-version");
  EXPECT_EQ(verify_log(dir / "data").error().code, "wrong-version");
}

TEST(SqliteLogStore, ReadersRefuseADirectoryWithoutALog) {
  const TempDir dir;
  EXPECT_EQ(SqliteHistory::open(dir.path()).error().code, "cannot-open");
  EXPECT_EQ(verify_log(dir / "nowhere").error().code, "cannot-open");
}

}  // namespace
}  // namespace mingyue::host
