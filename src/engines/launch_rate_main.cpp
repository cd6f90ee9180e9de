// How many attempts of /bin/true the local engine launches and ends in a second, from order to report:
//   mingyue_engines_launch_rate [COUNT] [AT ONCE] [plain]

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engines/local_engine.hpp"

using namespace mingyue;
using Clock = std::chrono::steady_clock;

namespace {

class Counter : public ports::ReportSink {
 public:
  void report(ports::EngineReport report) override {
    const std::lock_guard lock(mutex_);
    if (const auto* ended = std::get_if<ports::Ended>(&report)) {
      ended_.push_back(ended->attempt);
      if (ended->end.cause != model::EndCause::exited || ended->end.exit_code != 0) {
        std::printf("%s: %s\n", model::print(ended->attempt).c_str(), ended->end.message.c_str());
        ++failed;
      }
    } else if (const auto* launched = std::get_if<ports::Launched>(&report)) {
      launched_at[launched->attempt] = Clock::now();
    }
    news_.notify_all();
  }
  std::vector<model::AttemptId> take() {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [this] { return !ended_.empty(); });
    return std::exchange(ended_, {});
  }
  std::map<model::AttemptId, Clock::time_point> launched_at;
  int failed = 0;

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<model::AttemptId> ended_;
};

/// For comparison: how fast this machine starts and buries a process at all.
double bare_spawns_per_second(int count) {
  const auto begin = Clock::now();
  for (int i = 0; i < count; ++i) {
    std::string program = "/bin/true";
    char* arguments[] = {program.data(), nullptr};
    pid_t pid = 0;
    if (::posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environ) == 0) ::waitpid(pid, nullptr, 0);
  }
  return count / std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int count, char** arguments) {
  const int attempts = count > 1 ? std::atoi(arguments[1]) : 1000;
  const int at_once = count > 2 ? std::atoi(arguments[2]) : 16;
  std::string root = (std::filesystem::temp_directory_path() / "mingyue-rate-XXXXXX").string();
  if (::mkdtemp(root.data()) == nullptr) return 1;
  Counter sink;
  engines::EngineOptions options{.root = root, .shim = MINGYUE_SHIM};
  if (count > 3) options.groups = engines::UseGroups::never;
  auto engine = engines::LocalEngine::open(options, sink);
  if (!engine) {
    std::printf("%s\n", engine.error().message.c_str());
    return 1;
  }

  model::LaunchOrder order;
  order.granted_at =
      Instant(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
                  .count());
  order.wall = hours(1);
  order.tasks.push_back({.node_is_virtual = true, .lease = {.memory = Bytes(256 << 20)}, .command = {"/bin/true"}});
  std::map<model::AttemptId, Clock::time_point> asked_at;
  int launched = 0;
  int ended = 0;
  const auto begin = Clock::now();
  const auto launch = [&] {
    order.attempt = {model::JobId(static_cast<std::uint64_t>(++launched)), 1};
    order.checkpoint_owner = order.attempt.job;
    asked_at[order.attempt] = Clock::now();
    (*engine)->launch(order);
  };
  while (launched < std::min(attempts, at_once)) launch();
  while (ended < attempts) {
    for (const model::AttemptId id : sink.take()) {
      (*engine)->forget(id);
      ++ended;
      if (launched < attempts) launch();
    }
  }
  const double seconds_taken = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> latencies;
  for (const auto& [id, at] : sink.launched_at)
    latencies.push_back(std::chrono::duration<double, std::milli>(at - asked_at[id]).count());
  std::ranges::sort(latencies);
  std::printf("%d attempts, %d at once: %.0f launches/s; order to Launched: median %.1f ms, 99 %% %.1f ms; %d failed\n",
              attempts, at_once, attempts / seconds_taken, latencies[latencies.size() / 2],
              latencies[latencies.size() * 99 / 100], sink.failed);
  std::printf("for comparison, one posix_spawn of /bin/true after the other: %.0f/s\n", bare_spawns_per_second(200));
  engine->reset();
  std::filesystem::remove_all(root);
  return sink.failed == 0 ? 0 : 1;
}
