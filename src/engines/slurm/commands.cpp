#include "engines/slurm/commands.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

extern char** environ;

namespace mingyue::engines::slurm {
namespace {

constexpr std::size_t out_max = 512U << 20U;

/// Ours, with what makes Slurm's programs print what is read here, whatever a person has set.
std::vector<std::string> environment() {
  std::vector<std::string> list;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const bool of_a_format = entry.starts_with("SQUEUE_") || entry.starts_with("SINFO_") ||
                             entry.starts_with("SACCT_") || entry.starts_with("SCANCEL_") ||
                             entry.starts_with("SLURM_TIME_FORMAT=") || entry.starts_with("LC_ALL=");
    if (!of_a_format) list.emplace_back(entry);
  }
  list.emplace_back("LC_ALL=C");
  list.emplace_back("SLURM_TIME_FORMAT=%s");
  return list;
}

/// Reads what is there; false at the end.
bool drain(Fd& pipe, std::string& text) {
  char chunk[65536];
  for (;;) {
    const ssize_t n = ::read(pipe.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return false;
    if (text.size() < out_max) text.append(chunk, static_cast<std::size_t>(n));
  }
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

Commands::~Commands() {
  for (const auto& child : children_) {
    if (child->pid <= 0) continue;
    ::kill(child->pid, SIGKILL);
    ::waitpid(child->pid, nullptr, 0);
  }
}

void Commands::run(std::vector<std::string> words, int timeout_ms, Done done) {
  auto child = std::make_unique<Child>();
  child->name = words.front();
  child->done = std::move(done);
  child->until = steady_ms() + timeout_ms;
  begin(*child, std::move(words));
  children_.push_back(std::move(child));
}

void Commands::begin(Child& child, std::vector<std::string> words) {
  int out[2];
  int error[2];
  if (::pipe2(out, O_CLOEXEC) != 0) {
    child.error_text = "no pipe left: " + Errno{errno}.text();
    return;
  }
  child.out = Fd(out[0]);
  const Fd out_end(out[1]);
  if (::pipe2(error, O_CLOEXEC) != 0) {
    child.error_text = "no pipe left: " + Errno{errno}.text();
    child.out.reset();
    return;
  }
  child.error = Fd(error[0]);
  const Fd error_end(error[1]);
  for (const Fd* fd : {&child.out, &child.error}) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out_end.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, error_end.get(), 2);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  if (!folder_.empty()) words.front().insert(0, folder_ + "/");
  std::vector<std::string> variables = environment();
  const int result = ::posix_spawnp(&child.pid, words.front().c_str(), &actions, &attributes, pointers(words).data(),
                                    pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (result != 0) {
    child.pid = 0;
    child.error_text = "cannot be run: " + Errno{result}.text();
    child.out.reset();
    child.error.reset();
  }
}

void Commands::await(std::vector<pollfd>& fds) const {
  for (const auto& child : children_)
    for (const Fd* fd : {&child->out, &child->error})
      if (*fd) fds.push_back({fd->get(), POLLIN, 0});
}

std::int64_t Commands::due() const {
  std::int64_t due = INT64_MAX;
  for (const auto& child : children_) due = std::min(due, child->out || child->error ? child->until : 0);
  return due;
}

void Commands::work() {
  std::vector<std::unique_ptr<Child>> ended;
  for (auto& child : children_) {
    if (child->out && !drain(child->out, child->out_text)) child->out.reset();
    if (child->error && !drain(child->error, child->error_text)) child->error.reset();
    if (!child->killed && child->pid > 0 && steady_ms() >= child->until) {
      child->killed = true;
      ::kill(child->pid, SIGKILL);
    }
    if (!child->out && !child->error) ended.push_back(std::move(child));
  }
  std::erase(children_, nullptr);
  for (const auto& child : ended) {
    CommandResult result;
    int status = 0;
    // Both pipes are closed, so it is about to end, if it has not.
    if (child->pid > 0 && ::waitpid(child->pid, &status, 0) == child->pid && WIFEXITED(status) && !child->killed)
      result.status = WEXITSTATUS(status);
    result.out = std::move(child->out_text);
    if (result.status != 0) {
      while (child->error_text.ends_with('\n')) child->error_text.pop_back();
      result.trouble = child->name + ": " + (child->killed ? "did not answer in time" : child->error_text);
    }
    child->done(result);
  }
}

CommandResult run_command(const std::string& folder, std::vector<std::string> words, int timeout_ms) {
  Commands commands(folder);
  std::optional<CommandResult> result;
  commands.run(std::move(words), timeout_ms, [&result](const CommandResult& r) { result = r; });
  while (!result) {
    std::vector<pollfd> fds;
    commands.await(fds);
    const std::int64_t left = std::clamp<std::int64_t>(commands.due() - steady_ms(), 0, 1000);
    (void)::poll(fds.data(), fds.size(), static_cast<int>(left));
    commands.work();
  }
  return *result;
}

}  // namespace mingyue::engines::slurm
