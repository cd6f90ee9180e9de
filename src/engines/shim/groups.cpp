#include "engines/shim/groups.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ranges>

namespace mingyue::engines {

Groups::Groups(const ShimOrder& order) : tasks_(order.tasks.size()) {
  const ShimGroups& where = order.groups;
  const bool gang = order.tasks.size() > 1;
  const auto folder_of = [gang](const std::string& attempt, const ShimTask& task) {
    return gang ? attempt + "/" + std::to_string(task.rank) : attempt;
  };

  if (!where.unified.empty() && make(where.unified)) {
    unified_ = where.unified;
    if (where.unified_pids && order.processes_max > 0)
      (void)write_control(unified_ + "/pids.max", std::to_string(order.processes_max));
    if (gang && where.unified_memory) (void)write_control(unified_ + "/cgroup.subtree_control", "+memory");
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const std::string folder = folder_of(unified_, order.tasks[i]);
      if (gang && !make(folder)) continue;
      if (auto entry = open_file(folder, O_RDONLY | O_DIRECTORY)) tasks_[i].entry = std::move(*entry);
      if (!where.unified_memory || order.tasks[i].memory_max <= 0) continue;
      if (!write_control(folder + "/memory.max", std::to_string(order.tasks[i].memory_max))) continue;
      (void)write_control(folder + "/memory.swap.max", "0");
      (void)write_control(folder + "/memory.oom.group", "1");
      tasks_[i].unified = folder;
    }
  }
  if (!where.memory.empty() && make(where.memory)) {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (order.tasks[i].memory_max <= 0) continue;
      const std::string folder = folder_of(where.memory, order.tasks[i]);
      const std::string limit = std::to_string(order.tasks[i].memory_max);
      if (gang && !make(folder)) continue;
      if (!write_control(folder + "/memory.limit_in_bytes", limit)) continue;
      (void)write_control(folder + "/memory.memsw.limit_in_bytes", limit);
      tasks_[i].memory = folder;
      tasks_[i].joins.push_back(folder + "/cgroup.procs");
    }
  }
  if (!where.pids.empty() && order.processes_max > 0 && make(where.pids)) {
    if (write_control(where.pids + "/pids.max", std::to_string(order.processes_max)))
      for (Task& task : tasks_) task.joins.push_back(where.pids + "/cgroup.procs");
  }
}

bool Groups::make(const std::string& folder) {
  // A folder of the same name is left from a supervisor that died before it claimed the attempt; it is empty.
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return false;
  folders_.push_back(folder);
  return true;
}

bool Groups::limits_memory(std::size_t task) const {
  return !tasks_[task].unified.empty() || !tasks_[task].memory.empty();
}

std::int64_t Groups::memory_kills(std::size_t task) const {
  std::int64_t kills = 0;
  if (const std::string& folder = tasks_[task].unified; !folder.empty())
    kills = std::max(kills, read_keyed_number(folder + "/memory.events", "oom_kill"));
  if (const std::string& folder = tasks_[task].memory; !folder.empty())
    kills = std::max(kills, read_keyed_number(folder + "/memory.oom_control", "oom_kill"));
  return kills;
}

std::int64_t Groups::memory_peak() const {
  std::int64_t peak = 0;
  for (const Task& task : tasks_) {
    if (!task.unified.empty())
      peak += std::max<std::int64_t>(0, read_number(task.unified + "/memory.peak"));
    else if (!task.memory.empty())
      peak += std::max<std::int64_t>(0, read_number(task.memory + "/memory.max_usage_in_bytes"));
  }
  return peak;
}

std::int64_t Groups::cpu_ms() const {
  if (unified_.empty()) return 0;
  return std::max<std::int64_t>(0, read_keyed_number(unified_ + "/cpu.stat", "usage_usec") / 1000);
}

bool Groups::kill() {
  if (unified_.empty()) return false;
  return write_control(unified_ + "/cgroup.kill", "1").has_value();
}

void Groups::remove() {
  for (Task& task : tasks_) task.entry.reset();
  for (const std::string& folder : std::views::reverse(folders_)) ::rmdir(folder.c_str());
  folders_.clear();
}

namespace {

// Folders of a gang's tasks lie one level below the attempt's.
bool remove_group(const std::string& folder) {
  if (folder.empty() || ::rmdir(folder.c_str()) == 0 || errno == ENOENT) return true;
  DIR* dir = ::opendir(folder.c_str());
  if (dir == nullptr) return false;
  while (const dirent* entry = ::readdir(dir))
    if (parse_count(entry->d_name) >= 0) ::rmdir((folder + "/" + entry->d_name).c_str());
  ::closedir(dir);
  return ::rmdir(folder.c_str()) == 0;
}

}  // namespace

bool clear_groups(const ShimGroups& groups) {
  if (!groups.unified.empty()) (void)write_control(groups.unified + "/cgroup.kill", "1");
  const bool unified = remove_group(groups.unified);
  const bool memory = remove_group(groups.memory);
  const bool pids = remove_group(groups.pids);
  return unified && memory && pids;
}

}  // namespace mingyue::engines
