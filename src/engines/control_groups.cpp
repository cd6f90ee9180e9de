#include "engines/control_groups.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "engines/shim/files.hpp"
#include "engines/spawn.hpp"

namespace mingyue::engines {
namespace {

constexpr std::string_view own_leaf = "/mingyue-daemon";
constexpr std::int64_t probe_limit_bytes = 8 << 20;
constexpr std::int64_t probe_touch_bytes = 64 << 20;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool contains(std::string_view list, char separator, std::string_view word) {
  const auto words = split(list, separator);
  return std::ranges::find(words, word) != words.end();
}

struct Mount {
  std::string point;
  std::string root;
};

/// The folder of a group that /proc/self/cgroup names, seen through a mount that may show only a part of the hierarchy.
std::string folder_in(const Mount& mount, std::string_view group) {
  if (mount.root != "/" && group.starts_with(mount.root)) group.remove_prefix(mount.root.size());
  std::string folder = mount.point;
  if (group.starts_with('/') && group != "/" && !group.starts_with("/..")) folder += group;
  return folder;
}

/// Runs the shim's probe in a fresh group; its wait status, or -1.
int probe(const std::string& shim, const std::vector<std::string>& arguments) {
  const auto started = spawn(shim, arguments);
  if (!started) return -1;
  int status = -1;
  while (::waitpid(*started, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return status;
}

/// A folder that exists for the length of a trial.
class Trial {
 public:
  explicit Trial(std::string folder) : folder_(std::move(folder)) {
    made_ = ::mkdir(folder_.c_str(), 0755) == 0 || errno == EEXIST;
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    // A process that was just killed may hold the folder for a moment longer.
    for (int tries = 0; made_ && tries < 100 && ::rmdir(folder_.c_str()) != 0 && errno == EBUSY; ++tries)
      ::usleep(1000);
  }
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string file(std::string_view name) const { return folder_ + "/" + std::string(name); }

 private:
  std::string folder_;
  bool made_ = false;
};

bool memory_holds(const Trial& trial, const std::string& limit_file, const std::string& swap_file,
                  const std::string& shim) {
  if (!trial.made() || !write_control(trial.file(limit_file), std::to_string(probe_limit_bytes))) return false;
  (void)write_control(trial.file(swap_file), swap_file.ends_with("swap.max") ? "0" : std::to_string(probe_limit_bytes));
  const int status = probe(shim, {"--probe-memory", trial.file("cgroup.procs"), std::to_string(probe_touch_bytes)});
  return status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool processes_hold(const Trial& trial, const std::string& shim) {
  if (!trial.made() || !write_control(trial.file("pids.max"), "1")) return false;
  const int status = probe(shim, {"--probe-processes", trial.file("cgroup.procs")});
  return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

bool kills(const Trial& trial, const std::string& shim) {
  if (!trial.made() || !write_control(trial.file("cgroup.kill"), "1")) return false;
  const int status = probe(shim, {"--probe-memory", trial.file("cgroup.procs"), "0"});
  return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A group of v2 has processes or limits its children, not both: we step aside into a leaf.
void enable_controllers(const std::string& folder) {
  const auto offered = read_file(folder + "/cgroup.controllers", 4096);
  if (!offered) return;
  std::string wanted;
  for (const char* controller : {"memory", "pids"}) {
    std::string_view list = *offered;
    while (list.ends_with('\n')) list.remove_suffix(1);
    if (contains(list, ' ', controller)) wanted += (wanted.empty() ? "+" : " +") + std::string(controller);
  }
  if (wanted.empty() || write_control(folder + "/cgroup.subtree_control", wanted)) return;
  const std::string leaf = folder + std::string(own_leaf);
  ::mkdir(leaf.c_str(), 0755);
  if (!write_control(leaf + "/cgroup.procs", "0")) return;
  if (write_control(folder + "/cgroup.subtree_control", wanted)) return;
  // Others are in the group beside us (an ordinary login session): it is not ours to arrange, so we go back.
  (void)write_control(folder + "/cgroup.procs", "0");
  ::rmdir(leaf.c_str());
}

}  // namespace

ShimGroups ControlGroups::of_attempt(const std::string& name) const {
  const auto below = [&name](const std::string& folder) { return folder.empty() ? folder : folder + "/" + name; };
  return {.unified = below(unified),
          .unified_memory = unified_memory,
          .unified_pids = unified_pids,
          .memory = below(memory),
          .pids = below(pids)};
}

ControlGroups mounted_groups(std::string_view mounts, std::string_view memberships) {
  std::map<std::string, Mount> by_controller;  // "" is v2
  for (const std::string_view line : split(mounts, '\n')) {
    // 36 35 98:0 ROOT POINT OPTIONS [FIELDS ...] - TYPE SOURCE OPTIONS
    const auto fields = split(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (fields.size() < 5 || fields.end() - dash < 4) continue;
    const Mount mount{.point = std::string(fields[4]), .root = std::string(fields[3])};
    if (dash[1] == "cgroup2") by_controller.try_emplace("", mount);
    if (dash[1] != "cgroup") continue;
    for (const char* controller : {"memory", "pids"})
      if (contains(dash[3], ',', controller)) by_controller.try_emplace(controller, mount);
  }

  ControlGroups groups;
  for (const std::string_view line : split(memberships, '\n')) {
    // 4:memory:/some/group, or 0::/some/group for v2
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string_view group = line.substr(second + 1);
    if (group.ends_with(own_leaf))
      group.remove_suffix(own_leaf.size());  // where an earlier engine of this process put us
    const auto place = [&](const std::string& controller, std::string& folder) {
      const auto mount = by_controller.find(controller);
      if (mount != by_controller.end()) folder = folder_in(mount->second, group);
    };
    if (controllers.empty()) place("", groups.unified);
    if (contains(controllers, ',', "memory")) place("memory", groups.memory);
    if (contains(controllers, ',', "pids")) place("pids", groups.pids);
  }
  return groups;
}

ControlGroups tried_groups(ControlGroups groups, const std::string& shim, const std::string& name) {
  if (!groups.unified.empty()) {
    enable_controllers(groups.unified);
    const Trial trial(groups.unified + "/" + name);
    groups.unified_memory = memory_holds(trial, "memory.max", "memory.swap.max", shim);
    groups.unified_pids = processes_hold(trial, shim);
    if (!kills(trial, shim)) groups.unified.clear();
    if (groups.unified.empty()) groups.unified_memory = groups.unified_pids = false;
  }
  if (!groups.memory.empty()) {
    const Trial trial(groups.memory + "/" + name);
    const bool holds = memory_holds(trial, "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", shim);
    if (groups.unified_memory || !holds) groups.memory.clear();
  }
  if (!groups.pids.empty()) {
    const Trial trial(groups.pids + "/" + name);
    const bool holds = processes_hold(trial, shim);
    if (groups.unified_pids || !holds) groups.pids.clear();
  }
  return groups;
}

}  // namespace mingyue::engines
