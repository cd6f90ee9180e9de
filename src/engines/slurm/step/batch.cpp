#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>

#include "engines/slurm/hostlist.hpp"
#include "engines/slurm/step/step.hpp"

extern char** environ;

namespace mingyue::engines::slurm {
namespace {

/// `2(x3),1`: how many tasks on each node.
std::vector<std::int64_t> counts_of(std::string_view text) {
  std::vector<std::int64_t> counts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::int64_t times = 1;
    if (const std::size_t open = item.find("(x"); open != std::string_view::npos && item.ends_with(')')) {
      times = parse_count(item.substr(open + 2, item.size() - open - 3));
      item = item.substr(0, open);
    }
    const std::int64_t count = parse_count(item);
    if (count < 0 || times < 0 || counts.size() + static_cast<std::size_t>(times) > hostlist_max) return {};
    counts.insert(counts.end(), static_cast<std::size_t>(times), count);
  }
  return counts;
}

/// Where Slurm chose the nodes, they become known here: in blocks, in the order of its list.
std::vector<std::string> hosts_of_slurm(std::size_t tasks) {
  std::vector<std::string> hosts;
  const auto nodes = expand_hostlist(variable("SLURM_JOB_NODELIST"));
  const std::vector<std::int64_t> counts = counts_of(variable("SLURM_TASKS_PER_NODE"));
  if (!nodes) return hosts;
  for (std::size_t i = 0; i < nodes->size() && i < counts.size(); ++i)
    for (std::int64_t k = 0; k < counts[i] && hosts.size() < tasks; ++k) hosts.push_back((*nodes)[i]);
  if (hosts.size() < tasks && nodes->size() == 1) hosts.assign(tasks, nodes->front());
  return hosts;
}

Expected<void, Errno> write_hosts(const AttemptFolder& folder, const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += host + "\n";
  return write_file_atomically(hosts_path(folder), text);
}

/// Of one component of the job: tasks on each node (0: unknown), and CPUs of each task (0: they differ).
struct Shape {
  std::int64_t tasks = 0;
  std::int64_t cpus = 0;
};

std::vector<Shape> shapes_of(std::string_view text) {
  std::vector<Shape> shapes;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, end);
    const std::size_t colon = std::min(item.find(':'), item.size() - 1);
    shapes.push_back({std::max<std::int64_t>(parse_count(item.substr(0, colon)), 0),
                      std::max<std::int64_t>(parse_count(item.substr(colon + 1)), 0)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shapes;
}

std::string own_program() {
  char own[4096];
  const ssize_t length = ::readlink("/proc/self/exe", own, sizeof own);
  return length <= 0 || length == static_cast<ssize_t>(sizeof own) ? std::string()
                                                                   : std::string(own, static_cast<std::size_t>(length));
}

void add_common(std::vector<std::string>& words, const Shape& shape) {
  words.emplace_back("--mem=0");  // all that the job has
  words.push_back(shape.cpus > 0 ? "--cpus-per-task=" + std::to_string(shape.cpus) : "--cpu-bind=none");
  if (const auto mpi = variable("MINGYUE_STEP_MPI"); !mpi.empty()) words.push_back("--mpi=" + std::string(mpi));
}

/// One component: Slurm's ranks are ours, in whatever order we want them.
std::vector<std::string> words_of_one(const AttemptFolder& folder, const Shape& shape,
                                      const std::vector<std::string>& hosts) {
  const std::set<std::string> nodes(hosts.begin(), hosts.end());
  std::vector<std::string> words{"--ntasks=" + std::to_string(hosts.size()), "--nodes=" + std::to_string(nodes.size()),
                                 "--distribution=arbitrary"};
  add_common(words, shape);
  words.insert(words.end(), {own_program(), "rank", folder.path()});
  ::setenv("SLURM_HOSTFILE", hosts_path(folder).c_str(), 1);
  return words;
}

/// Several: Slurm counts through one component after the other, and in each through the nodes. Which of our ranks each
/// of its ranks is, is written down for run_rank(). Empty when that cannot be done.
std::vector<std::string> words_of_several(const AttemptFolder& folder, const std::vector<Shape>& shapes,
                                          const std::vector<std::string>& hosts) {
  std::vector<std::string> words;
  std::string order;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto nodes = expand_hostlist(variable(("SLURM_JOB_NODELIST_HET_GROUP_" + std::to_string(i)).c_str()));
    if (!nodes) return {};
    for (const std::string& node : *nodes)
      for (std::size_t rank = 0; rank < hosts.size(); ++rank)
        if (hosts[rank] == node) order += std::to_string(rank) + "\n";
    const std::int64_t tasks = shapes[i].tasks * static_cast<std::int64_t>(nodes->size());
    if (i > 0) words.emplace_back(":");
    words.insert(words.end(), {"--het-group=" + std::to_string(i), "--ntasks=" + std::to_string(tasks),
                               "--ntasks-per-node=" + std::to_string(shapes[i].tasks)});
    add_common(words, shapes[i]);
    words.insert(words.end(), {own_program(), "rank", folder.path()});
  }
  if (!write_file_atomically(ranks_path(folder), order)) return {};
  return words;
}

struct Started {
  pid_t pid = 0;
  int error = 0;
};

Started start_srun(const AttemptFolder& folder, const std::vector<std::string>& hosts) {
  std::vector<Shape> shapes = shapes_of(variable("MINGYUE_STEP_SHAPES"));
  if (shapes.empty()) shapes.emplace_back();
  std::vector<std::string> words{"srun", "--kill-on-bad-exit=1", "--wait=0", "--input=none", "--output=none"};
  const std::vector<std::string> more =
      shapes.size() == 1 ? words_of_one(folder, shapes.front(), hosts) : words_of_several(folder, shapes, hosts);
  if (more.empty()) return {0, EINVAL};
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  for (const char* name : {"SLURM_CPUS_PER_TASK", "SLURM_MEM_PER_CPU", "SLURM_MEM_PER_NODE", "SLURM_NTASKS_PER_NODE",
                           "SLURM_DISTRIBUTION"})
    ::unsetenv(name);  // of the batch script's allocation, which srun would take for wishes
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, (folder.path() + "/srun.log").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  Started started;
  started.error = ::posix_spawnp(&started.pid, "srun", &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return started;
}

/// All ranks run once each has said so. Looks at those that had not, a little less often each time.
bool all_launched(const AttemptFolder& folder, std::size_t tasks, std::size_t& known) {
  while (known < tasks && exists(rank_folder(folder, static_cast<std::int32_t>(known)).launched())) ++known;
  return known == tasks;
}

/// Follows srun to its end. Signals are for the tasks, which Slurm sends them to itself.
int follow(const AttemptFolder& folder, pid_t srun, const Fd& signals, std::size_t tasks, bool& asked_to_end) {
  std::size_t known = 0;
  bool launched = false;
  int pause_ms = 10;
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(srun, &status, WNOHANG);
    if (pid == srun || (pid < 0 && errno == ECHILD)) return status;
    if (!launched && all_launched(folder, tasks, known)) {
      launched = true;
      (void)open_file(folder.launched(), O_WRONLY | O_CREAT);
    }
    pollfd wait{signals.get(), POLLIN, 0};
    (void)::poll(&wait, 1, launched ? 60'000 : pause_ms);
    pause_ms = std::min(pause_ms * 5 / 4 + 1, 1000);
    signalfd_siginfo info{};
    while (::read(signals.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      if (info.ssi_signo == SIGTERM) asked_to_end = true;
  }
}

std::string last_line_of(const std::string& path) {
  auto text = read_file(path, 1U << 20U);
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  const std::size_t from = text->rfind('\n');
  return from == std::string::npos ? *text : text->substr(from + 1);
}

/// The rank that decided: the first that failed by itself; those that were asked to end only followed.
EndRecord end_of_ranks(const AttemptFolder& folder, const ShimOrder& order, bool asked_to_end) {
  EndRecord whole{.cause = "exited"};
  std::int64_t first_ns = INT64_MAX;
  std::size_t missing = 0;
  bool asked = false;
  std::int64_t cpu_ms = 0;
  std::int64_t peak = 0;
  for (const ShimTask& task : order.tasks) {
    const AttemptFolder own = rank_folder(folder, task.rank);
    const auto end = read_end(own);
    if (!end) {
      ++missing;
      continue;
    }
    cpu_ms += end->cpu_ms;
    peak += end->memory_peak;
    if (end->cause == "ended") asked = true;
    if (end->cause == "ended" || (end->cause == "exited" && end->exit_code == 0)) continue;
    struct stat status {};
    (void)::stat(own.end().c_str(), &status);
    const std::int64_t at = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (at >= first_ns) continue;
    first_ns = at;
    whole = *end;
  }
  if (first_ns == INT64_MAX && (asked || asked_to_end)) {
    whole.cause = "ended";
    whole.message = "it was asked to end";
  } else if (first_ns == INT64_MAX && missing == order.tasks.size()) {
    whole.cause = "launch_failed";
    whole.message = "srun started no task: " + last_line_of(folder.path() + "/srun.log");
  } else if (first_ns == INT64_MAX && missing > 0) {
    whole.cause = "lost";
    whole.message = std::to_string(missing) + " tasks left no word: " + last_line_of(folder.path() + "/srun.log");
  }
  whole.cpu_ms = cpu_ms;
  whole.memory_peak = peak;
  return whole;
}

int run_with_srun(const AttemptFolder& folder, const ShimOrder& order, const Fd& signals,
                  const std::vector<std::string>& hosts) {
  ::mkdir(folder.output().c_str(), 0700);
  ::mkdir((folder.path() + "/ranks").c_str(), 0700);
  if (order.workdir_is_fresh) ::mkdir(order.workdir.c_str(), 0700);
  const Started srun = start_srun(folder, hosts);
  EndRecord end{.cause = "launch_failed"};
  if (srun.error != 0) {
    end.message = "srun cannot be run: " + Errno{srun.error}.text();
  } else {
    bool asked_to_end = false;
    (void)follow(folder, srun.pid, signals, order.tasks.size(), asked_to_end);
    end = end_of_ranks(folder, order, asked_to_end);
  }
  (void)open_file(folder.output() + "/complete", O_WRONLY | O_CREAT);
  for (int tries = 0; tries < 600; ++tries) {
    if (write_end(folder, end)) return status_of(end);
    ::sleep(1);
  }
  return exit_trouble;
}

}  // namespace

int run_batch(const std::string& path) {
  Fd signals = signals_by_descriptor();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const AttemptFolder folder(path);
  if (!signals || ::chdir(path.c_str()) != 0) return exit_trouble;
  const auto claimed = claim_for_job(folder);
  if (!claimed) return exit_trouble;
  if (!*claimed) return exit_not_mine;
  reserve_end(folder);
  auto order = read_order(folder);
  if (!order) {
    (void)write_end(folder, {.cause = "launch_failed", .message = "the order cannot be read"});
    return exit_trouble;
  }
  std::vector<std::string> hosts = read_hosts(folder);
  if (hosts.size() != order->tasks.size()) {
    hosts = hosts_of_slurm(order->tasks.size());
    if (hosts.size() != order->tasks.size() || !write_hosts(folder, hosts)) {
      (void)write_end(folder, {.cause = "launch_failed", .message = "Slurm does not say where its tasks are to run"});
      return exit_trouble;
    }
  }
  if (order->tasks.size() == 1) return supervise_alone(folder, std::move(*order), std::move(signals), false);
  return run_with_srun(folder, *order, signals, hosts);
}

}  // namespace mingyue::engines::slurm
