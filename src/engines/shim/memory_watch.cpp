#include "engines/shim/memory_watch.hpp"

#include <algorithm>

#include "engines/shim/process_tree.hpp"

namespace mingyue::engines {

std::optional<std::size_t> MemoryWatch::look(pid_t supervisor, const std::vector<WatchedTask>& tasks) {
  std::map<pid_t, std::size_t> owners;
  std::map<pid_t, std::size_t> leaders;
  for (std::size_t i = 0; i < tasks.size(); ++i) leaders.emplace(tasks[i].pid, i);

  const auto all = all_processes();
  std::vector<std::int64_t> sizes(tasks.size());
  for (const pid_t pid : descendants(all, supervisor)) {
    const ProcessFact& fact = all.at(pid);
    std::size_t owner = 0;
    if (const auto it = leaders.find(pid); it != leaders.end())
      owner = it->second;
    else if (const auto parent = owners.find(fact.parent); parent != owners.end())
      owner = parent->second;
    else if (const auto before = owners_.find(pid); before != owners_.end())
      owner = before->second;
    else if (const auto session = leaders.find(fact.session); session != leaders.end())
      owner = session->second;
    owners.emplace(pid, owner);
    sizes[owner] += fact.resident;
  }
  owners_ = std::move(owners);

  std::optional<std::size_t> over;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].memory_max > 0 && sizes[i] > tasks[i].memory_max) {
      sizes[i] = 0;
      for (const auto& [pid, owner] : owners_) {
        if (owner != i) continue;
        const std::int64_t size = proportional_size(pid);
        sizes[i] += size >= 0 ? size : all.at(pid).resident;
      }
      if (sizes[i] > tasks[i].memory_max && !over) over = i;
    }
    sum += sizes[i];
  }
  peak_ = std::max(peak_, sum);
  return over;
}

}  // namespace mingyue::engines
