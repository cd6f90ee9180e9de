#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "drivers/driver_process.hpp"

/// What the tests of drivers share: real processes, a folder of their own, and waits that only a broken build reaches.
namespace mingyue::drivers::testing {

inline constexpr auto deadline = std::chrono::seconds(60);

/// A place for one answer.
template <class T>
class Waits {
 public:
  DriverProcess::Answer<T> answer() {
    return [shared = shared_](Expected<T, Fault> came) {
      const std::lock_guard lock(shared->mutex);
      shared->came = std::move(came);
      shared->news.notify_all();
    };
  }
  Expected<T, Fault> get() {
    std::unique_lock lock(shared_->mutex);
    if (!shared_->news.wait_for(lock, deadline, [this] { return shared_->came.has_value(); }))
      throw std::runtime_error("no answer came");
    return *shared_->came;
  }
  [[nodiscard]] bool came() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->came.has_value();
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable news;
    std::optional<Expected<T, Fault>> came;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

/// The states that a driver went through.
class States {
 public:
  void add(DriverState state, const std::optional<Fault>& why) {
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(state, why);
    news_.notify_all();
  }
  /// Waits for the next state of this kind that was not waited for yet; those before it are passed over.
  std::optional<Fault> next(DriverState state) {
    std::unique_lock lock(mutex_);
    for (;;) {
      while (at_ < seen_.size())
        if (const auto& [was, why] = seen_[at_++]; was == state) return why;
      if (news_.wait_for(lock, deadline) == std::cv_status::timeout) throw std::runtime_error("the state did not come");
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::pair<DriverState, std::optional<Fault>>> seen_;
  std::size_t at_ = 0;
};

inline std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Nothing is left of it but, at most, a zombie that its new parent has not reaped.
inline bool is_gone(pid_t pid) {
  const std::string stat = text_of("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t at = stat.rfind(')');
  return at == std::string::npos || stat.size() < at + 3 || stat[at + 2] == 'Z' || stat[at + 2] == 'X';
}

inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

inline const char* const bell =
    "OPENQASM 3; include \"stdgates.inc\"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;";

inline Batch bell_batch(std::string id) {
  Batch batch;
  batch.id = std::move(id);
  batch.shots = 1000;
  batch.seed = 7;
  batch.circuits.push_back({.text = bell, .bits = 2, .sets = {}, .sums = {}});
  return batch;
}

class DriverTest : public ::testing::Test {
 protected:
  DriverTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mingyue-driver-XXXXXX").string();
    base_ = ::mkdtemp(pattern.data());
    options_.settings.device = "aria";
    options_.log = base_ + "/aria.log";
    options_.opens_within = seconds(60);
    options_.answers_within = seconds(60);
    options_.again_after = milliseconds(10);
    options_.again_after_max = milliseconds(40);
    options_.on_state = [this](DriverState state, const std::optional<Fault>& why) { states_.add(state, why); };
  }
  ~DriverTest() override {
    driver_.reset();
    std::filesystem::remove_all(base_);
  }

  DriverProcess& driver() {
    if (!driver_) driver_ = std::make_unique<DriverProcess>(*loop_, options_);
    return *driver_;
  }
  Expected<BatchResult, Fault> run(Batch batch, Duration expected = seconds(60)) {
    Waits<BatchResult> waits;
    driver().run(std::move(batch), expected, waits.answer());
    return waits.get();
  }

  std::string base_;
  std::unique_ptr<DriverLoop> loop_ = std::move(DriverLoop::open().value());
  DriverOptions options_;
  States states_;
  std::unique_ptr<DriverProcess> driver_;
};

}  // namespace mingyue::drivers::testing
