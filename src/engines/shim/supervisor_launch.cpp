// The supervisor's first act: all tasks are started, or none stays.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engines/shim/supervisor.hpp"

namespace mingyue::engines {

std::optional<std::string> Supervisor::launch() {
  ::mkdir(folder_.output().c_str(), 0700);
  if (const std::string& folder = order_.checkpoint_folder; !folder.empty()) {
    const bool made = ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST;
    if (!made) return "checkpoint folder \"" + folder + "\": " + Errno{errno}.text();
  }
  if (order_.workdir_is_fresh && ::mkdir(order_.workdir.c_str(), 0700) != 0 && errno != EEXIST)
    return "working folder \"" + order_.workdir + "\": " + Errno{errno}.text();
  if (order_.terminal) {
    terminal_ = std::make_unique<Terminal>();
    if (const auto opened = terminal_->open(); !opened) return opened.error();
  }
  const auto input = open_file("/dev/null", O_RDONLY);
  if (!input) return "/dev/null: " + input.error().text();

  const auto adjustment = read_file("/proc/self/oom_score_adj", 16);
  const bool spared = adjustment && adjustment->starts_with('-');
  std::vector<TaskSetting> settings;
  std::vector<StartedTask> started;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    settings.push_back({.task = order_.tasks[i],
                        .workdir = order_.workdir,
                        .input = input->get(),
                        .terminal = order_.terminal,
                        .group_entry = groups_.entry(i),
                        .joins = groups_.joins(i),
                        .spared_by_oom = spared,
                        .open_files = open_files_});
    if (auto trouble = start(i, settings, started)) return trouble;
  }
  for (std::size_t i = 0; i < started.size(); ++i)
    if (const auto runs = await_program(started[i], settings[i]); !runs) return runs.error();

  const std::int64_t now = steady_ms();
  if (order_.wall_ms > 0) {
    wall_at_ = now + order_.wall_ms;
    if (order_.checkpoint_signal > 0 && order_.checkpoint_grace_ms > 0)
      warn_at_ = wall_at_ - std::min(order_.checkpoint_grace_ms, order_.wall_ms);
  }
  look_at_ = now + look_every_ms;
  return std::nullopt;
}

std::optional<std::string> Supervisor::start(std::size_t index, std::vector<TaskSetting>& settings,
                                             std::vector<StartedTask>& started) {
  const ShimTask& task = order_.tasks[index];
  TaskSetting& setting = settings.back();
  if (!task.script.empty()) {
    auto path = write_script(task);
    if (!path) return path.error();
    setting.script_path = std::move(*path);
  }
  int also = -1;
  if (auto trouble = open_output(task, also)) return trouble;

  // A terminal has one stream; else two pipes, whose other ends are closed here once the task has them.
  Fd task_ends[2];
  const std::string base = folder_.output() + "/" + std::to_string(task.rank);
  if (terminal_) {
    setting.input = setting.output = setting.error = terminal_->task_side();
    streams_.push_back({Fd(), OutputStore(base + ".out", order_.output_bytes_max), also});
  } else {
    for (int i = 0; i < 2; ++i) {
      int ends[2];
      if (::pipe2(ends, O_CLOEXEC) != 0)
        return "task " + std::to_string(task.rank) + ": no pipe left: " + Errno{errno}.text();
      task_ends[i] = Fd(ends[1]);
      ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
      streams_.push_back({Fd(ends[0]), OutputStore(base + (i == 0 ? ".out" : ".err"), order_.output_bytes_max), also});
    }
    setting.output = task_ends[0].get();
    setting.error = task_ends[1].get();
  }
  auto process = start_task(setting);
  if (!process) return process.error();
  tasks_[index].pid = process->pid;
  tasks_[index].running = true;
  started.push_back(std::move(*process));
  return std::nullopt;
}

std::optional<std::string> Supervisor::open_output(const ShimTask& task, int& index) {
  if (task.output.empty()) return std::nullopt;
  const std::string path = task.output.starts_with('/') ? task.output : order_.workdir + "/" + task.output;
  if (const auto it = output_index_.find(path); it != output_index_.end()) {
    index = it->second;
    return std::nullopt;
  }
  auto file = open_file(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY, 0666);
  if (!file) return "output file \"" + path + "\": " + file.error().text();
  index = static_cast<int>(outputs_.size());
  outputs_.push_back({std::move(*file), 0, {}});
  output_index_.emplace(path, index);
  return std::nullopt;
}

// The shim writes the script, not the engine: a program file that any thread of a daemon has open for writing while
// another forks cannot be run (ETXTBSY). Here nothing runs beside us. Equal scripts are one file.
Expected<std::string, std::string> Supervisor::write_script(const ShimTask& task) {
  const auto [it, is_new] = script_paths_.try_emplace(task.script);
  if (!is_new) return it->second;
  ::mkdir(folder_.scripts().c_str(), 0700);
  it->second = folder_.scripts() + "/" + std::to_string(script_paths_.size());
  if (const auto written = write_file_atomically(it->second, task.script, 0700); !written)
    return std::unexpected("script \"" + it->second + "\": " + written.error().text());
  return it->second;
}

}  // namespace mingyue::engines
