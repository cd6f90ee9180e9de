#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/log_verifier.hpp"
#include "host/sqlite_log_store.hpp"

/// How many events a second become durable by the size of a batch, with one row an event, and how fast they are read
/// again: `log_bench DIRECTORY [RECORDS]`. The directory should be on the disk that the centre will use.
namespace mingyue::host {
namespace {

using Clock = std::chrono::steady_clock;

/// Of this process, all threads: what stays comparable on a busy machine.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// 200 events and rows of a queue of small jobs; payloads of 120 bytes.
class Story {
 public:
  ports::Batch next(std::size_t size) {
    ports::Batch batch;
    for (std::size_t i = 0; i < size; ++i) {
      ports::Record record{.seq = ++seq_,
                           .at = Instant(1'800'000'000'000 + static_cast<std::int64_t>(seq_)),
                           .number = static_cast<std::uint32_t>(seq_ % 20),
                           .payload = std::string(120, 'p'),
                           .hash = {}};
      record.hash = hash_ = ports::record_hash(hash_, record);
      batch.records.push_back(std::move(record));
      batch.rows.push_back(row());
    }
    return batch;
  }

 private:
  // As in life: a job is written five times, and every fifth row or so is usage.
  ledger::Row row() {
    const model::JobId job(seq_ / 6 + 1);
    if (seq_ % 6 == 5) {
      return ledger::UsageRow{.partition = "main",
                              .card_type = "a100",
                              .use = ledger::UseClass::productive,
                              .count = 8,
                              .from = Instant(1'800'000'000'000),
                              .to = Instant(1'800'000'060'000),
                              .attempt = {.job = job, .number = 1},
                              .project = "demo",
                              .user = "ada"};
    }
    return ledger::JobRow{.id = job,
                          .array = job,
                          .name = "sweep",
                          .user = "ada",
                          .project = "demo",
                          .partition = "main",
                          .priority_class = "normal",
                          .state = seq_ % 6 < 3 ? model::JobState::queued : model::JobState::running,
                          .submitted_at = Instant(1'800'000'000'000 + static_cast<std::int64_t>(seq_)),
                          .tasks = 1,
                          .cores = 4,
                          .cards = 1,
                          .workdir = "/home/ada/sweep"};
  }

  std::uint64_t seq_ = 0;
  Hash hash_{};
};

void append_all(SqliteLogStore& store, Story& story, std::size_t batch, double seconds_max, std::uint64_t records_max) {
  std::atomic<std::uint64_t> durable{0};
  const auto start = Clock::now();
  std::uint64_t asked = 0;
  double slowest = 0;
  // One batch at a time, each awaited: the rate of a single client, which is the worst case.
  while (seconds_since(start) < seconds_max && asked < records_max) {
    const auto begin = Clock::now();
    std::atomic<bool> done{false};
    store.append(story.next(batch), [&] {
      durable += batch;
      done = true;
      done.notify_one();
    });
    done.wait(false);
    asked += batch;
    slowest = std::max(slowest, seconds_since(begin));
  }
  const double time = seconds_since(start);
  fmt::print("batches of {:4}, each awaited: {:8.0f} events/s, {:.2f} ms a batch, slowest {:.0f} ms\n", batch,
             static_cast<double>(asked) / time, time * 1000 * static_cast<double>(batch) / static_cast<double>(asked),
             slowest * 1000);
}

void append_queued(SqliteLogStore& store, Story& story, std::size_t batch, std::uint64_t records) {
  const auto start = Clock::now();
  const double cpu = cpu_seconds();
  for (std::uint64_t asked = 0; asked < records; asked += batch) store.append(story.next(batch), [] {});
  store.flush();
  fmt::print("batches of {:4}, queued:       {:8.0f} events/s, {:.1f} us of CPU an event\n", batch,
             static_cast<double>(records) / seconds_since(start),
             (cpu_seconds() - cpu) * 1e6 / static_cast<double>(records));
}

int bench(const std::string& directory, std::uint64_t records) {
  std::filesystem::remove_all(directory);
  Story story;
  {
    auto store = SqliteLogStore::open(directory);
    if (!store) return fmt::print("{}\n", store.error().message), 1;
    for (const std::size_t batch : {1, 10, 100, 1000}) append_all(**store, story, batch, 3, records / 5);
    append_queued(**store, story, 1, 100'000);
    append_queued(**store, story, 20, 200'000);
    append_queued(**store, story, 100, records);
  }
  auto start = Clock::now();
  SqliteLogOptions options;
  auto store = SqliteLogStore::open(directory, options);
  if (!store) return fmt::print("{}\n", store.error().message), 1;
  const auto total = static_cast<double>((*store)->head().seq);
  fmt::print("open, no snapshot: {:.3f} s for {:.0f} records, {:.2f} us each\n", seconds_since(start), total,
             seconds_since(start) * 1e6 / total);
  start = Clock::now();
  std::uint64_t bytes = 0;
  (void)(*store)->read(1, [&](const ports::Record& record) {
    bytes += record.payload.size();
    return true;
  });
  fmt::print("read with the chain: {:.2f} us a record\n", seconds_since(start) * 1e6 / total);
  start = Clock::now();
  const auto found = verify_log(directory);
  fmt::print("verify_log: {:.2f} us a record, {}\n", seconds_since(start) * 1e6 / total,
             found && found->sound() ? "sound" : "not sound");
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("file {:.0f} MB, {:.0f} bytes a record with its row; peak memory {} MB\n",
             static_cast<double>(std::filesystem::file_size(directory + "/centre.db")) / 1e6,
             static_cast<double>(std::filesystem::file_size(directory + "/centre.db")) / total, usage.ru_maxrss / 1024);
  return 0;
}

}  // namespace
}  // namespace mingyue::host

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print("usage: log_bench DIRECTORY [RECORDS]\n"), 2;
  return mingyue::host::bench(argv[1], argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000);
}
