#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>

#include "engines/slurm/step/step.hpp"

extern char** environ;

namespace mingyue::engines::slurm {
namespace {

/// What Slurm and its MPI plugins say to a process; not what the person's shell happened to hold.
bool is_of_slurm(std::string_view name) {
  for (const std::string_view prefix : {"SLURM_", "SLURMD_", "PMI_", "PMIX_", "PMI2_", "OMPI_MCA_"})
    if (name.starts_with(prefix)) return true;
  return false;
}

constexpr const char* card_variables[] = {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL",
                                          "ZE_AFFINITY_MASK"};

std::int64_t cards_of(const ShimTask& task) {
  for (const std::string& entry : task.environment)
    if (entry.starts_with("MINGYUE_CARDS=")) return std::max<std::int64_t>(parse_count(entry.substr(14)), 0);
  return 0;
}

/// Items `first` to `first + count` of a list with commas; the whole where it is shorter.
std::string slice(std::string_view list, std::int64_t first, std::int64_t count) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    items.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  if (static_cast<std::int64_t>(items.size()) < first + count)
    first = 0, count = static_cast<std::int64_t>(items.size());
  std::string text;
  for (std::int64_t i = first; i < first + count; ++i) {
    if (i > first) text += ',';
    text += items[static_cast<std::size_t>(i)];
  }
  return text;
}

}  // namespace

Expected<bool, Errno> claim_for_job(const AttemptFolder& folder) {
  const std::string job(variable("SLURM_JOB_ID"));
  const std::string node(variable("SLURMD_NODENAME"));
  // link() refuses an existing name on every file system, NFS too, and the name appears with its content.
  const std::string temporary = folder.started() + "." + job + "." + node + "." + std::to_string(::getpid());
  {
    TRY(file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
    CHECK_OK(write_all(file.get(), "job " + job + "\nnode " + node + "\npid " + std::to_string(::getpid()) + "\n"));
  }
  const int error = ::link(temporary.c_str(), folder.started().c_str()) == 0 ? 0 : errno;
  ::unlink(temporary.c_str());
  if (error == EEXIST) return false;
  if (error != 0) return std::unexpected(Errno{error});
  return true;
}

Fd signals_by_descriptor() {
  sigset_t all;
  ::sigfillset(&all);
  for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS}) ::sigdelset(&all, fatal);
  for (int number = 1; number < 32; ++number) ::signal(number, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Fd(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::optional<ShimOrder> read_order(const AttemptFolder& folder) {
  const auto bytes = read_file(folder.order(), 1U << 30U);
  auto order = bytes ? decode_order(*bytes) : std::nullopt;
  if (order && order->tasks.empty()) order.reset();
  return order;
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::vector<std::string> read_hosts(const AttemptFolder& folder) { return read_lines(hosts_path(folder)); }

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  const auto text = read_file(path);
  if (!text) return lines;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

void add_slurm_environment(ShimTask& task, const std::vector<std::string>& hosts) {
  std::map<std::string, std::string> variables;
  for (const std::string& entry : task.environment) {
    const std::size_t equals = std::min(entry.find('='), entry.size() - 1);
    variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos && is_of_slurm(entry.substr(0, equals)))
      variables[std::string(entry.substr(0, equals))] = entry.substr(equals + 1);
  }
  variables.erase("SLURM_HOSTFILE");  // srun's, for this step; not for what the program starts
  variables.erase("SLURM_DISTRIBUTION");
  variables.erase("SLURM_ARBITRARY_NODELIST");
  // Which of the node's cards are ours is Slurm's to say. Tasks of one step share what the step has on the node: each
  // takes its own, in the order of ranks.
  const std::int64_t cards = cards_of(task);
  for (const char* name : card_variables) {
    const std::string_view given = variable(name);
    if (given.empty()) continue;
    variables[name] =
        cards == 0 ? std::string()
                   : slice(given, std::max<std::int64_t>(parse_count(variable("MINGYUE_CARDS_BEFORE")), 0), cards);
  }
  if (!hosts.empty()) {
    if (hosts.size() > 1) variables["MASTER_ADDR"] = hosts.front();
    std::string names;
    for (const std::string& host : hosts) names += (names.empty() ? "" : ",") + host;
    if (names.size() <= 32768) variables["MINGYUE_NODES"] = names;
  }
  task.environment.clear();
  for (const auto& [name, value] : variables) task.environment.emplace_back(name).append("=").append(value);
}

int status_of(const EndRecord& end) {
  if (end.cause == "exited") return end.exit_code;
  if (end.cause == "signalled") return 128 + end.signal;
  return 1;
}

}  // namespace mingyue::engines::slurm
