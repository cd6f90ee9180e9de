#include "engines/shim/process_tree.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "engines/shim/attempt_folder.hpp"
#include "engines/shim/files.hpp"

namespace mingyue::engines {
namespace {

template <class Visit>
void for_each_pid(Visit&& visit) {
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return;
  while (const dirent* entry = ::readdir(proc)) {
    const std::int64_t pid = parse_count(entry->d_name);
    if (pid > 0) visit(static_cast<pid_t>(pid));
  }
  ::closedir(proc);
}

bool read_fact(pid_t pid, ProcessFact& fact) {
  static const long page = ::sysconf(_SC_PAGESIZE);
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!stat) return false;
  const std::size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return false;
  long parent = 0;
  long session = 0;
  long pages = 0;
  unsigned long long start = 0;
  // Fields 3 (state), 4 (parent), 6 (session), 22 (start time), 24 (resident pages).
  const int read =
      std::sscanf(stat->c_str() + name_end + 1,
                  " %c %ld %*d %ld %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu %*u %ld",
                  &fact.state, &parent, &session, &start, &pages);
  if (read != 5) return false;
  fact.parent = static_cast<pid_t>(parent);
  fact.session = static_cast<pid_t>(session);
  fact.start_time = start;
  fact.resident = pages * page;
  return true;
}

// A number may be somebody else's by now: the handle pins the process down, then the start time says whether it is the
// one.
void send(pid_t pid, std::uint64_t start_time, int signal) {
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle) {
    if (errno == ENOSYS) ::kill(pid, signal);
    return;
  }
  if (process_start_time(pid) == start_time) ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0);
}

bool has_marks(pid_t pid, const std::vector<std::string>& marks) {
  const auto environment = read_file("/proc/" + std::to_string(pid) + "/environ", 4U << 20U);
  if (!environment) return false;
  const std::string text = '\0' + *environment + '\0';
  return std::ranges::all_of(
      marks, [&](const std::string& mark) { return text.find('\0' + mark + '\0') != std::string::npos; });
}

}  // namespace

std::map<pid_t, ProcessFact> all_processes() {
  std::map<pid_t, ProcessFact> all;
  for_each_pid([&](pid_t pid) {
    ProcessFact fact;
    if (read_fact(pid, fact)) all.emplace(pid, fact);
  });
  return all;
}

std::vector<pid_t> descendants(const std::map<pid_t, ProcessFact>& all, pid_t root) {
  std::multimap<pid_t, pid_t> children;
  for (const auto& [pid, fact] : all) children.emplace(fact.parent, pid);
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [begin, end] = children.equal_range(found[i]);
    for (auto it = begin; it != end; ++it) found.push_back(it->second);
  }
  found.erase(found.begin());
  return found;
}

int kill_descendants(pid_t root) {
  // A fork bomb is stopped before it is killed. 64 looks are enough for any tree that is not growing on purpose; the
  // caller calls again in any case.
  std::map<pid_t, std::uint64_t> stopped;
  for (int look = 0; look < 64; ++look) {
    bool found_new = false;
    const auto all = all_processes();
    for (const pid_t pid : descendants(all, root)) {
      const ProcessFact& fact = all.at(pid);
      if (fact.state == 'Z' || !stopped.emplace(pid, fact.start_time).second) continue;
      send(pid, fact.start_time, SIGSTOP);
      found_new = true;
    }
    if (!found_new) break;
  }
  for (const auto& [pid, start_time] : stopped) send(pid, start_time, SIGKILL);
  return static_cast<int>(stopped.size());
}

int kill_marked(const std::vector<std::string>& marks) {
  const auto all = all_processes();
  std::map<pid_t, std::uint64_t> doomed;
  for (const auto& [pid, fact] : all) {
    if (fact.state == 'Z' || pid == ::getpid() || !has_marks(pid, marks)) continue;
    doomed.emplace(pid, fact.start_time);
    for (const pid_t below : descendants(all, pid))
      if (all.at(below).state != 'Z') doomed.emplace(below, all.at(below).start_time);
  }
  for (const auto& [pid, start_time] : doomed) send(pid, start_time, SIGSTOP);
  for (const auto& [pid, start_time] : doomed) send(pid, start_time, SIGKILL);
  return static_cast<int>(doomed.size());
}

std::int64_t proportional_size(pid_t pid) {
  const auto rollup = read_file("/proc/" + std::to_string(pid) + "/smaps_rollup", 16384);
  if (!rollup) return -1;
  const std::size_t at = rollup->find("\nPss:");
  if (at == std::string::npos) return -1;
  return std::strtoll(rollup->c_str() + at + 5, nullptr, 10) * 1024;
}

}  // namespace mingyue::engines
