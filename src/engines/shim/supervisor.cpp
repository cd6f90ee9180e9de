#include "engines/shim/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "engines/shim/process_tree.hpp"

namespace mingyue::engines {
namespace {

constexpr std::int64_t linger_look_ms = 200;
constexpr std::int64_t week_ms = 7LL * 24 * 3600 * 1000;

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

std::string mebibytes(std::int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

Supervisor::Supervisor(AttemptFolder folder, ShimOrder order, Fd signals, rlimit open_files, SupervisorRole role)
    : folder_(std::move(folder)),
      order_(std::move(order)),
      signals_(std::move(signals)),
      open_files_(open_files),
      role_(role),
      groups_(order_),
      tasks_(order_.tasks.size()) {}

bool Supervisor::run() {
  read_signals();  // an end that was asked for before we listened
  if (!end_) {
    if (const auto trouble = launch()) {
      decide("launch_failed", 0, *trouble);
      kill_now();
    } else {
      (void)open_file(folder_.launched(), O_WRONLY | O_CREAT);
      // The engine watches this file for growth; touching it makes it look here too, without a second watch.
      (void)::utimensat(AT_FDCWD, folder_.progress().c_str(), nullptr, 0);
    }
  }
  loop();
  return finish();
}

// ---------------------------------------------------------------------------------------------------- the loop

void Supervisor::loop() {
  while (phase_ != Phase::done) {
    reap();
    settle();
    if (phase_ == Phase::done) break;
    wait();
    read_signals();
    for (Stream& stream : streams_)
      if (stream.pipe && !drain(stream)) stream.pipe.reset();
    if (terminal_) terminal_->serve([this](std::string_view bytes) { keep(streams_.front(), bytes); });
    keep_limits();
  }
}

void Supervisor::wait() {
  std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
  for (const Stream& stream : streams_)
    if (stream.pipe) fds.push_back({stream.pipe.get(), POLLIN, 0});
  if (terminal_ && !streams_.empty()) terminal_->await(fds);

  std::int64_t next = kill_at_ > 0 ? kill_at_ : INT64_MAX;
  if (phase_ == Phase::running)
    for (const std::int64_t at : {warn_at_, wall_at_, look_at_})
      if (at > 0) next = std::min(next, at);
  const bool lingers = std::ranges::any_of(tasks_, &Task::lingering);
  if (lingers) next = std::min(next, steady_ms() + linger_look_ms);
  const std::int64_t left = next == INT64_MAX ? -1 : std::clamp<std::int64_t>(next - steady_ms(), 0, 3'600'000);
  (void)::poll(fds.data(), fds.size(),
               static_cast<int>(left));  // woken early, late or by EINTR: each round looks at all
}

void Supervisor::read_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == static_cast<unsigned>(command_signal)) {
      if (const auto command = decode_command(info.ssi_ptr)) obey(*command);
    } else {
      hear(static_cast<int>(info.ssi_signo));
    }
  }
}

void Supervisor::hear(int signal) {
  if (phase_ != Phase::running) return;
  heard_ = signal;
  if (signal == SIGTERM && role_.term == SupervisorRole::Term::machine_goes_down) {
    decide("lost", 0, "the supervisor was asked to end: the machine shuts down, or someone ended it");
    stop(order_.term_grace_ms);
  } else if (signal == SIGTERM) {
    decide("ended", 0, "it was asked to end");
    stop(week_ms);
  } else if (role_.signals != SupervisorRole::Signals::ignored && signal != SIGCHLD && signal != SIGCONT &&
             signal != SIGPIPE) {
    signal_tasks(signal);
  }
  heard_ = 0;
}

void Supervisor::obey(ShimCommand command) {
  if (command.kind == ShimCommand::Kind::signal) {
    if (phase_ == Phase::running && command.value > 0 && command.value < NSIG)
      signal_tasks(static_cast<int>(command.value));
    return;
  }
  const std::int64_t grace_ms = std::min(command.value, week_ms);
  if (phase_ == Phase::killing || phase_ == Phase::done) return;
  decide("ended", 0, "ended by the centre");
  // Asked again, perhaps with less patience: the shorter grace counts.
  const std::int64_t before = phase_ == Phase::stopping ? kill_at_ : INT64_MAX;
  stop(grace_ms);
  kill_at_ = std::min(kill_at_, before);
}

