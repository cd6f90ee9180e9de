#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "host/log_cut.hpp"
#include "host/log_test_kit.hpp"
#include "host/log_verifier.hpp"

/// A log that was damaged by a disk, or by hand, is never taken for a whole one.
namespace mingyue::host {
namespace {

using ::testing::HasSubstr;
using testing::open_fault;
using testing::open_store;
using testing::tamper;
using testing::TempDir;
using testing::write_log;
using testing::Writer;

/// A payload, number and time that were changed, with every hash from there on computed anew.
void forge(const std::string& data, std::uint64_t from, std::uint64_t to) {
  auto database = Database::open(database_path(data), Database::Access::read_write).value();
  Hash hash = hash_of_record(database, from - 1).value().value();
  for (std::uint64_t seq = from; seq <= to; ++seq) {
    auto select = database.prepare("SELECT seq, at_ms, number, payload, hash FROM log WHERE seq = ?").value();
    select.bind(seq);
    ASSERT_TRUE(select.next().value());
    ports::Record record;
    ASSERT_FALSE(read_record(select, record).has_value());
    select.reset();
    if (seq == from) record.payload = "forged";
    hash = ports::record_hash(hash, record);
    auto update = database.prepare("UPDATE log SET payload = ?, hash = ? WHERE seq = ?").value();
    ASSERT_TRUE(update.run(Blob{record.payload}, Blob{{reinterpret_cast<const char*>(hash.data()), hash.size()}}, seq)
                    .has_value());
  }
}

struct Damage {
  const char* name;
  const char* sql;
  std::uint64_t first_bad;
  const char* why;
};

void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

class LogDamage : public ::testing::TestWithParam<Damage> {};

TEST_P(LogDamage, IsFoundAtTheRightRecord) {
  const TempDir dir;
  write_log(dir / "data", 20);
  tamper(dir / "data", GetParam().sql);

  const Fault fault = open_fault(dir / "data");
  EXPECT_EQ(fault.code, "corrupt-log");
  EXPECT_THAT(fault.message, HasSubstr("damaged at record " + std::to_string(GetParam().first_bad) + ": "));
  EXPECT_THAT(fault.message, HasSubstr(GetParam().why));
  EXPECT_THAT(fault.message, HasSubstr("`mingyue log cut --at " + std::to_string(GetParam().first_bad) + "`"));

  const auto found = verify_log(dir / "data");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_FALSE(found->sound());
  ASSERT_TRUE(found->first_bad.has_value());
  EXPECT_EQ(found->first_bad->seq, GetParam().first_bad) << found->first_bad->why;
}

const std::string middle =
    "UPDATE log SET payload = CAST(substr(payload, 1, 3) || x'ff' || substr(payload, 5) AS BLOB) WHERE seq = 7";

INSTANTIATE_TEST_SUITE_P(
    All, LogDamage,
    ::testing::Values(
        Damage{"a byte of a payload", middle.c_str(), 7, "its hash does not follow"},
        Damage{"a payload that is gone", "UPDATE log SET payload = x'' WHERE seq = 7", 7, "its hash does not follow"},
        Damage{"the first record's payload", "UPDATE log SET payload = x'00' WHERE seq = 1", 1,
               "its hash does not follow"},
        Damage{"the last record's payload", "UPDATE log SET payload = x'00' WHERE seq = 20", 20,
               "its hash does not follow"},
        Damage{"a time", "UPDATE log SET at_ms = at_ms + 1 WHERE seq = 7", 7, "its hash does not follow"},
        Damage{"a number", "UPDATE log SET number = number + 1 WHERE seq = 7", 7, "its hash does not follow"},
        Damage{"an impossible number", "UPDATE log SET number = -1 WHERE seq = 7", 7, "its number -1"},
        Damage{"a hash", "UPDATE log SET hash = zeroblob(32) WHERE seq = 7", 7, "its hash does not follow"},
        Damage{"the last hash", "UPDATE log SET hash = zeroblob(32) WHERE seq = 20", 20, "its hash does not follow"},
        Damage{"a short hash", "UPDATE log SET hash = x'01' WHERE seq = 7", 7, "its hash does not have 32 bytes"},
        Damage{"a missing record", "DELETE FROM log WHERE seq = 7", 7, "record 7 is missing"},
        Damage{"missing records", "DELETE FROM log WHERE seq BETWEEN 7 AND 9", 7, "records 7 to 9 are missing"},
        Damage{"a missing first record", "DELETE FROM log WHERE seq = 1", 1, "record 1 is missing"},
        Damage{"a missing last record", "DELETE FROM log WHERE seq = 20", 20, "missing"},
        Damage{"a missing end", "DELETE FROM log WHERE seq > 11", 12, "to 20 are missing"},
        Damage{"no records at all", "DELETE FROM log", 1, "to 20 are missing"},
        Damage{"swapped records",
               "UPDATE log SET seq = 1000 WHERE seq = 7; UPDATE log SET seq = 7 WHERE seq = 8; "
               "UPDATE log SET seq = 8 WHERE seq = 1000",
               7, "its hash does not follow"},
        Damage{"a record too many", "INSERT INTO log SELECT 21, at_ms, number, payload, hash FROM log WHERE seq = 20",
               21, ""}));

TEST(LogDamage, AForgedTailThatFitsTogetherIsBetrayedByTheHead) {
  const TempDir dir;
  write_log(dir / "data", 20);
  forge(dir / "data", 15, 20);
  EXPECT_THAT(open_fault(dir / "data").message,
              HasSubstr("damaged at record 20: it is not the record that the log ends"));
  EXPECT_EQ(verify_log(dir / "data").value().first_bad.value().seq, 20U);
}

TEST(LogDamage, AForgedMiddleIsBetrayedByItsSuccessor) {
  const TempDir dir;
  write_log(dir / "data", 20);
  forge(dir / "data", 7, 9);
  EXPECT_THAT(open_fault(dir / "data").message, HasSubstr("damaged at record 10: "));
}

TEST(LogDamage, ALogThatGoesOnBehindItsHeadIsNotTrusted) {
  const TempDir dir;
  write_log(dir / "data", 20);
  tamper(dir / "data", "UPDATE head SET seq = 19, hash = (SELECT hash FROM log WHERE seq = 19)");
  EXPECT_THAT(open_fault(dir / "data").message, HasSubstr("damaged at record 20: the log says that it ends before"));
  EXPECT_FALSE(verify_log(dir / "data").value().sound());
}

TEST(LogDamage, OfAnyOneByteOfTheFileIsNoticedOrHarmless) {
  const TempDir dir;
  write_log(dir / "data", 400);
  const std::string path = database_path(dir / "data");
  const std::string whole = [&] {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }();
  // What is read is always what was written; whether all of it could be read is the answer.
  const auto intact = [&]() -> bool {
    auto store = SqliteLogStore::open(dir / "data");
    if (!store) return false;
    std::uint64_t seq = 0;
    const auto done = (*store)->read(1, [&](const ports::Record& record) {
      ++seq;
      EXPECT_EQ(record.payload, Writer::payload_of(seq));
      return true;
    });
    return done.has_value() && seq == 400;
  };
  Prng prng(7);
  int noticed = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = whole;
    const std::size_t at = prng.below(bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << prng.below(8)));
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    if (!intact()) ++noticed;
  }
  // Most of this small file is the log; the rest is the empty read tables and unused space.
  EXPECT_GT(noticed, 30);
}

