#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"
#include "engines/shim/order.hpp"

/// Starting one process of an attempt.
namespace mingyue::engines {

/// What a task's process gets from its supervisor.
struct TaskSetting {
  const ShimTask& task;
  std::string workdir;
  std::string script_path;  ///< of the written script; empty when the task has a command
  int input = -1;
  int output = -1;
  int error = -1;
  bool terminal = false;           ///< `input` becomes the controlling terminal
  int group_entry = -1;            ///< v2 group to be born in; -1: none
  std::vector<std::string> joins;  ///< v1 groups to enter
  bool spared_by_oom = false;      ///< as the daemon may be when memory runs out; a task is not
  rlimit open_files{};             ///< the limit to give back
};

struct StartedTask {
  pid_t pid = 0;
  Fd outcome;  ///< end of file once the program runs; else what went wrong
};

/// Forks the process: leader of its own session and process group. The message is for people.
[[nodiscard]] Expected<StartedTask, std::string> start_task(const TaskSetting& setting);

/// Waits until the program of a started task runs, or says why it does not.
[[nodiscard]] Expected<void, std::string> await_program(const StartedTask& started, const TaskSetting& setting);

}  // namespace mingyue::engines