void Supervisor::reap() {
  for (;;) {
    int status = 0;
    rusage used{};
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &used);
    if (pid < 0 && errno == EINTR) continue;
    children_left_ = pid == 0;
    if (pid <= 0) return;
    largest_process_ = std::max<std::int64_t>(largest_process_, used.ru_maxrss * 1024);
    const auto task = std::ranges::find_if(tasks_, [pid](const Task& t) { return t.running && t.pid == pid; });
    if (task != tasks_.end()) task_ended(static_cast<std::size_t>(task - tasks_.begin()), status);
  }
}

void Supervisor::task_ended(std::size_t index, int status) {
  Task& task = tasks_[index];
  task.running = false;
  if (role_.term == SupervisorRole::Term::end_is_asked) hear_why(status);
  if (end_ || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) return;
  if (groups_.memory_kills(index) > 0) {
    look_at_memory();
    return;
  }
  const std::string name = "task " + std::to_string(order_.tasks[index].rank);
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    decide("exited", index, name + " exited with code " + std::to_string(code));
    end_->exit_code = code;
  } else {
    const int signal = WTERMSIG(status);
    if (sent_.contains(signal)) {
      task.lingering = true;
      return;
    }
    decide("signalled", index,
           name + " was killed by " + signal_name(signal) + (WCOREDUMP(status) ? " (core dumped)" : ""));
    end_->signal = signal;
  }
  if (task_left()) stop(order_.term_grace_ms);
}

/// Whoever ends a Slurm job tells all its processes at once, and a task may be over before we have heard of it. What
/// looks as if the task had been told waits for that word a moment, lest it be taken for the task's own end.
void Supervisor::hear_why(int status) {
  const bool told = (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ||
                    (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
  const std::int64_t until = steady_ms() + (told ? word_takes_ms : 0);
  read_signals();
  while (!end_ && steady_ms() < until) {
    pollfd ready{signals_.get(), POLLIN, 0};
    (void)::poll(&ready, 1, static_cast<int>(until - steady_ms()));
    read_signals();
  }
}

void Supervisor::keep_limits() {
  const std::int64_t now = steady_ms();
  if (phase_ == Phase::running && warn_at_ > 0 && now >= warn_at_) {
    warn_at_ = 0;
    warned_ = true;
    signal_tasks(order_.checkpoint_signal);
  }
  if (phase_ == Phase::running && wall_at_ > 0 && now >= wall_at_) {
    decide("wall", 0, "over its wall limit of " + std::to_string(order_.wall_ms / 1000) + " s");
    stop(order_.term_grace_ms);
  }
  if (phase_ == Phase::running && look_at_ > 0 && now >= look_at_) {
    look_at_ = now + look_every_ms;
    look_at_memory();
  }
  if (kill_at_ > 0 && now >= kill_at_) kill_now();
}

void Supervisor::look_at_memory() {
  std::optional<std::size_t> over;
  std::vector<WatchedTask> watched;
  bool watch = false;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (groups_.memory_kills(i) > 0 && !over) over = i;
    const std::int64_t limit = groups_.limits_memory(i) ? 0 : order_.tasks[i].memory_max;
    watch = watch || limit > 0;
    watched.push_back({tasks_[i].pid, limit});
  }
  if (!over && watch) over = memory_.look(::getpid(), watched);
  if (!over || end_) return;
  const ShimTask& task = order_.tasks[*over];
  decide("memory", *over,
         "task " + std::to_string(task.rank) + " used more than its " + mebibytes(task.memory_max) + " of memory");
  kill_now();
}

void Supervisor::settle() {
  if (std::ranges::any_of(tasks_, &Task::lingering)) {
    const auto all = all_processes();
    const std::vector<pid_t> below = descendants(all, ::getpid());
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (!tasks_[i].lingering) continue;
      const auto in_session = [&](pid_t pid) {
        return all.at(pid).session == tasks_[i].pid && all.at(pid).state != 'Z';
      };
      if (std::ranges::any_of(below, in_session)) continue;
      tasks_[i].lingering = false;
      const std::string after = warned_ ? " after the signal before its wall limit" : " after the centre's signal";
      decide(warned_ ? "wall" : "ended", i, "task " + std::to_string(order_.tasks[i].rank) + " ended" + after);
      if (task_left() && phase_ == Phase::running) stop(order_.term_grace_ms);
    }
  }
  if (task_left()) return;
  // All tasks are over. Their grace is for the whole tree: a shell dies of SIGTERM at once, while the program that it
  // runs is still writing its checkpoint.
  if (!end_) decide("exited", 0, "");
  if (phase_ == Phase::stopping && children_left_) return;
  if (!children_left_)
    phase_ = Phase::done;
  else if (phase_ != Phase::killing)
    kill_now();
}

