#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "host/child_test_kit.hpp"
#include "host/log_test_kit.hpp"
#include "host/log_verifier.hpp"
#include "host/sqlite_history.hpp"

/// The world fails: the log waits, says why, and goes on when it can.
namespace mingyue::host {
namespace {

using testing::mount_small_disk;
using testing::TempDir;
using testing::Writer;

constexpr SqliteLogOptions impatient{.retry_min = milliseconds(2), .retry_max = milliseconds(20)};

/// Appends until the store stalls; then frees room, and everything asked must become durable, in order. Returns what
/// went wrong.
std::string stall_and_recover(const std::string& data, const std::function<void()>& free_room) {
  auto opened = SqliteLogStore::open(data, impatient);
  if (!opened) return opened.error().message;
  SqliteLogStore& store = **opened;
  Writer writer;
  std::atomic<std::uint64_t> durable{0};
  bool in_order = true;
  const auto append = [&] {
    ports::Batch batch;
    for (int i = 0; i < 10; ++i) batch.records.push_back(writer.record(std::string(10'000, 'x')));
    const std::uint64_t last = writer.seq();
    store.append(std::move(batch), [&, last] {
      in_order = in_order && durable + 10 == last;
      durable = last;
      durable.notify_all();
    });
  };
  while (!store.stalled()) {
    if (writer.seq() > 100'000) return "never stalled";
    append();
    store.flush();
  }
  if (store.stalled()->code != "disk-full") return "stalled by " + store.stalled()->message;
  const std::uint64_t before = durable;
  if (before >= writer.seq()) return "stalled, but everything is durable";
  append();  // What comes meanwhile waits too.
  store.flush();
  if (durable != before) return "acknowledged while stalled";
  {
    std::uint64_t readable = 0;
    const auto read = store.read(1, [&](const ports::Record& record) { return readable = record.seq, true; });
    if (!read) return "reading while stalled: " + read.error().message;
    if (readable != before) return "half a batch is readable";
  }
  free_room();
  for (std::uint64_t now = durable; now != writer.seq(); now = durable) durable.wait(now);
  if (!in_order) return "callbacks out of order";
  store.flush();
  if (store.stalled()) return "still stalled: " + store.stalled()->message;
  const std::uint64_t asked = writer.seq();
  opened->reset();
  const auto found = verify_log(data);
  if (!found) return found.error().message;
  if (!found->sound()) return "not sound";
  if (found->head.seq != asked) return "records are missing";
  return {};
}

TEST(LogFaults, AFullDiskStallsTheLogAndRoomLetsItGoOn) {
  const TempDir dir;
  EXPECT_CHILD_OK([&]() -> std::string {
    if (std::string said = mount_small_disk(dir.path(), "8m"); !said.empty()) return said;
    const std::string ballast = dir / "ballast";
    std::ofstream(ballast) << std::string(5'000'000, 'b');
    return stall_and_recover(dir / "data", [&] { std::filesystem::remove(ballast); });
  });
}

TEST(LogFaults, AFileThatMayNotGrowIsAFullDisk) {
  // What a quota does, without a quota: a limit on the size of a file.
  const TempDir dir;
  EXPECT_CHILD_OK([&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit small{.rlim_cur = 2'000'000, .rlim_max = limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    return stall_and_recover(dir / "data", [&] { ::setrlimit(RLIMIT_FSIZE, &limit); });
  });
}

TEST(LogFaults, ClosingAStalledLogDropsWhatWasNeverAcknowledged) {
  const TempDir dir;
  EXPECT_CHILD_OK([&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    auto store = SqliteLogStore::open(dir / "data", impatient);
    if (!store) return store.error().message;
    Writer writer;
    (*store)->append(writer.batch(10), [] {});
    (*store)->flush();
    const rlimit small{.rlim_cur = 100'000, .rlim_max = limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    bool called = false;
    (*store)->append({.records = {writer.record(std::string(500'000, 'x'))}, .rows = {}}, [&] { called = true; });
    (*store)->flush();
    if (!(*store)->stalled()) return "not stalled";
    store->reset();
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (called) return "acknowledged";
    auto again = SqliteLogStore::open(dir / "data");
    if (!again) return again.error().message;
    return (*again)->head().seq == 10 ? "" : "head is " + std::to_string((*again)->head().seq);
  });
}

TEST(LogFaults, AFullDiskAtTheFirstStartIsAPlainFault) {
  const TempDir dir;
  EXPECT_CHILD_OK([&]() -> std::string {
    if (std::string said = mount_small_disk(dir.path(), "64k"); !said.empty()) return said;
    const Fault fault = testing::open_fault(dir / "data");
    return fault.code == "disk-full" ? "" : fault.code + ": " + fault.message;
  });
}

TEST(LogFaults, AReadOnlyDiskIsRefusedByTheWriterAndReadByReaders) {
  const TempDir dir;
  EXPECT_CHILD_OK([&]() -> std::string {
    if (std::string said = mount_small_disk(dir.path(), "16m"); !said.empty()) return said;
    {
      auto store = SqliteLogStore::open(dir / "data");
      if (!store) return store.error().message;
      Writer writer;
      ports::Batch batch = writer.batch(10);
      batch.rows.emplace_back(ledger::JobRow{.id = model::JobId(1)});
      (*store)->append(std::move(batch), [] {});
    }
    if (::mount("none", dir.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return std::string("skip: cannot remount: ") + std::strerror(errno);
    const Fault fault = testing::open_fault(dir / "data");
    if (fault.code != "read-only") return fault.code + ": " + fault.message;
    if (const Fault missing = testing::open_fault(dir / "other"); missing.code != "read-only")
      return missing.code + ": " + missing.message;
    const auto found = verify_log(dir / "data");
    if (!found) return found.error().message;
    if (found->records != 10) return "read " + std::to_string(found->records);
    const auto history = SqliteHistory::open(dir / "data");
    if (!history) return history.error().message;
    return (*history)->jobs({})->size() == 1 ? "" : "no job";
  });
}

}  // namespace
}  // namespace mingyue::host
