#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engines/shim/files.hpp"

/// Slurm's own programs, run without a shell: squeue, sinfo, sacct, scontrol, scancel.
namespace mingyue::engines::slurm {

struct CommandResult {
  int status = -1;  ///< exit code; -1: not run, killed, or out of time
  std::string out;
  std::string trouble;  ///< in words, when the status is not 0
};

/// Runs programs side by side on one thread, which polls.
class Commands {
 public:
  using Done = std::function<void(const CommandResult&)>;
  /// `folder` of the programs; empty: found by PATH.
  explicit Commands(std::string folder) : folder_(std::move(folder)) {}
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  void run(std::vector<std::string> words, int timeout_ms, Done done);
  /// Adds what to wait for.
  void await(std::vector<pollfd>& fds) const;
  /// The next instant of steady_ms() at which one is out of time; INT64_MAX: none.
  [[nodiscard]] std::int64_t due() const;
  /// Reads what is there, and calls what is done.
  void work();
  [[nodiscard]] std::size_t under_way() const { return children_.size(); }

 private:
  struct Child {
    std::string name;
    pid_t pid = 0;
    Fd out;
    Fd error;
    std::string out_text;
    std::string error_text;
    std::int64_t until = 0;
    bool killed = false;
    Done done;
  };
  void begin(Child& child, std::vector<std::string> words);

  std::string folder_;
  std::vector<std::unique_ptr<Child>> children_;
};

/// The same for a caller that waits.
[[nodiscard]] CommandResult run_command(const std::string& folder, std::vector<std::string> words, int timeout_ms);

}  // namespace mingyue::engines::slurm