// ---------------------------------------------------------------------------------------------------- ending

void Supervisor::decide(std::string cause, std::size_t task, std::string message) {
  if (end_) return;
  end_.emplace();
  end_->cause = std::move(cause);
  end_->task = task < order_.tasks.size() ? order_.tasks[task].rank : 0;
  end_->message = std::move(message);
}

void Supervisor::stop(std::int64_t grace_ms) {
  signal_tasks(SIGTERM);
  signal_tasks(SIGCONT);  // what is stopped cannot hear SIGTERM
  phase_ = Phase::stopping;
  kill_at_ = std::max<std::int64_t>(steady_ms() + grace_ms, 1);
}

void Supervisor::signal_tasks(int signal) {
  sent_.insert(signal);
  if (role_.signals == SupervisorRole::Signals::shared && heard_ == signal) return;
  for (const Task& task : tasks_)
    if (task.running || task.lingering) ::kill(-task.pid, signal);
}

bool Supervisor::task_left() const {
  return std::ranges::any_of(tasks_, [](const Task& task) { return task.running || task.lingering; });
}

void Supervisor::kill_now() {
  phase_ = Phase::killing;
  for (Task& task : tasks_) task.lingering = false;
  // The first time, the group does it in one step; after that, who is left has left the group too.
  const bool again = kill_pause_ms_ > kill_pause_ms_min;
  if (const bool killed = groups_.kill(); !killed || again) kill_descendants(::getpid());
  kill_at_ = steady_ms() + kill_pause_ms_;
  kill_pause_ms_ = std::min<std::int64_t>(kill_pause_ms_ * 2, 1000);
}

bool Supervisor::drain(Stream& stream) {
  char chunk[65536];
  for (int rounds = 0; rounds < 4; ++rounds) {
    const ssize_t n = ::read(stream.pipe.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    keep(stream, {chunk, static_cast<std::size_t>(n)});
  }
  return true;
}

void Supervisor::keep(Stream& stream, std::string_view bytes) {
  stream.store.append(bytes);
  if (stream.also < 0) return;
  OutputFile& also = outputs_[static_cast<std::size_t>(stream.also)];
  if (const auto written = write_all(also.file.get(), bytes); !written) {
    also.dropped += static_cast<std::int64_t>(bytes.size());
    also.trouble = written.error().text();
  }
}

bool Supervisor::finish() {
  // Every process is gone, so what is in the pipes now is all there will ever be. A pipe may still be open in a process
  // outside of the attempt; we do not wait for that one.
  for (Stream& stream : streams_) {
    if (!stream.pipe) continue;
    for (int rounds = 0; rounds < 16; ++rounds)
      if (!drain(stream)) break;
  }
  if (terminal_ && !streams_.empty())
    for (int rounds = 0; rounds < 4; ++rounds)
      terminal_->serve([this](std::string_view bytes) { keep(streams_.front(), bytes); });

  std::int64_t dropped = 0;
  std::string trouble;
  const auto count = [&](std::int64_t bytes, const std::string& why) {
    dropped += bytes;
    if (bytes > 0) trouble = why;
  };
  for (const Stream& stream : streams_) count(stream.store.dropped(), stream.store.trouble());
  for (const OutputFile& also : outputs_) count(also.dropped, also.trouble);
  if (dropped > 0) {
    if (!end_->message.empty()) end_->message += "; ";
    end_->message += std::to_string(dropped) + " bytes of output were dropped: " + trouble;
  }

  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  const auto ms = [](const timeval& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_usec / 1000;
  };
  end_->cpu_ms = std::max(groups_.cpu_ms(), ms(children.ru_utime) + ms(children.ru_stime));
  end_->memory_peak = std::max({groups_.memory_peak(), memory_.peak(), largest_process_});
  groups_.remove();
  if (role_.whole) (void)open_file(folder_.output() + "/complete", O_WRONLY | O_CREAT);

  // The disk may be full in spite of the reserved block; ten minutes of patience, then the engine calls it lost.
  for (int tries = 0; tries < 600; ++tries) {
    if (write_end(folder_, *end_)) {
      if (terminal_) terminal_->finish({end_->exit_code, end_->signal});
      return true;
    }
    ::sleep(1);
  }
  return false;
}

}  // namespace mingyue::engines
