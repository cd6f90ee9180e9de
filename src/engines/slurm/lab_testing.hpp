#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "engines/output_file.hpp"
#include "engines/report_testing.hpp"
#include "engines/slurm/slurm_engine.hpp"

/// Tests against a real Slurm: a cluster of four nodes on this machine (tests/support/slurm/slurm-lab), started once
/// for all tests of the program, and gone with it however it ends.
namespace mingyue::engines::slurm {

/// An end, with its message where it is another one.
MATCHER_P(exit_code_is, code, "") {
  *result_listener << "cause " << static_cast<int>(arg.cause) << ", code " << arg.exit_code << ": " << arg.message;
  return arg.cause == model::EndCause::exited && arg.exit_code == code;
}
MATCHER_P(cause_is, cause, "") {
  *result_listener << "cause " << static_cast<int>(arg.cause) << ", code " << arg.exit_code << ": " << arg.message;
  return arg.cause == cause;
}

/// The cluster. Null where it cannot be: then `why_no_lab()` says why.
class Lab {
 public:
  static Lab* get();
  static const std::string& why_not();
  ~Lab();

  /// A verb of slurm-lab; true when it succeeded.
  bool verb(const std::string& words);
  /// After slurmctld was killed: it forgets the newest jobs and gives their numbers again, which the nodes refuse, or
  /// for which it drains them (`Duplicate jobid`). Skips those numbers, waits until no node runs anything, and resumes
  /// the drained, as an operator would.
  void settle();
  [[nodiscard]] bool controller_was_killed() const { return controller_was_killed_; }
  /// What a command of Slurm's prints.
  [[nodiscard]] std::string ask(const std::string& command) const;
  [[nodiscard]] model::Engine engine(const std::string& shared) const;

 private:
  Lab() = default;
  bool up();
  bool controller_was_killed_ = false;
  std::int64_t highest_number_ = 0;  ///< that settle() has seen
  std::string dir_;
  std::string net_;
  int alive_ = -1;  ///< the pipe whose writer we are
};

class LabTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  SlurmEngine& open();
  SlurmEngine& engine() { return engine_ ? *engine_ : open(); }
  /// As after a restart of the daemon: a new engine, and nothing heard yet.
  void restart(const std::vector<model::AttemptId>& standing);

  /// One task of one core on a node, as account `nobody`.
  testing::OrderBuilder order(std::uint64_t job, const std::string& node = "node1");
  /// A gang: the node of each rank.
  testing::OrderBuilder gang(std::uint64_t job, const std::vector<std::string>& nodes);

  model::AttemptEnd run(const model::LaunchOrder& order);
  model::AttemptEnd end_of(model::AttemptId id, int deadline_ms = 120'000);
  [[nodiscard]] bool launched(model::AttemptId id);
  [[nodiscard]] std::string output(model::AttemptId id, std::int32_t task = 0);
  [[nodiscard]] std::string folder(model::AttemptId id) const { return base_ + "/" + model::print(id); }
  /// Slurm's job of an attempt, or 0.
  [[nodiscard]] std::int64_t job_of(model::AttemptId id) const;
  /// Waits until NodeSeen says so of a node (node1 is NodeId 1).
  [[nodiscard]] bool node_seen(std::uint32_t node, bool reachable, int deadline_ms = 90'000);

  Lab* lab_ = nullptr;
  std::string base_;
  SlurmOptions options_;
  std::unique_ptr<testing::RecordingSink> sink_ = std::make_unique<testing::RecordingSink>();
  std::unique_ptr<SlurmEngine> engine_;
};

}  // namespace mingyue::engines::slurm
