#pragma once

#include <sys/types.h>

#include <atomic>
#include <list>
#include <set>

#include "drivers/driver_log.hpp"
#include "drivers/driver_process.hpp"
#include "drivers/driver_spawn.hpp"
#include "drivers/driver_wire.hpp"

namespace mingyue::drivers {

/// What of a DriverProcess lives on the loop's thread. Everything but the constructor and pid() is called there.
///
/// In two files: driver_inside.cpp is the life of the process, driver_talk.cpp the talk with it.
class DriverProcess::Inside {
 public:
  Inside(DriverLoop& loop, DriverOptions options);

  // The life.
  void start();
  void restart();
  /// `gone` is called once the process is no more; nothing may be called afterwards.
  void close(std::function<void()> gone);
  [[nodiscard]] pid_t pid() const { return pid_.load(); }

  // The talk.

  /// Is given what came: the body of the answer, or why there is none. Says what was wrong with the body, if anything;
  /// the one who asked has then been told.
  using Take = std::move_only_function<std::optional<std::string>(Expected<std::string, Fault>)>;
  struct Question {
    Verb verb = Verb::status;
    std::string body;
    std::string what;  ///< for messages: `run of batch vqe-7`
    Duration allowed;
    std::size_t answer_bytes_max = facts_bytes_max;
    Take take;
  };
  void ask(Question question);
  void ask_facts(Verb verb, Duration allowed, Answer<DeviceFacts> answer);
  void ask_status(Answer<DeviceStatus> answer);
  void ask_run(Batch batch, Duration expected, Answer<BatchResult> answer);
  void ask_cancel(std::string batch, Answer<bool> answer);

  [[nodiscard]] const DriverOptions& options() const { return options_; }

 private:
  struct Outstanding {
    std::uint64_t number = 0;
    Question question;
  };

  void open_device();
  void set_state(DriverState state, const std::optional<Fault>& why = {});
  /// The process is no use any more: everyone who waits is told, and it is killed.
  void give_up(Fault why);
  void fail_all(const Fault& why);
  void kill_group();
  void process_ended();
  void let_go();
  void plan_restart(Fault why);
  void socket_closed();

  void read_socket();
  void read_errors();
  void take_frame(Frame frame);
  void take_unasked(const Frame& frame);
  void keep_facts(const DeviceFacts& facts);
  void lied(const std::string& sentence);
  void write(std::string bytes);
  void flush();
  void watch_deadline();
  [[nodiscard]] std::string name() const;

  DriverLoop& loop_;
  DriverOptions options_;
  DriverLog log_;
  DriverState state_ = DriverState::starting;
  int failures_ = 0;
  Fault last_failure_;
  std::function<void()> gone_;  ///< set: it is being closed

  // Of the present process.
  std::atomic<pid_t> pid_ = 0;
  DriverChild child_;
  DriverLoop::WatchId socket_watch_ = 0;
  DriverLoop::WatchId ended_watch_ = 0;
  DriverLoop::WatchId errors_watch_ = 0;
  DriverLoop::TimerId timer_ = 0;     ///< of the first request's deadline, or of the restart
  DriverLoop::TimerId farewell_ = 0;  ///< after which a process that should have ended is killed
  std::optional<Fault> why_;          ///< it was given up
  FrameReader reader_{facts_bytes_max};
  std::string unsent_;
  std::size_t sent_ = 0;  ///< bytes of unsent_
  bool waits_to_write_ = false;
  std::set<std::string> calibrations_;

  std::list<Outstanding> outstanding_;  ///< in the order in which the driver does them
  std::uint64_t last_number_ = 0;
};

}  // namespace mingyue::drivers
