#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/expected.hpp"
#include "drivers/batch.hpp"

namespace mingyue::drivers {

/// Somebody may want a batch to end early. Asked from another thread than the batch's own.
class Cancellation {
 public:
  void ask() {
    const std::lock_guard lock(mutex_);
    asked_ = true;
    news_.notify_all();
  }
  /// Before the next batch.
  void reset() {
    const std::lock_guard lock(mutex_);
    asked_ = false;
  }
  [[nodiscard]] bool asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  /// True as soon as it is asked, false once so much time has passed.
  [[nodiscard]] bool wait(std::chrono::milliseconds time) const {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, time, [this] { return asked_; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  bool asked_ = false;
};

/// A quantum device, as a driver process sees it. One thread calls it. Faults:
///
///   circuit-refused   this device will never run that batch: its text, its size, a gate, a number of shots
///   batch-cancelled   as was asked
///   cannot-calibrate  the device does not do that on demand
///   device-failed     everything else; another device may do better, or this one later
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  [[nodiscard]] virtual Expected<DeviceFacts, Fault> describe() = 0;
  [[nodiscard]] virtual Expected<DeviceStatus, Fault> status() = 0;
  /// Runs the batch to its end.
  [[nodiscard]] virtual Expected<BatchResult, Fault> run(const Batch& batch, const Cancellation& cancellation) = 0;
  /// Has the device measure itself anew, and says what came of it.
  [[nodiscard]] virtual Expected<DeviceFacts, Fault> calibrate() = 0;
  /// Of the calibration in force. Cheap: asked after each batch.
  [[nodiscard]] virtual std::string calibration_id() const = 0;
};

/// Reaches the device that the settings name. Faults: `no-device-library`, `device-refused`, `device-failed`.
using BackendOpener = std::function<Expected<std::unique_ptr<Backend>, Fault>(const DriverSettings&)>;

}  // namespace mingyue::drivers
