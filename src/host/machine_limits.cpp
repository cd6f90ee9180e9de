#include "host/machine_limits.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "host/probe.hpp"

namespace mingyue::host {
namespace {

/// One hierarchy: where it is mounted, which of its folders is mounted there, and what it controls.
struct Mount {
  std::string point;
  std::string root;
  bool unified = false;
  std::string controllers;  ///< `cpu,cpuacct`; empty for version 2
};

bool names(std::string_view list, std::string_view controller) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == controller) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// `31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu`
std::vector<Mount> mounts(const std::string& root) {
  std::vector<Mount> found;
  const std::string text = read_text(root + "/proc/self/mountinfo").value_or("");
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_of(line);
    const auto dash = std::ranges::find(words, "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const std::string_view type = *(dash + 1);
    if (type != "cgroup" && type != "cgroup2") continue;
    found.push_back({.point = std::string(words[4]),
                     .root = std::string(words[3]),
                     .unified = type == "cgroup2",
                     .controllers = type == "cgroup2" ? std::string() : std::string(*(dash + 3))});
  }
  return found;
}

/// The group of this process in that hierarchy: `4:memory:/a/b`, or `0::/a/b` for version 2.
std::string group_in(const std::string& membership, const Mount& mount, std::string_view controller) {
  for (const std::string_view line : lines_of(membership)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view list = line.substr(first + 1, second - first - 1);
    if (mount.unified ? list.empty() : names(list, controller)) return std::string(line.substr(second + 1));
  }
  return "/";
}

/// The group's folder and those above it, up to the mount.
std::vector<std::string> folders(const std::string& root, const Mount& mount, std::string group) {
  // In a container the mount begins at the container's own group; what is outside cannot be seen.
  if (mount.root != "/") {
    if (group.starts_with(mount.root))
      group.erase(0, mount.root.size());
    else
      group.clear();
  }
  std::vector<std::string> found;
  while (!group.empty() && group != "/") {
    found.push_back(root + mount.point + group);
    group.erase(group.find_last_of('/'));
  }
  found.push_back(root + mount.point);
  return found;
}

void lower(std::optional<std::int64_t>& limit, std::int64_t value) { limit = std::min(limit.value_or(value), value); }

/// `200000 100000`, or `max 100000`.
void read_cpu_max(const std::string& path, std::optional<std::int64_t>& limit) {
  const std::string text = read_text(path).value_or("");
  const auto words = words_of(lines_of(text).empty() ? std::string_view() : lines_of(text).front());
  if (words.size() < 2) return;
  std::int64_t quota = 0;
  std::int64_t period = 0;
  const bool has_quota = std::from_chars(words[0].data(), words[0].data() + words[0].size(), quota).ec == std::errc{};
  const bool has_period = std::from_chars(words[1].data(), words[1].data() + words[1].size(), period).ec == std::errc{};
  if (has_quota && has_period && quota > 0 && period > 0) lower(limit, quota * 1'000 / period);
}

// Version 1 says "no limit" with a number near 2^63.
constexpr std::int64_t no_limit = std::int64_t{1} << 60;

}  // namespace

GroupLimits group_limits(const std::string& root) {
  GroupLimits limits;
  const std::string membership = read_text(root + "/proc/self/cgroup").value_or("");
  for (const Mount& mount : mounts(root)) {
    if (mount.unified || names(mount.controllers, "memory")) {
      for (const std::string& folder : folders(root, mount, group_in(membership, mount, "memory"))) {
        const auto bytes = read_number(folder + (mount.unified ? "/memory.max" : "/memory.limit_in_bytes"));
        if (bytes && *bytes > 0 && *bytes < no_limit) lower(limits.memory_bytes, *bytes);
      }
    }
    if (mount.unified) {
      for (const std::string& folder : folders(root, mount, group_in(membership, mount, "cpu")))
        read_cpu_max(folder + "/cpu.max", limits.cpu_millicores);
    } else if (names(mount.controllers, "cpu")) {
      for (const std::string& folder : folders(root, mount, group_in(membership, mount, "cpu"))) {
        const auto quota = read_number(folder + "/cpu.cfs_quota_us");
        const auto period = read_number(folder + "/cpu.cfs_period_us");
        if (quota && period && *quota > 0 && *period > 0) lower(limits.cpu_millicores, *quota * 1'000 / *period);
      }
    }
  }
  return limits;
}

}  // namespace mingyue::host
