#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "base/units.hpp"
#include "model/engine.hpp"
#include "ports/engine.hpp"

/// Runs attempts as jobs of a Slurm cluster. Slurm is spoken to by slurmrestd and by its own programs; nothing of it is
/// linked. Each attempt is one job of Slurm's, submitted as the person's own account, or runs in a pilot: a job that
/// the engine holds and fills with short attempts. docs/engines/slurm.md tells how, and why no attempt runs twice.
///
///     SHARED/4711.2/           the attempt: order, claim, end, output/, work/; belongs to the account
///     SHARED/checkpoints/4711  the job's own folder, which outlives its attempts; likewise
///     SHARED/records/4711.2    what the engine knows of it; its own
///     SHARED/bin/              the program that runs on the nodes
///
/// Its life is that of every engine (ports/engine.hpp). To destroy it leaves everything running.
namespace mingyue::engines::slurm {

/// Short attempts of one account on one node share one of Slurm's jobs.
struct PilotOptions {
  bool use = true;
  Duration wall_max = minutes(10);  ///< attempts with a longer wall limit have jobs of their own
  std::int32_t from = 4;            ///< so many must wait for one node before a pilot is started for it
  Duration idle = seconds(5);       ///< an empty pilot leaves after so long
  Duration limit = hours(1);        ///< of the pilot's own job
  std::string listen = "0.0.0.0";   ///< where pilots connect to
  std::uint16_t port = 0;           ///< 0: any that is free
  std::string reach;                ///< the engine's IPv4 address as nodes see it; empty: that of the way to slurmrestd
};

struct SlurmOptions {
  model::Engine engine;                 ///< as the centre's file has it
  std::string centre;                   ///< its name; part of what our jobs are known by
  std::vector<std::string> partitions;  ///< of Slurm, in which we run; empty: all are looked at
  std::string step;                     ///< empty: `mingyue-slurm-step` beside this program, else in ../libexec
  std::string path = "/usr/local/bin:/usr/bin:/bin";  ///< PATH of tasks
  Bytes output_bytes_max{64LL << 20};                 ///< of one stream of one task
  Duration term_grace = seconds(5);    ///< from SIGTERM to SIGKILL when a limit or a failed task ends the others
  Duration step_every = seconds(1);    ///< steps of progress are reported at most so often
  Duration pending_max = minutes(10);  ///< so long Slurm may let a job wait that the centre has placed
  /// A job whose attempt has ended by its own record is left to Slurm for so long (its epilog, messages that are sent
  /// again); one that still runs then is cancelled, since an account may write an end that is not one.
  Duration leaving = seconds(60);
  std::size_t waiting_max = 100'000;  ///< requests not yet looked at; beyond it callers wait
  int connections = 8;                ///< to slurmrestd: so many submissions at once
  PilotOptions pilots;
  /// How an attempt's tasks reach quantum devices; empty: there are none. From the engine's thread.
  std::function<model::Environment(model::AttemptId)> qpu_environment;
};

/// What `mingyue engine show` says.
struct EngineFacts {
  std::string release;         ///< of Slurm; empty: it has not answered yet
  int version = 0;             ///< v0.0.N of slurmrestd's interface that is spoken; 0: none yet
  std::string trouble;         ///< why it cannot be spoken to just now; empty: it can
  std::int64_t waiting = 0;    ///< attempts to be submitted
  std::int64_t in_slurm = 0;   ///< attempts that are Slurm's jobs
  std::int64_t in_pilots = 0;  ///< attempts in pilots
  std::int64_t pilots = 0;
  std::int64_t look_ms = 0;  ///< how long the last look at all jobs took
};

/// What jobs that are not ours hold on a node.
struct ForeignUse {
  std::string node;
  std::string user;
  std::int64_t job = 0;
  CoreCount cores;
  CardCount cards;
  Bytes memory;
  Instant until;  ///< Slurm's own limit for the job; 0: none
};

class SlurmEngine final : public ports::Engine {
 public:
  /// Needs no answer from Slurm. Faults: `engine-root` (no shared folder, or another daemon uses it), `no-shim`.
  [[nodiscard]] static Expected<std::unique_ptr<SlurmEngine>, Fault> open(SlurmOptions options,
                                                                          ports::ReportSink& sink);
  ~SlurmEngine() override;

  void launch(const model::LaunchOrder& order) override;
  void signal(model::AttemptId attempt, int signal) override;
  void end(model::AttemptId attempt, Duration grace) override;
  void forget(model::AttemptId attempt) override;
  void reconcile(const std::vector<model::AttemptId>& standing) override;
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node& node) const override;
  [[nodiscard]] ports::EngineStatus status() const override;

  /// The nodes that NodeSeen may name. Called whenever the centre's nodes are other ones.
  void name_nodes(const std::vector<std::pair<std::string, model::NodeId>>& nodes);
  /// For OutputReader.
  [[nodiscard]] std::string attempt_folder(model::AttemptId attempt) const;
  [[nodiscard]] EngineFacts facts() const;

 private:
  class Loop;
  explicit SlurmEngine(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

/// Asks Slurm for its nodes, switches and cards. Waits for the answer, ten seconds at most. Fault `engine-unreachable`.
[[nodiscard]] Expected<model::EngineMachines, Fault> discover(const model::Engine& engine);

/// Asks Slurm what jobs that do not bear the centre's name hold. Where a job holds several nodes, each is said to hold
/// an equal part, rounded up. Likewise.
[[nodiscard]] Expected<std::vector<ForeignUse>, Fault> foreign_use(const model::Engine& engine,
                                                                   const std::string& centre);

}  // namespace mingyue::engines::slurm
