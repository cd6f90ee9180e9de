#include <csignal>
#include <string>

#include "base/prng.hpp"
#include "host/child_test_kit.hpp"
#include "host/log_test_kit.hpp"
#include "host/log_verifier.hpp"
#include "host/sqlite_history.hpp"

namespace mingyue::host {
namespace {

using testing::open_store;
using testing::TempDir;
using testing::Writer;

/// The child: appends for ever, and says which record is durable as soon as it is.
[[noreturn]] void write_until_killed(const std::string& data, int acknowledgements, std::uint64_t seed) {
  auto store = SqliteLogStore::open(data);
  if (!store) ::_exit(1);
  Writer writer((*store)->head());
  Prng prng(seed);
  for (std::uint64_t round = 1;; ++round) {
    ports::Batch batch = writer.batch(1 + prng.below(5));
    // A row for each record: whether rows and records are one transaction shows in their number.
    for (const ports::Record& record : batch.records) {
      batch.rows.emplace_back(ledger::UsageRow{.count = 1, .from = Instant(0), .to = Instant(1)});
      batch.rows.emplace_back(ledger::JobRow{.id = model::JobId(record.seq)});
    }
    const std::uint64_t last = writer.seq();
    (*store)->append(std::move(batch), [=] { (void)!::write(acknowledgements, &last, sizeof last); });
    if (round % 40 == 0)
      (*store)->save_snapshot({.seq = last, .log_hash = writer.hash(), .bytes = std::string(50'000, 's')});
    if (prng.chance(1, 30)) (*store)->flush();
  }
}

TEST(LogCrash, KilledAtAnyMomentNothingAcknowledgedIsLost) {
  const TempDir dir;
  Prng prng(99);
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const std::uint64_t seed = prng.next();
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(dir / "data", ends[1], seed);
    ::close(ends[1]);

    std::uint64_t acknowledged = 0;
    std::uint64_t seq = 0;
    const std::uint64_t enough = prng.below(300);
    for (std::uint64_t n = 0; n < enough && ::read(ends[0], &seq, sizeof seq) == sizeof seq; ++n) acknowledged = seq;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &seq, sizeof seq) == sizeof seq) acknowledged = seq;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ": the child could not open the log";

    const auto store = open_store(dir / "data");
    ASSERT_NE(store, nullptr) << "round " << round;
    const std::uint64_t head = store->head().seq;
    EXPECT_GE(head, acknowledged) << "round " << round;
    std::uint64_t read = 0;
    ASSERT_TRUE(store
                    ->read(1,
                           [&](const ports::Record& record) {
                             ++read;
                             EXPECT_EQ(record.payload, Writer::payload_of(record.seq));
                             return true;
                           })
                    .has_value());
    EXPECT_EQ(read, head);
    const auto found = verify_log(dir / "data");
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->sound()) << (found->first_bad ? found->first_bad->why : found->structure);
    const auto history = SqliteHistory::open(dir / "data").value();
    const auto usage = history->usage({.from = Instant(0), .to = Instant(1)}).value();
    if (head > 0) {
      ASSERT_EQ(usage.size(), 1U);
      EXPECT_EQ(usage[0].time.raw(), static_cast<std::int64_t>(head)) << "rows and records are one transaction";
      EXPECT_EQ(history->jobs({.limit = 1}).value().at(0).id.raw(), head);
    }
  }
}

}  // namespace
}  // namespace mingyue::host
