#pragma once

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "ports/engine.hpp"

/// What the tests of all engines share: waits with a deadline, a sink that remembers, orders with defaults.
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

  /// Whether the last word on a node was that it can be reached.
  std::optional<bool> last_node(model::NodeId node) {
    const std::lock_guard lock(mutex_);
    std::optional<bool> found;
    for (const auto& report : reports_)
      if (const auto* it = std::get_if<ports::NodeSeen>(&report); it != nullptr && it->node == node)
        found = it->reachable;
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

}  // namespace mingyue::engines::testing
