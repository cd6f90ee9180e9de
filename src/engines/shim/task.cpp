#include "engines/shim/task.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mingyue::engines {
namespace {

enum class Stage : int { group, input, folder, program };

struct Failure {
  Stage stage;
  int error;
};

struct Program {
  std::vector<std::string> candidates;  ///< paths to try, in order
  std::vector<std::string> arguments;
};

std::string variable(const ShimTask& task, std::string_view name) {
  for (const std::string& entry : task.environment)
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  return {};
}

Program program_of(const TaskSetting& setting) {
  if (!setting.script_path.empty()) {
    if (setting.task.script.starts_with("#!")) return {{setting.script_path}, {setting.script_path}};
    const std::string shell = exists("/bin/bash") ? "/bin/bash" : "/bin/sh";
    return {{shell}, {shell, setting.script_path}};
  }
  const std::string& name = setting.task.command.front();
  if (name.find('/') != std::string::npos) return {{name}, setting.task.command};
  Program program{{}, setting.task.command};
  const std::string path = variable(setting.task, "PATH");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string folder = path.substr(at, end - at);
    program.candidates.push_back((folder.empty() ? "." : folder) + "/" + name);
    at = end + 1;
  }
  return program;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));  // NOLINT: execve's signature
  list.push_back(nullptr);
  return list;
}

[[noreturn]] void give_up(int outcome, Stage stage, int error) {
  const Failure failure{stage, error};
  (void)!::write(outcome, &failure, sizeof failure);
  ::_exit(127);
}

// execvp's rules: a missing candidate is passed over, one that may not be run is remembered. A folder of PATH that we
// may not search (root's own, for the rest of us) holds nothing.
int run(const Program& program, char* const* arguments, char* const* environment) {
  int trouble = ENOENT;
  for (const std::string& candidate : program.candidates) {
    ::execve(candidate.c_str(), arguments, environment);
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) continue;
    if (error != EACCES) return error;
    if (program.candidates.size() == 1 || exists(candidate)) trouble = EACCES;
  }
  return trouble;
}

// What a daemon's parent ignored (nohup, a shell's background) must not reach the programs: Ctrl-C and cancel would
// miss them.
void reset_signals() {
  for (int number = 1; number < 32; ++number) ::signal(number, SIG_DFL);  // KILL and STOP are refused, harmlessly
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void pin(const std::vector<std::int32_t>& cpus) {
  if (cpus.empty()) return;
  const int highest = *std::ranges::max_element(cpus);
  cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(highest) + 1);
  if (set == nullptr) return;
  const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(highest) + 1);
  CPU_ZERO_S(size, set);
  for (const std::int32_t cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), size, set);
  // A core that is offline by now leaves the task unpinned, which is better than not run.
  (void)::sched_setaffinity(0, size, set);
  CPU_FREE(set);
}

[[noreturn]] void become(const TaskSetting& setting, const Program& program, pid_t parent, int outcome) {
  // With its supervisor, the task dies: no limit would be kept any more. The engine looks for the rest of the tree.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::setsid();
  for (const std::string& join : setting.joins)
    if (const auto joined = write_control(join, "0"); !joined) give_up(outcome, Stage::group, joined.error().number);
  if (setting.terminal && ::ioctl(setting.input, TIOCSCTTY, 0) != 0) give_up(outcome, Stage::input, errno);
  pin(setting.task.cpus);
  if (setting.spared_by_oom) (void)write_control("/proc/self/oom_score_adj", "0");
  if (::dup2(setting.input, 0) < 0 || ::dup2(setting.output, 1) < 0 || ::dup2(setting.error, 2) < 0)
    give_up(outcome, Stage::input, errno);
  if (::chdir(setting.workdir.c_str()) != 0) give_up(outcome, Stage::folder, errno);
  ::setrlimit(RLIMIT_NOFILE, &setting.open_files);
  const std::vector<char*> arguments = pointers(program.arguments);
  const std::vector<char*> environment = pointers(setting.task.environment);
  reset_signals();
  give_up(outcome, Stage::program, run(program, arguments.data(), environment.data()));
}

// Like fork(), but born in its control group where there is a v2 one: nothing runs outside of it, not even for a
// moment.
pid_t fork_into(int group_entry) {
  if (group_entry < 0) return ::fork();
  clone_args arguments{};
  arguments.flags = CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<std::uint64_t>(group_entry);
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

std::string task_name(const TaskSetting& setting) { return "task " + std::to_string(setting.task.rank); }

std::string explain(const Failure& failure, const TaskSetting& setting) {
  const std::string why = Errno{failure.error}.text();
  switch (failure.stage) {
    case Stage::group:
      return task_name(setting) + ": cannot enter its control group: " + why;
    case Stage::input:
      return task_name(setting) + ": cannot set up its input and output: " + why;
    case Stage::folder:
      return task_name(setting) + ": working folder \"" + setting.workdir + "\": " + why;
    case Stage::program:
      break;
  }
  if (!setting.script_path.empty()) {
    const std::string first = setting.task.script.substr(0, std::min<std::size_t>(setting.task.script.find('\n'), 80));
    return task_name(setting) + ": cannot run the script (its first line is \"" + first + "\"): " + why;
  }
  const std::string& name = setting.task.command.front();
  if (failure.error == ENOENT && name.find('/') == std::string::npos)
    return task_name(setting) + ": program \"" + name + "\" is not in PATH (" + variable(setting.task, "PATH") + ")";
  if (failure.error == ENOEXEC)
    return task_name(setting) + ": \"" + name + "\" is not a program: " + why +
           "; a script needs a first line such as #!/bin/sh";
  return task_name(setting) + ": cannot run \"" + name + "\" in \"" + setting.workdir + "\": " + why;
}

}  // namespace

Expected<StartedTask, std::string> start_task(const TaskSetting& setting) {
  if (setting.script_path.empty() && setting.task.command.empty())
    return std::unexpected(task_name(setting) + ": neither a script nor a command");
  const Program program = program_of(setting);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return std::unexpected(task_name(setting) + ": no pipe left: " + Errno{errno}.text());
  Fd outcome(ends[0]);
  const Fd told(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = fork_into(setting.group_entry);
  if (pid == 0) become(setting, program, parent, told.get());
  if (pid < 0) return std::unexpected(task_name(setting) + ": no process left: " + Errno{errno}.text());
  return StartedTask{pid, std::move(outcome)};
}

Expected<void, std::string> await_program(const StartedTask& started, const TaskSetting& setting) {
  Failure failure{};
  ssize_t n = 0;
  do n = ::read(started.outcome.get(), &failure, sizeof failure);
  while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof failure)) return std::unexpected(explain(failure, setting));
  return {};
}

}  // namespace mingyue::engines