TEST(LogDamage, ATruncatedFileIsRefused) {
  const TempDir dir;
  write_log(dir / "data", 2'000);
  const std::string path = database_path(dir / "data");
  const auto size = std::filesystem::file_size(path);
  for (const std::uintmax_t left : {size - 4'096, size / 2, std::uintmax_t{4'096}, std::uintmax_t{100}}) {
    std::filesystem::resize_file(path, left);
    const Fault fault = open_fault(dir / "data");
    EXPECT_TRUE(fault.code == "corrupt" || fault.code == "corrupt-log") << left << ": " << fault.code;
    EXPECT_THAT(fault.message, HasSubstr("backup"));
  }
}

TEST(LogDamage, BeforeTheNewestSnapshotIsLeftToTheVerifier) {
  const TempDir dir;
  {
    const auto store = open_store(dir / "data");
    Writer writer;
    store->append(writer.batch(50), [] {});
    store->save_snapshot({.seq = 50, .log_hash = writer.hash(), .bytes = "state"});
    store->append(writer.batch(10), [] {});
  }
  tamper(dir / "data", "UPDATE log SET payload = x'00' WHERE seq = 7");
  EXPECT_NE(open_store(dir / "data", {.verify_min = 5}), nullptr);
  EXPECT_EQ(verify_log(dir / "data").value().first_bad.value().seq, 7U);
  // Whoever reads it, notices.
  const auto store = open_store(dir / "data", {.verify_min = 5});
  const auto read = store->read(1, [](const ports::Record&) { return true; });
  EXPECT_EQ(read.error().code, "corrupt-log");
  EXPECT_TRUE(store->read(51, [](const ports::Record&) { return true; }).has_value());
}

