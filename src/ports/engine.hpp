#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/expected.hpp"
#include "model/attempt.hpp"
#include "model/centre.hpp"

/// What actually runs tasks. Engines report; they never decide.
namespace mingyue::ports {

/// All tasks of the attempt have been started.
struct Launched {
  model::AttemptId attempt;
};

/// The attempt is over and nothing of it is left: no process, no held resource. Reported exactly once per attempt and
/// session of the engine; again after a restart until forget() is called.
struct Ended {
  model::AttemptId attempt;
  model::AttemptEnd end;
};

/// Lines of progress, thinned: every checkpoint line is reported, steps at most once a second.
struct Progressed {
  model::AttemptId attempt;
  model::Progress progress;
};

/// Neither output nor progress for the order's `hang_after`; reported once, again only after it has spoken in between.
struct Silent {
  model::AttemptId attempt;
  Duration silent_for;
};

/// The engine can or can no longer reach a node.
struct NodeSeen {
  model::NodeId node;
  bool reachable = true;
  std::string message;
};

/// The engine's own queue has put an attempt of a guest order (model::LaunchOrder::guest) on these nodes. Before
/// Launched, and after the Ended of what ran there before, where the engine knows of it by then.
struct Placed {
  model::AttemptId attempt;
  std::vector<std::string> nodes;  ///< by rank
};

/// All that others than the centre's attempts hold of a node now. Reported when it changes.
struct OthersSeen {
  model::NodeId node;
  CoreCount cores;
  CardCount cards;
  Bytes memory;
  std::optional<Instant> until;  ///< by when the last of it should be free
};

using EngineReport = std::variant<Launched, Ended, Progressed, Silent, NodeSeen, Placed, OthersSeen>;

/// Where an engine's reports go. Called from any thread; never blocks for long, never fails.
class ReportSink {
 public:
  virtual ~ReportSink() = default;
  virtual void report(EngineReport report) = 0;
};

/// One limit and whether this engine can really enforce it on this machine.
struct LimitFact {
  std::string limit;  ///< `wall time`, `memory`, `process clean-up`, `cores`, `processes`, `cards`, `output size`
  bool enforced = false;
  std::string how;  ///< `cgroup v2 memory.max`, `polling of resident memory, once a second`
};

/// What an engine says of itself.
struct EngineStatus {
  std::string version;  ///< of what it drives: `slurm 22.05.8`
  std::string speaks;   ///< how: `REST v0.0.38`
  bool reachable = true;
  std::string why;            ///< not reachable, or not wholly well
  std::int32_t attempts = 0;  ///< that it has begun and that are not forgotten
  std::int32_t pilots = 0;    ///< allocations that it holds and fills with small attempts
};

/// An engine is asked by effects. Each call carries the attempt's identity; asking twice is harmless:
///
///   1. launch()  begins an attempt; for one that already began it does nothing, ended or not;
///   2. signal()  sends a signal to all tasks' process groups (a request to checkpoint);
///   3. end()     asks all processes to end: SIGTERM, then after `grace` SIGKILL to the whole tree;
///   4. forget()  the end is durable in the log: the engine may drop what it kept to report it.
///
/// An attempt that launch() accepts is reported Launched (unless it fails before) and then Ended, across any number of
/// restarts of the daemon. After a restart, reconcile() begins to report again everything that is not forgotten.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual void launch(const model::LaunchOrder& order) = 0;
  virtual void signal(model::AttemptId attempt, int signal) = 0;
  virtual void end(model::AttemptId attempt, Duration grace) = 0;
  virtual void forget(model::AttemptId attempt) = 0;
  /// Said of each standing attempt before reconcile(): which engine of the centre has it (model::Partition::engine).
  virtual void expect(model::AttemptId /*attempt*/, const std::string& /*engine*/) {}
  /// Adopts what runs from before. `standing` is what the log says is unfinished; the engine reports Ended{lost} for
  /// those that it once began and cannot find, ends processes of attempts that are not in `standing`, and ignores those
  /// never begun (they are launched anew under the same identity).
  virtual void reconcile(const std::vector<model::AttemptId>& standing) = 0;
  [[nodiscard]] virtual std::vector<LimitFact> limits(const model::Node& node) const = 0;
  /// Any thread; never waits.
  [[nodiscard]] virtual EngineStatus status() const { return {}; }
};

}  // namespace mingyue::ports
