#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/expected.hpp"
#include "base/time.hpp"
#include "drivers/batch.hpp"
#include "drivers/driver_loop.hpp"

namespace mingyue::drivers {

enum class DriverState : std::uint8_t {
  starting,  ///< the process is being started, or opens its device; requests wait
  ready,
  failed,  ///< it failed, and is started again after a while; requests get `driver-down`
  down,    ///< it failed too often in a row: it stays so until restart() is called
};
DESCRIBE_ENUM(DriverState, starting, ready, failed, down)

struct DriverOptions {
  DriverSettings settings;
  std::string program;  ///< the path of `mingyue-qpu-driver`
  std::string log;      ///< the file of its standard error; empty: none
  std::int64_t log_bytes_max = std::int64_t{1} << 20;

  Duration opens_within = seconds(30);    ///< a session with the device's service
  Duration answers_within = seconds(10);  ///< whatever needs no batch; and what a batch may take beside its own time
  Duration calibrates_within = hours(2);
  /// A simulated or ideal device may take that besides: it must compute what a machine is.
  Duration computes_within = minutes(30);
  std::int64_t patience = 3;  ///< a batch may take so many times what was expected

  Duration again_after = seconds(1);      ///< a failure; twice as long after the next one, and so on,
  Duration again_after_max = minutes(5);  ///< up to this
  int failures_max = 8;                   ///< in a row without a good batch between: then it is down

  /// Called on the loop's thread, with the reason where it failed or is down. Must not wait.
  std::function<void(DriverState, const std::optional<Fault>&)> on_state;
  /// Whenever the device tells its facts: when it was opened, and when its calibration has changed.
  std::function<void(const DeviceFacts&)> on_facts;
};

/// A quantum device behind a process of its own, seen from the centre. A vendor's library that hangs, crashes or makes
/// things up takes down that process and nothing else:
///
///   it ends          the closed socket tells at once: every request that waits for an answer gets `driver-ended`, with
///                    the signal or exit code and the last lines of its standard error
///   it hangs         each request has a deadline, from when the one before it was answered; past it, SIGKILL to the
///                    whole process group, and the request gets `driver-hung`, those behind it `driver-ended`
///   it lies          a result that cannot be true (result_check.hpp) or an answer that cannot be read is not passed
///   on:
///                    the request gets `driver-lied` with what was wrong, and the process is ended as one that hangs
///
/// Then it is started again, after a pause that doubles, until it has failed too often in a row.
///
/// Every call returns at once and may come from any thread. Each callback is called exactly once, on the loop's thread;
/// it must not wait, and may make further calls. Other faults that a callback can get: those of Backend,
/// `driver-down`, and `driver-busy` where 256 requests wait already.
class DriverProcess {
 public:
  template <class T>
  using Answer = std::move_only_function<void(Expected<T, Fault>)>;

  /// Starts the process. The loop must live longer.
  DriverProcess(DriverLoop& loop, DriverOptions options);
  /// Tells it to stop, and ends it with everything below it where it does not within two seconds. What still waits for
  /// an answer gets `driver-ended`. Not from the loop's own thread.
  ~DriverProcess();
  DriverProcess(const DriverProcess&) = delete;
  DriverProcess& operator=(const DriverProcess&) = delete;

  void describe(Answer<DeviceFacts> answer);
  void status(Answer<DeviceStatus> answer);
  /// `expected`: how long the batch should take on our clock. Batches run in the order of asking.
  void run(Batch batch, Duration expected, Answer<BatchResult> answer);
  /// True: the batch was there, and gets `batch-cancelled` unless it is just finished.
  void cancel(const std::string& batch, Answer<bool> answer);
  void calibrate(Answer<DeviceFacts> answer);
  /// Starts it again now where it failed or is down, and forgets how often it failed.
  void restart();

  /// Of the present process, for people; 0: there is none.
  [[nodiscard]] pid_t pid() const;

 private:
  class Inside;
  DriverLoop& loop_;
  /// Shared with what is posted: a callback may ask once more while this is closed, and is refused.
  std::shared_ptr<Inside> inside_;
};

}  // namespace mingyue::drivers
