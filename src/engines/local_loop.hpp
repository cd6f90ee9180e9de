#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "engines/attempt_disk.hpp"
#include "engines/local_engine.hpp"
#include "engines/order_builder.hpp"
#include "engines/progress_tail.hpp"
#include "engines/shim/command.hpp"

namespace mingyue::engines {

/// The one thread of the local engine. It waits for three things at once: requests, the ends of shims (pidfd), and the
/// growth of progress files (inotify); and it has a timer for each attempt that needs one.
///
/// The heart is settle(): it reads the state of an attempt from its folder and does what that state asks for. Every
/// event only leads there, so an event that comes twice, late or for nothing does no harm, and a restart is nothing
/// special.
///
/// In four files: local_loop.cpp waits, local_requests.cpp is asked, local_attempts.cpp acts, local_reports.cpp tells.
class LocalEngine::Loop {
 public:
  Loop(EngineOptions options, Machine machine, Fd root_lock, ports::ReportSink& sink);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  [[nodiscard]] Expected<void, Errno> start();

  struct Signal {
    model::AttemptId attempt;
    int signal;
  };
  struct End {
    model::AttemptId attempt;
    Duration grace;
  };
  struct Forget {
    model::AttemptId attempt;
  };
  struct Reconcile {
    std::vector<model::AttemptId> standing;
  };
  using Request = std::variant<model::LaunchOrder, Signal, End, Forget, Reconcile>;
  void post(Request request);

  [[nodiscard]] const EngineOptions& options() const { return options_; }
  [[nodiscard]] const Machine& machine() const { return machine_; }

 private:
  struct Attempt {
    Attempt(model::AttemptId name, AttemptFolder where) : id(name), folder(std::move(where)), tail(folder.progress()) {}

    model::AttemptId id;
    AttemptFolder folder;
    ProgressTail tail;
    pid_t pid = 0;
    Fd shim;                            ///< pidfd; empty: not followed
    bool spawned = false;               ///< by us, in this session: the shim is our child
    int shim_status = 0;                ///< of our child, once it ended
    int watch = -1;                     ///< of inotify on the progress file
    std::vector<ShimCommand> commands;  ///< not delivered yet: the shim has no number we know

    bool unwanted = false;                      ///< not in the log: ended and forgotten without a word
    bool launched = false;                      ///< reported
    bool ended = false;                         ///< reported, waits for forget()
    std::optional<model::Progress> step;        ///< read, and held back
    std::optional<model::Progress> checkpoint;  ///< likewise
    std::int64_t step_at = 0;                   ///< when the present second of reports began
    int told = 0;                               ///< reports in it
    int clearings = 0;                          ///< of what a dead shim left

    std::int64_t hang_after_ms = 0;
    std::uint64_t voice = 0;  ///< a digest of how far output and progress have come
    std::int64_t heard_at = 0;
    bool silent = false;  ///< reported

    // Instants of steady_ms() at which to do something; 0: never.
    std::int64_t settle_at = 0;
    std::int64_t look_at = 0;    ///< where inotify does not
    std::int64_t listen_at = 0;  ///< for silence
    std::int64_t due = 0;        ///< the earliest of all, as entered in due_
  };

  void run();
  [[nodiscard]] bool take_requests();
  void wait();
  void read_watches();
  void wake_due();

  void perform(const model::LaunchOrder& order);
  void perform(const Signal& request);
  void perform(const End& request);
  void perform(const Forget& request);
  void perform(const Reconcile& request);

  Attempt& add(model::AttemptId id);
  void remove(Attempt& attempt);
  void settle(Attempt& attempt);
  void begin(Attempt& attempt, const model::LaunchOrder& order);
  void follow(Attempt& attempt);
  void unfollow(Attempt& attempt);
  void shim_ended(Attempt& attempt);
  void command(Attempt& attempt, ShimCommand command);
  void deliver(Attempt& attempt);
  void give_up_on(Attempt& attempt, const std::string& cause, const std::string& message);
  void look(Attempt& attempt, bool at_end = false);
  void listen(Attempt& attempt);
  void conclude(Attempt& attempt, const EndRecord& end);
  void progressed(Attempt& attempt, model::Progress progress);
  void tell_held_back(Attempt& attempt);
  void enter_due(Attempt& attempt);
  void report(const Attempt& attempt, ports::EngineReport report);
  [[nodiscard]] AttemptFolder folder_of(model::AttemptId id) const;

  static constexpr std::int64_t look_every_ms = 1000;

  EngineOptions options_;
  Machine machine_;
  Fd root_lock_;
  ports::ReportSink& sink_;
  Fd poll_;
  Fd wake_;
  Fd watches_;

  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Request> requests_;  ///< guarded by mutex_, like stopping_
  bool stopping_ = false;

  std::map<model::AttemptId, Attempt> attempts_;
  std::map<int, model::AttemptId> by_shim_;
  std::map<int, model::AttemptId> by_watch_;
  std::set<std::pair<std::int64_t, model::AttemptId>> due_;
  std::thread thread_;
};

}  // namespace mingyue::engines