TEST(LogDamage, OfASnapshotCostsALongerReplayAndNothingElse) {
  const TempDir dir;
  {
    const auto store = open_store(dir / "data");
    Writer writer;
    store->append(writer.batch(10), [] {});
    store->save_snapshot({.seq = 10, .log_hash = writer.hash(), .bytes = "older"});
    store->flush();  // A snapshot that still waits gives way to a newer one.
    store->append(writer.batch(10), [] {});
    store->save_snapshot({.seq = 20, .log_hash = writer.hash(), .bytes = "newer"});
  }
  EXPECT_EQ(open_store(dir / "data")->newest_snapshot().value()->bytes, "newer");
  tamper(dir / "data", "UPDATE snapshots SET bytes = x'00' WHERE seq = 20");
  EXPECT_EQ(open_store(dir / "data")->newest_snapshot().value()->bytes, "older");
  EXPECT_EQ(verify_log(dir / "data").value().snapshots_bad, std::vector<std::uint64_t>{20});
  tamper(dir / "data", "UPDATE snapshots SET log_hash = zeroblob(32) WHERE seq = 10");
  EXPECT_FALSE(open_store(dir / "data")->newest_snapshot().value().has_value());
  EXPECT_EQ(verify_log(dir / "data").value().snapshots_bad, (std::vector<std::uint64_t>{10, 20}));
}

