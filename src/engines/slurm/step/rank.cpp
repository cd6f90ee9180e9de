#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "engines/shim/supervisor.hpp"
#include "engines/slurm/step/step.hpp"

namespace mingyue::engines::slurm {
namespace {

rlimit raise_open_files() {
  rlimit given{};
  ::getrlimit(RLIMIT_NOFILE, &given);
  rlimit raised = given;
  raised.rlim_cur = raised.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &raised);
  return given;
}

/// How many cards tasks of lower rank have on this task's node.
std::int64_t cards_before(const ShimOrder& order, std::size_t index, const std::vector<std::string>& hosts) {
  std::int64_t before = 0;
  for (std::size_t i = 0; i < index && index < hosts.size(); ++i) {
    if (hosts[i] != hosts[index]) continue;
    for (const std::string& entry : order.tasks[i].environment)
      if (entry.starts_with("MINGYUE_CARDS=")) before += std::max<std::int64_t>(parse_count(entry.substr(14)), 0);
  }
  return before;
}

}  // namespace

int run_rank(const std::string& path) {
  Fd signals = signals_by_descriptor();
  const AttemptFolder attempt(path);
  auto order = read_order(attempt);
  std::int64_t rank = parse_count(variable("SLURM_PROCID"));
  if (const std::vector<std::string> ranks = read_lines(ranks_path(attempt)); !ranks.empty())
    rank = rank >= 0 && rank < static_cast<std::int64_t>(ranks.size())
               ? parse_count(ranks[static_cast<std::size_t>(rank)])
               : -1;
  if (!order || !signals || rank < 0 || rank >= static_cast<std::int64_t>(order->tasks.size()) ||
      ::chdir(path.c_str()) != 0)
    return exit_trouble;
  const auto index = static_cast<std::size_t>(rank);
  const std::vector<std::string> hosts = read_hosts(attempt);
  ::setenv("MINGYUE_CARDS_BEFORE", std::to_string(cards_before(*order, index, hosts)).c_str(), 1);
  ShimTask task = std::move(order->tasks[index]);
  add_slurm_environment(task, hosts);
  order->tasks.clear();
  order->tasks.push_back(std::move(task));

  // The supervisor's folder is the rank's own; what the tasks write goes where everybody looks for it.
  const AttemptFolder own = rank_folder(attempt, static_cast<std::int32_t>(rank));
  ::mkdir((path + "/ranks").c_str(), 0700);
  ::mkdir(own.path().c_str(), 0700);
  ::mkdir(attempt.output().c_str(), 0700);
  (void)::symlink("../../output", own.output().c_str());
  Supervisor supervisor(
      own, std::move(*order), std::move(signals), raise_open_files(),
      {.term = SupervisorRole::Term::end_is_asked, .signals = SupervisorRole::Signals::shared, .whole = false});
  if (!supervisor.run()) return exit_trouble;
  return status_of(supervisor.end());
}

int supervise_alone(const AttemptFolder& folder, ShimOrder order, Fd signals, bool in_pilot) {
  add_slurm_environment(order.tasks.front(), in_pilot ? std::vector<std::string>{} : read_hosts(folder));
  Supervisor supervisor(folder, std::move(order), std::move(signals), raise_open_files(),
                        {.term = SupervisorRole::Term::end_is_asked,
                         .signals = in_pilot ? SupervisorRole::Signals::ignored : SupervisorRole::Signals::passed_on});
  if (!supervisor.run()) return exit_trouble;
  return status_of(supervisor.end());
}

}  // namespace mingyue::engines::slurm
