#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/codec.hpp"
#include "base/prng.hpp"
#include "host/log_test_kit.hpp"
#include "host/sqlite_history.hpp"
#include "ports/memory_log_store.hpp"

/// What every History answers: one suite for SQL and for memory, and a comparison of the two.
namespace mingyue::host {
namespace {

using ledger::AttemptRow;
using ledger::IncidentRow;
using ledger::JobRow;
using ledger::PostingRow;
using ledger::UsageRow;
using ledger::UseClass;
using model::JobId;
using model::JobState;
using ports::JobFilter;
using ports::UsageQuery;

struct Sql {
  testing::TempDir dir;
  std::unique_ptr<SqliteLogStore> log = testing::open_store(dir / "data");
  std::unique_ptr<SqliteHistory> answers = SqliteHistory::open(dir / "data").value();

  void write(std::vector<ledger::Row> rows) { write({.records = {}, .rows = std::move(rows)}); }
  void write(ports::Batch batch) {
    log->append(std::move(batch), [] {});
    log->flush();
  }
  ports::History& history() { return *answers; }
};

struct Memory {
  ports::MemoryLogStore log;

  void write(std::vector<ledger::Row> rows) { write({.records = {}, .rows = std::move(rows)}); }
  void write(ports::Batch batch) {
    log.append(std::move(batch), [] {});
  }
  ports::History& history() { return log; }
};

JobRow a_job(std::uint64_t id) {
  return {.id = JobId(id),
          .array = JobId(id),
          .name = "sweep",
          .user = "ada",
          .project = "demo",
          .partition = "main",
          .priority_class = "normal",
          .submitted_at = Instant(static_cast<std::int64_t>(id) * 1'000)};
}

/// A job with something in every field.
JobRow a_full_job() {
  return {.id = JobId(7),
          .array = JobId(5),
          .array_index = 2,
          .name = "taylor",
          .user = "ada",
          .project = "demo",
          .partition = "main",
          .kind = model::WorkKind::supercomputing,
          .priority_class = "urgent",
          .state = JobState::timed_out,
          .reason = "wall limit of 10m; \"quoted\" \xe6\x98\x8e\xe6\x9c\x88",
          .attempts = 2,
          .submitted_at = Instant(1'000),
          .started_at = Instant(2'000),
          .ended_at = Instant(3'000),
          .exit_code = -1,
          .tasks = 4,
          .cores = 16,
          .cards = 8,
          .workdir = "/home/ada",
          .comment = "it's fine",
          .charged = Credits(-1'234'567)};
}

std::vector<std::uint64_t> ids(const std::vector<JobRow>& jobs) {
  std::vector<std::uint64_t> ids;
  for (const JobRow& job : jobs) ids.push_back(job.id.raw());
  return ids;
}

using Ids = std::vector<std::uint64_t>;

template <class World>
class HistoryContract : public ::testing::Test {
 protected:
  void write(std::vector<ledger::Row> rows) { world_.write(std::move(rows)); }
  void write_batch(ports::Batch batch) { world_.write(std::move(batch)); }
  ports::History& history() { return world_.history(); }
  Ids find(const JobFilter& filter) { return ids(history().jobs(filter).value()); }
  World world_;
};

using Worlds = ::testing::Types<Sql, Memory>;
TYPED_TEST_SUITE(HistoryContract, Worlds);

TYPED_TEST(HistoryContract, NothingHappenedYet) {
  EXPECT_TRUE(this->history().jobs({}).value().empty());
  EXPECT_FALSE(this->history().job(JobId(1)).value().has_value());
  EXPECT_FALSE(this->history().job(JobId(UINT64_MAX)).value().has_value());
  EXPECT_TRUE(this->history().attempts(JobId(1)).value().empty());
  EXPECT_TRUE(this->history().usage({.from = Instant(0), .to = never}).value().empty());
  EXPECT_TRUE(this->history().incidents({.limit = 10}).value().empty());
  EXPECT_TRUE(this->history().postings("project:demo", Instant(0), never, 10).value().empty());
}

TYPED_TEST(HistoryContract, EveryFieldOfARowComesBack) {
  const AttemptRow attempt{.attempt = {.job = JobId(7), .number = 2},
                           .granted_at = Instant(1),
                           .started_at = Instant(2),
                           .ended_at = Instant(3),
                           .outcome = "signalled",
                           .exit_code = 1,
                           .signal = 9,
                           .message = "killed",
                           .nodes = {"n0", "n1", "n0"},
                           .last_step = 120,
                           .steps = 5'000,
                           .checkpoint = "ckpt-120",
                           .cpu_ms = 99,
                           .memory_peak = Bytes(1 << 30),
                           .lost = milliseconds(4),
                           .backfill = true};
  const IncidentRow incident{.incident = model::IncidentId(3),
                             .kind = "node-lost",
                             .attempt = {.job = JobId(7), .number = 2},
                             .node = "n1",
                             .message = "silent",
                             .opened_at = Instant(5),
                             .closed_at = Instant(6),
                             .how = "restored"};
  const PostingRow posting{.at = Instant(3),
                           .debit = "project:demo",
                           .credit = "centre:income",
                           .amount = Credits(12'500'000),
                           .attempt = {.job = JobId(7), .number = 2},
                           .text = "8 card-hours"};
  this->write({a_full_job(), attempt, incident, posting});
  EXPECT_EQ(codec::encode(*this->history().job(JobId(7)).value()), codec::encode(a_full_job()));
  EXPECT_EQ(codec::encode(this->history().attempts(JobId(7)).value()), codec::encode(std::vector{attempt}));
  EXPECT_EQ(codec::encode(this->history().incidents({.limit = 10}).value()), codec::encode(std::vector{incident}));
  EXPECT_EQ(codec::encode(this->history().postings("centre:income", Instant(0), Instant(9), 10).value()),
            codec::encode(std::vector{posting}));
}

TYPED_TEST(HistoryContract, EveryStateKindAndClassHasAWordThatComesBack) {
  std::vector<ledger::Row> rows;
  for (std::uint64_t n = 1; n <= 8; ++n) {
    JobRow job = a_job(n);
    job.state = static_cast<JobState>(n);
    job.kind = static_cast<model::WorkKind>(n % 4 + 1);
    rows.emplace_back(job);
  }
  for (int n = 1; n <= ledger::use_class_count; ++n) {
    rows.emplace_back(UsageRow{
        .partition = "main", .use = static_cast<UseClass>(n), .count = n, .from = Instant(0), .to = Instant(1)});
  }
  this->write(std::move(rows));
  for (std::uint64_t n = 1; n <= 8; ++n) {
    EXPECT_EQ(this->history().job(JobId(n)).value()->state, static_cast<JobState>(n));
    EXPECT_EQ(this->history().job(JobId(n)).value()->kind, static_cast<model::WorkKind>(n % 4 + 1));
    EXPECT_EQ(this->find({.states = {static_cast<JobState>(n)}}), Ids{n});
  }
  const auto sums = this->history().usage({.from = Instant(0), .to = Instant(1)}).value();
  ASSERT_EQ(sums.size(), static_cast<std::size_t>(ledger::use_class_count));
  for (std::size_t n = 1; n <= sums.size(); ++n) {
    EXPECT_EQ(sums[n - 1].use, static_cast<UseClass>(n)) << "in the order of their numbers";
    EXPECT_EQ(sums[n - 1].time, ResourceTime(static_cast<std::int64_t>(n)));
  }
}

TYPED_TEST(HistoryContract, ARowWrittenAgainTakesThePlaceOfTheOld) {
  this->write({a_job(1)});
  JobRow job = a_job(1);
  job.state = JobState::succeeded;
  job.user = "bob";
  job.ended_at = Instant(9);
  this->write({job, AttemptRow{.attempt = {.job = JobId(1), .number = 1}, .outcome = "running"}});
  this->write({AttemptRow{.attempt = {.job = JobId(1), .number = 1}, .outcome = "exited"}});
  EXPECT_EQ(codec::encode(*this->history().job(JobId(1)).value()), codec::encode(job));
  EXPECT_TRUE(this->find({.user = "ada"}).empty());
  EXPECT_EQ(this->find({.user = "bob"}), Ids{1});
  ASSERT_EQ(this->history().attempts(JobId(1)).value().size(), 1U);
  EXPECT_EQ(this->history().attempts(JobId(1)).value()[0].outcome, "exited");
}

TYPED_TEST(HistoryContract, JobsComeNewestFirstAPageAtATime) {
  std::vector<ledger::Row> rows;
  for (std::uint64_t id = 1; id <= 25; ++id) rows.emplace_back(a_job(id));
  this->write(std::move(rows));
  EXPECT_EQ(this->find({.limit = 3}), (Ids{25, 24, 23}));
  EXPECT_EQ(this->find({.before = JobId(23), .limit = 3}), (Ids{22, 21, 20}));
  EXPECT_EQ(this->find({.before = JobId(3), .limit = 3}), (Ids{2, 1}));
  EXPECT_TRUE(this->find({.before = JobId(1), .limit = 3}).empty());
  EXPECT_EQ(this->find({.limit = 0}).size(), 1U) << "limits are brought into 1 to 10,000";
  EXPECT_EQ(this->find({.limit = INT32_MAX}).size(), 25U);
}

TYPED_TEST(HistoryContract, EachFilterLeavesOnlyWhatItNames) {
  JobRow other = a_job(2);
  other.user = "bob";
  other.project = "weather";
  other.partition = "large";
  other.name = "train";
  other.state = JobState::running;
  JobRow element = a_job(4);
  element.array = JobId(3);
  element.array_index = 1;
  this->write({a_job(1), other, a_job(3), element});
  EXPECT_EQ(this->find({.user = "bob"}), Ids{2});
  EXPECT_EQ(this->find({.project = "weather"}), Ids{2});
  EXPECT_EQ(this->find({.partition = "large"}), Ids{2});
  EXPECT_EQ(this->find({.name = "train"}), Ids{2});
  EXPECT_EQ(this->find({.array = JobId(3)}), (Ids{4, 3}));
  EXPECT_EQ(this->find({.states = {JobState::running, JobState::held}}), Ids{2});
  EXPECT_EQ(this->find({.submitted_from = Instant(2'000), .submitted_to = Instant(4'000)}), (Ids{3, 2}));
  EXPECT_EQ(this->find({.user = "ada", .states = {JobState::queued}, .before = JobId(4)}), (Ids{3, 1}));
  EXPECT_TRUE(this->find({.user = "ada'; DROP TABLE jobs; --"}).empty());
  EXPECT_EQ(this->find({}).size(), 4U);
}

TYPED_TEST(HistoryContract, UsageIsClippedToTheMillisecond) {
  const UsageRow row{.partition = "main",
                     .card_type = "a100",
                     .use = UseClass::productive,
                     .count = 8,
                     .from = Instant(1'000),
                     .to = Instant(2'000),
                     .attempt = {.job = JobId(1), .number = 1},
                     .project = "demo",
                     .user = "ada"};
  this->write({row});
  const auto between = [&](std::int64_t from, std::int64_t to) -> std::int64_t {
    const auto sums = this->history().usage({.from = Instant(from), .to = Instant(to)}).value();
    return sums.empty() ? -1 : sums.at(0).time.raw();
  };
  EXPECT_EQ(between(0, 5'000), 8'000);
  EXPECT_EQ(between(1'000, 2'000), 8'000);
  EXPECT_EQ(between(1'001, 1'999), 8 * 998);
  EXPECT_EQ(between(1'999, 2'000), 8);
  EXPECT_EQ(between(0, 1'000), -1) << "the end of a period is not in it";
  EXPECT_EQ(between(2'000, 3'000), -1);
  EXPECT_EQ(between(1'500, 1'500), -1);
  EXPECT_EQ(between(1'600, 1'500), -1);
}

TYPED_TEST(HistoryContract, UsageOfPeriodsAddsUpToThatOfTheWhole) {
  std::vector<ledger::Row> rows;
  Prng prng(1);
  for (int i = 0; i < 300; ++i) {
    const std::int64_t from = prng.between(0, 10'000);
    rows.emplace_back(UsageRow{.partition = "main",
                               .use = UseClass::stranded,
                               .count = prng.between(0, 100'000),
                               .from = Instant(from),
                               .to = Instant(from + prng.between(0, 5'000))});
  }
  this->write(std::move(rows));
  const auto between = [&](std::int64_t from, std::int64_t to) {
    ResourceTime sum;
    const auto found = this->history().usage({.from = Instant(from), .to = Instant(to)}).value();
    for (const auto& part : found) sum += part.time;
    return sum.raw();
  };
  std::int64_t sum = 0;
  for (std::int64_t from = 0; from < 16'000; from += 777) sum += between(from, from + 777);
  EXPECT_EQ(sum, between(0, 16'317));
}

TYPED_TEST(HistoryContract, AYearOfALargeCentreFitsIntoASum) {
  // 100,000 cards for a year, 3.2e15 card-milliseconds: beyond what a double holds exactly with every millisecond.
  constexpr std::int64_t year = 31'536'000'000;
  const UsageRow row{.partition = "main",
                     .card_type = "a100",
                     .use = UseClass::unwanted,
                     .count = 100'003,
                     .from = Instant(1),
                     .to = Instant(year)};
  this->write({row, row, row});
  EXPECT_EQ(this->history().usage({.from = Instant(0), .to = never}).value().at(0).time.raw(),
            3 * 100'003 * (year - 1));
}

TYPED_TEST(HistoryContract, UsageIsFilteredAndGrouped) {
  const auto row = [](std::string partition, std::string project, std::string user, std::uint64_t job,
                      model::WorkKind kind) {
    return UsageRow{.partition = std::move(partition),
                    .use = UseClass::productive,
                    .count = 1,
                    .from = Instant(0),
                    .to = Instant(10),
                    .attempt = {.job = JobId(job), .number = 1},
                    .project = std::move(project),
                    .user = std::move(user),
                    .kind = kind};
  };
  this->write(
      {row("main", "demo", "ada", 1, model::WorkKind::ai), row("main", "demo", "ada", 2, model::WorkKind::ai),
       row("main", "demo", "bob", 3, model::WorkKind::ai), row("large", "demo", "ada", 4, model::WorkKind::quantum),
       UsageRow{.partition = "main", .use = UseClass::unwanted, .count = 5, .from = Instant(0), .to = Instant(10)}});
  const auto sums = [&](UsageQuery query) {
    query.from = Instant(0);
    query.to = Instant(100);
    std::vector<std::int64_t> times;
    const auto found = this->history().usage(query).value();
    for (const auto& sum : found) times.push_back(sum.time.raw());
    return times;
  };
  using Times = std::vector<std::int64_t>;
  EXPECT_EQ(sums({}), (Times{10, 20, 10, 50}));
  EXPECT_EQ(sums({.partition = "large"}), Times{10});
  EXPECT_EQ(sums({.project = "demo"}), (Times{10, 20, 10}));
  EXPECT_EQ(sums({.user = "bob"}), Times{10});
  EXPECT_EQ(sums({.kind = model::WorkKind::quantum}), Times{10});
  EXPECT_EQ(sums({.job = JobId(2)}), Times{10});
  EXPECT_EQ(sums({.job = JobId(0)}), Times{50});
  EXPECT_EQ(sums({.project = ""}), Times{50});
}

TYPED_TEST(HistoryContract, UsageIsDividedByJobWhenAsked) {
  const auto row = [](std::uint64_t job) {
    return UsageRow{.partition = "main",
                    .use = UseClass::productive,
                    .count = 1,
                    .from = Instant(0),
                    .to = Instant(10),
                    .attempt = {.job = JobId(job), .number = 1}};
  };
  this->write({row(2), row(10), row(2)});
  const auto together = this->history().usage({.from = Instant(0), .to = Instant(10)}).value();
  ASSERT_EQ(together.size(), 1U);
  EXPECT_EQ(together[0].job, JobId(0));
  const auto apart = this->history().usage({.from = Instant(0), .to = Instant(10), .by_job = true}).value();
  ASSERT_EQ(apart.size(), 2U);
  EXPECT_EQ(apart[0].job, JobId(2));
  EXPECT_EQ(apart[0].time, ResourceTime(20));
  EXPECT_EQ(apart[1].job, JobId(10));
}

TYPED_TEST(HistoryContract, UsageAsOfARecordLeavesOutWhatWasSettledLater) {
  testing::Writer writer;
  for (int i = 0; i < 3; ++i) {
    ports::Batch batch = writer.batch(2);  // Records 1 and 2, 3 and 4, 5 and 6.
    batch.rows.emplace_back(UsageRow{.partition = "main", .count = 1, .from = Instant(0), .to = Instant(1)});
    this->write_batch(std::move(batch));
  }
  const auto as_of = [&](std::optional<std::uint64_t> seq) -> std::int64_t {
    const auto sums = this->history().usage({.from = Instant(0), .to = Instant(9), .as_of = seq}).value();
    return sums.empty() ? 0 : sums[0].time.raw();
  };
  EXPECT_EQ(as_of(0), 0);
  EXPECT_EQ(as_of(2), 1);
  EXPECT_EQ(as_of(4), 2);
  EXPECT_EQ(as_of(6), 3);
  EXPECT_EQ(as_of(UINT64_MAX), 3);
  EXPECT_EQ(as_of(std::nullopt), 3);
}

TYPED_TEST(HistoryContract, IncidentsComeNewestFirstAndOpenOnesAlone) {
  std::vector<ledger::Row> rows;
  for (std::uint64_t id = 1; id <= 6; ++id) {
    IncidentRow incident{.incident = model::IncidentId(id), .kind = "hang", .opened_at = Instant(1)};
    if (id % 2 == 0) incident.closed_at = Instant(2);
    rows.emplace_back(incident);
  }
  this->write(std::move(rows));
  const auto find = [&](bool open_only, std::int32_t limit) {
    Ids ids;
    const auto found = this->history().incidents({.open_only = open_only, .limit = limit}).value();
    for (const auto& incident : found) ids.push_back(incident.incident.raw());
    return ids;
  };
  EXPECT_EQ(find(false, 4), (Ids{6, 5, 4, 3}));
  EXPECT_EQ(find(true, 10), (Ids{5, 3, 1}));
}

TYPED_TEST(HistoryContract, IncidentsAreFilteredByWhatTheyAreAbout) {
  std::vector<ledger::Row> rows;
  for (std::uint64_t id = 1; id <= 8; ++id) {
    rows.emplace_back(IncidentRow{.incident = model::IncidentId(id),
                                  .kind = id % 2 == 0 ? "hang" : "node-lost",
                                  .attempt = {.job = JobId(id % 3), .number = 1},
                                  .node = id <= 4 ? "n0" : "n1",
                                  .opened_at = Instant(1)});
  }
  this->write(std::move(rows));
  const auto find = [&](const ports::IncidentFilter& filter) {
    Ids ids;
    const auto found = this->history().incidents(filter).value();
    for (const auto& incident : found) ids.push_back(incident.incident.raw());
    return ids;
  };
  EXPECT_EQ(find({.kind = "hang"}), (Ids{8, 6, 4, 2}));
  EXPECT_EQ(find({.kind = "hang", .node = "n1"}), (Ids{8, 6}));
  EXPECT_EQ(find({.job = JobId(1)}), (Ids{7, 4, 1}));
  EXPECT_EQ(find({.before = model::IncidentId(4), .limit = 2}), (Ids{3, 2}));
  EXPECT_EQ(find({.open_only = true, .kind = "hang", .before = model::IncidentId(8), .limit = 1}), (Ids{6}));
}

TYPED_TEST(HistoryContract, JobsAreCountedByState) {
  std::vector<ledger::Row> rows;
  for (std::uint64_t id = 1; id <= 7; ++id) {
    JobRow job = a_job(id);
    job.user = id <= 4 ? "ann" : "bea";
    job.state = id % 2 == 0 ? JobState::succeeded : JobState::failed;
    rows.emplace_back(job);
  }
  this->write(std::move(rows));
  using Counts = std::map<JobState, std::int64_t>;
  EXPECT_EQ(this->history().job_counts({}).value(), (Counts{{JobState::succeeded, 3}, {JobState::failed, 4}}));
  EXPECT_EQ(this->history().job_counts({.user = "bea", .limit = 1}).value(),
            (Counts{{JobState::succeeded, 1}, {JobState::failed, 2}}));
  EXPECT_EQ(this->history().job_counts({.states = {JobState::failed}}).value(), (Counts{{JobState::failed, 4}}));
  EXPECT_EQ(this->history().job_counts({.user = "zoe"}).value(), Counts{});
}

TYPED_TEST(HistoryContract, PostingsOfAnAccountAreThoseThatItDebitsOrCredits) {
  const auto posting = [](std::int64_t at, std::string debit, std::string credit, std::string text) {
    return PostingRow{.at = Instant(at),
                      .debit = std::move(debit),
                      .credit = std::move(credit),
                      .amount = Credits(at),
                      .attempt = {},
                      .text = std::move(text)};
  };
  this->write({posting(1, "project:demo", "centre:income", "a"), posting(2, "centre:grants", "project:demo", "b"),
               posting(2, "project:other", "centre:income", "c"), posting(2, "project:demo", "project:demo", "d"),
               posting(3, "project:demo", "centre:income", "e")});
  const auto find = [&](const std::string& account, std::int64_t from, std::int64_t to, std::int32_t limit = 10) {
    std::string texts;
    const auto found = this->history().postings(account, Instant(from), Instant(to), limit).value();
    for (const auto& row : found) texts += row.text;
    return texts;
  };
  EXPECT_EQ(find("project:demo", 0, 10), "edba");
  EXPECT_EQ(find("project:demo", 1, 3), "dba");
  EXPECT_EQ(find("project:demo", 0, 10, 2), "ed");
  EXPECT_EQ(find("", 0, 10), "edcba");
  EXPECT_EQ(find("nobody", 0, 10), "");
}

TEST(History, MemoryAndSqlAgreeOnRandomRowsAndQuestions) {
  Sql sql;
  Memory memory;
  Prng prng(20'261'201);
  const std::vector<std::string> names{"a", "b", "B", ""};
  const auto name = [&] { return names[prng.below(names.size())]; };
  std::vector<ledger::Row> rows;
  for (int i = 0; i < 600; ++i) {
    JobRow job = a_job(1 + prng.below(300));
    job.user = name();
    job.project = name();
    job.name = name();
    job.state = static_cast<JobState>(prng.between(1, 8));
    job.submitted_at = Instant(prng.between(-5, 50));
    rows.emplace_back(job);
    const std::int64_t from = prng.between(-100, 1'000);
    rows.emplace_back(UsageRow{.partition = name(),
                               .card_type = name(),
                               .use = static_cast<UseClass>(prng.between(1, 9)),
                               .count = prng.between(0, 9),
                               .from = Instant(from),
                               .to = Instant(from + prng.between(-2, 300)),
                               .attempt = {.job = JobId(prng.below(4)), .number = 1},
                               .project = name(),
                               .user = name(),
                               .kind = static_cast<model::WorkKind>(prng.between(1, 4))});
    rows.emplace_back(PostingRow{.at = Instant(prng.between(0, 40)),
                                 .debit = name(),
                                 .credit = name(),
                                 .amount = Credits(i),
                                 .attempt = {},
                                 .text = ""});
  }
  sql.write(rows);
  memory.write(std::move(rows));
  const auto maybe = [&]<class T>(T value) {
    return prng.chance(1, 2) ? std::optional<T>(std::move(value)) : std::nullopt;
  };
  for (int i = 0; i < 300; ++i) {
    JobFilter filter{.user = maybe(name()),
                     .project = maybe(name()),
                     .name = maybe(name()),
                     .kind = maybe(static_cast<model::WorkKind>(prng.between(1, 4))),
                     .submitted_from = maybe(Instant(prng.between(-5, 50))),
                     .submitted_to = maybe(Instant(prng.between(-5, 50))),
                     .before = JobId(prng.below(400)),
                     .limit = static_cast<std::int32_t>(prng.between(1, 50))};
    while (prng.chance(1, 2)) filter.states.push_back(static_cast<JobState>(prng.between(1, 8)));
    EXPECT_EQ(codec::encode(sql.history().jobs(filter).value()), codec::encode(memory.history().jobs(filter).value()));

    const UsageQuery query{.from = Instant(prng.between(-200, 1'400)),
                           .to = Instant(prng.between(-200, 1'400)),
                           .partition = maybe(name()),
                           .project = maybe(name()),
                           .user = maybe(name()),
                           .kind = maybe(static_cast<model::WorkKind>(prng.between(1, 4))),
                           .job = maybe(JobId(prng.below(4))),
                           .by_job = prng.chance(1, 2)};
    const auto a = sql.history().usage(query).value();
    const auto b = memory.history().usage(query).value();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t n = 0; n < a.size(); ++n) {
      EXPECT_EQ(
          std::tie(a[n].partition, a[n].card_type, a[n].use, a[n].project, a[n].user, a[n].kind, a[n].job, a[n].time),
          std::tie(b[n].partition, b[n].card_type, b[n].use, b[n].project, b[n].user, b[n].kind, b[n].job, b[n].time));
    }
    const std::string account = name();
    const Instant from(prng.between(0, 40));
    const Instant to(prng.between(0, 40));
    EXPECT_EQ(codec::encode(sql.history().postings(account, from, to, 30).value()),
              codec::encode(memory.history().postings(account, from, to, 30).value()));
  }
}

}  // namespace
}  // namespace mingyue::host