TEST(LogVerifier, DescribesASoundLog) {
  const TempDir dir;
  write_log(dir / "data", 120);
  std::uint64_t last_done = 0;
  const auto found = verify_log(
      dir / "data", {.progress = [&](std::uint64_t done, std::uint64_t of) { last_done = done * 1'000 + of; }});
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->sound());
  EXPECT_EQ(found->records, 120U);
  EXPECT_EQ(found->head.seq, 120U);
  EXPECT_EQ(found->bad, 0U);
  EXPECT_EQ(last_done, 120'120U);
  EXPECT_EQ(verify_log(dir / "data", {.from = 101}).value().records, 20U);
}

TEST(LogVerifier, ListsEveryGapAndGoesOnBehindIt) {
  const TempDir dir;
  write_log(dir / "data", 20);
  tamper(dir / "data", "DELETE FROM log WHERE seq IN (4, 8, 9, 19, 20); UPDATE log SET at_ms = 0 WHERE seq = 15");
  const auto found = verify_log(dir / "data").value();
  ASSERT_EQ(found.gaps.size(), 3U);
  EXPECT_EQ(found.gaps[1].first, 8U);
  EXPECT_EQ(found.gaps[1].last, 9U);
  EXPECT_EQ(found.gaps[2].first, 19U);
  EXPECT_EQ(found.records, 15U);
  EXPECT_EQ(found.bad, 4U);
  ASSERT_EQ(found.backwards.size(), 1U);
  EXPECT_EQ(found.backwards[0].seq, 15U);
}

TEST(LogVerifier, NoticesTimeThatGoesBackwardsInAChainThatHolds) {
  const TempDir dir;
  {
    const auto store = open_store(dir / "data");
    Hash hash{};
    ports::Batch batch;
    for (const std::int64_t at : {100, 200, 150, 150, 300}) {
      ports::Record record{.seq = batch.records.size() + 1, .at = Instant(at), .number = 1, .payload = "", .hash = {}};
      record.hash = hash = ports::record_hash(hash, record);
      batch.records.push_back(record);
    }
    store->append(std::move(batch), [] {});
  }
  const auto found = verify_log(dir / "data").value();
  EXPECT_FALSE(found.first_bad.has_value());
  ASSERT_EQ(found.backwards.size(), 1U);
  EXPECT_EQ(found.backwards[0].seq, 3U);
  EXPECT_EQ(found.backwards[0].by, milliseconds(50));
}

TEST(LogCut, GivesUpTheDamagedEndAndKeepsTheFileAside) {
  const TempDir dir;
  {
    const auto store = open_store(dir / "data");
    Writer writer;
    store->append(writer.batch(5), [] {});
    store->save_snapshot({.seq = 5, .log_hash = writer.hash(), .bytes = "at 5"});
    store->flush();
    store->append(writer.batch(15), [] {});
    store->save_snapshot({.seq = 20, .log_hash = writer.hash(), .bytes = "at 20"});
    store->append({.records = {}, .rows = {ledger::JobRow{.id = model::JobId(1)}}}, [] {});
  }
  tamper(dir / "data", "UPDATE log SET payload = x'00' WHERE seq = 8");
  EXPECT_EQ(cut_log(dir / "data", 9).error().code, "corrupt-log") << "record 8 would still be damaged";
  EXPECT_EQ(open_fault(dir / "data").code, "corrupt-log") << "nothing was changed";

  const auto cut = cut_log(dir / "data", 8);
  ASSERT_TRUE(cut.has_value()) << cut.error().message;
  EXPECT_EQ(cut->head.seq, 7U);
  EXPECT_EQ(cut->given_up, 13U);
  auto aside = Database::open(cut->kept_aside, Database::Access::read_only).value();
  EXPECT_EQ(aside.integer("SELECT count(*) FROM log").value(), 20);

  const auto store = open_store(dir / "data");
  EXPECT_EQ(store->head().seq, 7U);
  EXPECT_EQ(store->newest_snapshot().value()->seq, 5U);
  EXPECT_TRUE(store->rows_stale());
  ASSERT_TRUE(store->rebuild_rows([] { return std::nullopt; }).has_value());
  EXPECT_FALSE(store->rows_stale());
  Writer writer(store->head());
  store->append(writer.batch(3), [] {});
  store->flush();
  EXPECT_TRUE(verify_log(dir / "data").value().sound());
  EXPECT_EQ(verify_log(dir / "data").value().head.seq, 10U);
}

TEST(LogCut, BringsInWhatOnlyTheWriteAheadLogHas) {
  const TempDir dir;
  {
    // A second connection keeps the last one's close from folding the write-ahead log.
    auto store = open_store(dir / "data");
    auto reader = open_reader(dir / "data").value();
    ASSERT_TRUE(reader.integer("SELECT count(*) FROM log").has_value());
    Writer writer;
    store->append(writer.batch(30), [] {});
    store.reset();
    ASSERT_GT(std::filesystem::file_size(dir / "data/centre.db-wal"), 0U);
  }
  ASSERT_TRUE(cut_log(dir / "data", 21).has_value());
  EXPECT_EQ(open_store(dir / "data")->head().seq, 20U);
  EXPECT_TRUE(verify_log(dir / "data").value().sound());
}

TEST(LogCut, CanGiveUpEverything) {
  const TempDir dir;
  write_log(dir / "data", 5);
  tamper(dir / "data", "UPDATE log SET payload = x'00' WHERE seq = 1");
  EXPECT_EQ(cut_log(dir / "data", 1).value().given_up, 5U);
  EXPECT_EQ(open_store(dir / "data")->head().seq, 0U);
}

TEST(LogCut, RefusesWhatIsNotThere) {
  const TempDir dir;
  write_log(dir / "data", 5);
  EXPECT_EQ(cut_log(dir / "data", 0).error().code, "bad-cut");
  EXPECT_EQ(cut_log(dir / "data", 6).error().code, "bad-cut");
  EXPECT_EQ(cut_log(dir / "nowhere", 1).error().code, "cannot-open");
}

TEST(LogCut, RefusesBesideARunningDaemon) {
  const TempDir dir;
  const auto store = open_store(dir / "data");
  EXPECT_EQ(cut_log(dir / "data", 1).error().code, "in-use");
}

}  // namespace
}  // namespace mingyue::host
