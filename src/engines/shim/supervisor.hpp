#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engines/shim/attempt_folder.hpp"
#include "engines/shim/command.hpp"
#include "engines/shim/groups.hpp"
#include "engines/shim/memory_watch.hpp"
#include "engines/shim/order.hpp"
#include "engines/shim/output_store.hpp"
#include "engines/shim/task.hpp"
#include "engines/shim/terminal.hpp"

/// Runs one attempt from its first process to its last, whether the daemon lives or not. Its life:
///
///   1. launch   all tasks are started, or none stays;
///   2. running  until the end is decided: a task failed, all succeeded, a limit was reached, or the engine asked;
///   3. stopping SIGTERM has been sent; the rest of the tree has its grace;
///   4. killing  SIGKILL to whatever is left, until there is no process below us;
///   5. finish   the last output is drained, the control groups are gone, the end is written.
///
/// The first thing that decides the end is the end; what follows from it (tasks dying of our SIGTERM) is not.
namespace mingyue::engines {

/// Who else is there while a supervisor works. By default nobody: the engine started it, and speaks to it alone.
struct SupervisorRole {
  /// What SIGTERM to the supervisor means: the machine goes down; or whoever runs the attempt wants it to end, and will
  /// kill what takes too long.
  enum class Term { machine_goes_down, end_is_asked } term = Term::machine_goes_down;
  /// Other signals that it gets: not for it; for the tasks, which do not get them otherwise; or sent to every process,
  /// so that the tasks have them too.
  enum class Signals { ignored, passed_on, shared } signals = Signals::ignored;
  /// It supervises all tasks of the attempt: its end is the end of the output.
  bool whole = true;
};

class Supervisor {
 public:
  Supervisor(AttemptFolder folder, ShimOrder order, Fd signals, rlimit open_files, SupervisorRole role = {});
  /// Returns when nothing is left and the end is written; false when it could not be written.
  bool run();
  /// Once it has run.
  [[nodiscard]] const EndRecord& end() const { return *end_; }

 private:
  enum class Phase { running, stopping, killing, done };

  struct Task {
    pid_t pid = 0;
    bool running = false;
    /// Its first process died of a signal that we sent (a shell that does not handle USR1), but the program in it still
    /// writes its checkpoint: the task is not over before its session is empty.
    bool lingering = false;
  };

  struct Stream {
    Fd pipe;
    OutputStore store;
    int also = -1;  ///< index in outputs_
  };

  struct OutputFile {
    Fd file;
    std::int64_t dropped = 0;
    std::string trouble;
  };

  std::optional<std::string> launch();
  std::optional<std::string> start(std::size_t index, std::vector<TaskSetting>& settings,
                                   std::vector<StartedTask>& started);
  std::optional<std::string> open_output(const ShimTask& task, int& index);
  Expected<std::string, std::string> write_script(const ShimTask& task);

  void loop();
  void wait();
  void read_signals();
  void obey(ShimCommand command);
  void hear(int signal);
  void reap();
  void task_ended(std::size_t index, int status);
  void hear_why(int status);
  void keep_limits();
  void look_at_memory();
  void settle();

  void decide(std::string cause, std::size_t task, std::string message);
  void stop(std::int64_t grace_ms);
  void signal_tasks(int signal);
  [[nodiscard]] bool task_left() const;
  void kill_now();

  /// Reads what is there, a bounded amount; false at the end.
  bool drain(Stream& stream);
  void keep(Stream& stream, std::string_view bytes);
  bool finish();

  AttemptFolder folder_;
  ShimOrder order_;
  Fd signals_;
  rlimit open_files_;
  SupervisorRole role_;
  Groups groups_;
  MemoryWatch memory_;
  std::unique_ptr<Terminal> terminal_;

  std::vector<Task> tasks_;
  std::vector<Stream> streams_;
  std::vector<OutputFile> outputs_;
  std::map<std::string, int> output_index_;
  std::map<std::string, std::string> script_paths_;

  Phase phase_ = Phase::running;
  std::optional<EndRecord> end_;
  std::set<int> sent_;   ///< signals that we sent to the tasks
  int heard_ = 0;        ///< the signal that we are hearing just now
  bool warned_ = false;  ///< of the wall limit
  bool children_left_ = true;
  std::int64_t largest_process_ = 0;  ///< bytes

  // Instants of steady_ms(); 0: never.
  std::int64_t warn_at_ = 0;
  std::int64_t wall_at_ = 0;
  std::int64_t look_at_ = 0;
  std::int64_t kill_at_ = 0;
  static constexpr std::int64_t look_every_ms = 1000;
  static constexpr std::int64_t word_takes_ms = 300;
  static constexpr std::int64_t kill_pause_ms_min = 20;
  std::int64_t kill_pause_ms_ = kill_pause_ms_min;
};

}  // namespace mingyue::engines
