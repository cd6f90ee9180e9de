#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "engines/local_engine.hpp"
#include "engines/output_file.hpp"
#include "engines/shim/attempt_folder.hpp"

/// What the tests of the local engine share: real processes, a folder of their own, and waits with a deadline.
namespace mingyue::engines::testing {

inline Instant now() {
  return Instant(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

/// Polls until it holds; false after the deadline, which a healthy run never comes near.
inline bool eventually(const std::function<bool()>& holds, int deadline_ms = 20'000) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

inline std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class RecordingSink : public ports::ReportSink {
 public:
  void report(ports::EngineReport report) override {
    const std::lock_guard lock(mutex_);
    reports_.push_back(std::move(report));
    news_.notify_all();
  }

  /// All reports of one kind about an attempt, so far.
  template <class Report>
  std::vector<Report> all(model::AttemptId id) {
    const std::lock_guard lock(mutex_);
    std::vector<Report> found;
    for (const auto& report : reports_)
      if (const auto* it = std::get_if<Report>(&report); it != nullptr && it->attempt == id) found.push_back(*it);
    return found;
  }

  template <class Report>
  std::optional<Report> wait(model::AttemptId id, int deadline_ms = 20'000) {
    std::unique_lock lock(mutex_);
    std::optional<Report> found;
    news_.wait_for(lock, std::chrono::milliseconds(deadline_ms), [&] {
      for (const auto& report : reports_)
        if (const auto* it = std::get_if<Report>(&report); it != nullptr && it->attempt == id) found = *it;
      return found.has_value();
    });
    return found;
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return reports_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<ports::EngineReport> reports_;
};

/// Builds a launch order in which everything has a default.
class OrderBuilder {
 public:
  explicit OrderBuilder(std::uint64_t job, std::int32_t number = 1) {
    order_.attempt = {model::JobId(job), number};
    order_.checkpoint_owner = model::JobId(job);
    order_.granted_at = now();
    order_.job_name = "test";
    order_.user = "alice";
    order_.tasks.push_back({.node_name = "here", .node_is_virtual = true, .command = {"true"}});
  }
  OrderBuilder& command(std::vector<std::string> words) {
    return each([&](auto& task) { task.command = words; });
  }
  OrderBuilder& shell(const std::string& text) { return command({"/bin/sh", "-c", text}); }
  OrderBuilder& script(const std::string& text) {
    return each([&](auto& task) { task.command.clear(), task.script = text; });
  }
  OrderBuilder& tasks(int count) {
    order_.tasks.resize(static_cast<std::size_t>(count), order_.tasks.front());
    for (int i = 0; i < count; ++i) {
      order_.tasks[static_cast<std::size_t>(i)].rank = i;
      order_.tasks[static_cast<std::size_t>(i)].environment = {{"MINGYUE_TASK", std::to_string(i)}};
    }
    return *this;
  }
  OrderBuilder& memory(Bytes bytes) {
    return each([&](auto& task) { task.lease.memory = bytes; });
  }
  OrderBuilder& each(const std::function<void(model::TaskOrder&)>& change) {
    for (auto& task : order_.tasks) change(task);
    return *this;
  }
  model::LaunchOrder* operator->() { return &order_; }
  operator const model::LaunchOrder&() const { return order_; }  // NOLINT: reads as the order that it builds
  [[nodiscard]] model::AttemptId id() const { return order_.attempt; }

 private:
  model::LaunchOrder order_;
};

class LocalEngineTest : public ::testing::Test {
 protected:
  LocalEngineTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mingyue-engine-XXXXXX").string();
    base_ = ::mkdtemp(pattern.data());
    options_.root = base_ + "/root";
    options_.shim = MINGYUE_SHIM;
    options_.term_grace = milliseconds(300);
    options_.step_every = milliseconds(100);
  }

  ~LocalEngineTest() override {
    // Whatever a test did, an engine that is asked for nothing ends all that is left.
    engine_.reset();
    const auto shims_are_gone = [this] {
      if (!std::filesystem::exists(options_.root)) return true;
      for (const auto& entry : std::filesystem::directory_iterator(options_.root))
        if (is_locked(AttemptFolder(entry.path().string()))) return false;
      return true;
    };
    if (!shims_are_gone()) {
      options_.term_grace = milliseconds(0);
      open();
      engine_->reconcile({});
      EXPECT_TRUE(eventually(shims_are_gone));
      engine_.reset();
    }
    EXPECT_EQ(processes_left(), 0) << "a test left processes behind";
    std::filesystem::remove_all(base_);
  }

  LocalEngine& open() {
    engine_.reset();
    auto opened = LocalEngine::open(options_, sink_);
    if (!opened) throw std::runtime_error(opened.error().message);
    engine_ = std::move(*opened);
    return *engine_;
  }
  LocalEngine& engine() { return engine_ ? *engine_ : open(); }
  /// As after a restart of the daemon: a new engine, and nothing heard yet.
  LocalEngine& restart(const std::vector<model::AttemptId>& standing) {
    engine_.reset();
    sink_.~RecordingSink();
    new (&sink_) RecordingSink;
    open().reconcile(standing);
    return *engine_;
  }

  model::AttemptEnd run(const model::LaunchOrder& order) {
    engine().launch(order);
    return end_of(order.attempt);
  }
  model::AttemptEnd end_of(model::AttemptId id) {
    const auto ended = sink_.wait<ports::Ended>(id);
    EXPECT_TRUE(ended) << "attempt " << model::print(id) << " has not ended";
    return ended ? ended->end : model::AttemptEnd{};
  }

  std::string folder(model::AttemptId id) { return options_.root + "/" + model::print(id); }
  std::string output(model::AttemptId id, std::int32_t task = 0, OutputStream stream = OutputStream::out) {
    const OutputReader reader(folder(id), task, stream);
    std::string text;
    for (std::int64_t at = 0;;) {
      const OutputPiece piece = reader.read(at, 1 << 20);
      if (piece.bytes.empty()) return text;
      text += piece.bytes;
      at = piece.offset + static_cast<std::int64_t>(piece.bytes.size());
    }
  }

  /// Living processes that carry this test's folder in their environment.
  int processes_left() {
    int count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc", std::filesystem::directory_options::skip_permission_denied)) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos || name == std::to_string(::getpid())) continue;
      if (text_of("/proc/" + name + "/environ").find("MINGYUE_PROGRESS=" + base_) != std::string::npos) ++count;
    }
    return count;
  }

  std::string base_;
  EngineOptions options_;
  RecordingSink sink_;
  std::unique_ptr<LocalEngine> engine_;
};

}  // namespace mingyue::engines::testing
