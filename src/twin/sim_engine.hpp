#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/prng.hpp"
#include "ports/engine.hpp"
#include "twin/sim_queue.hpp"

namespace mingyue::twin {

/// What may go wrong with an engine and its nodes; each is a chance in 1,000 at the occasions it names.
struct EngineFaults {
  std::uint64_t program_fails = 100;  ///< an attempt ends with an exit code other than 0
  std::uint64_t program_killed = 50;  ///< ... is killed by a signal
  std::uint64_t program_lost = 20;    ///< ... and its supervisor with it
  std::uint64_t launch_fails = 20;
  std::uint64_t ignores_term = 100;  ///< takes its whole grace to end
  std::uint64_t report_repeated = 100;
  std::uint64_t report_late = 200;  ///< arrives up to a minute late
  friend bool operator==(const EngineFaults&, const EngineFaults&) = default;
};
DESCRIBE(EngineFaults, program_fails, program_killed, program_lost, launch_fails, ignores_term, report_repeated,
         report_late)

/// How a program ends by itself; `hangs` does not, and says nothing either.
enum class ProgramEnd : std::uint8_t { ok, fails, killed, lost, hangs };
DESCRIBE_ENUM(ProgramEnd, ok, fails, killed, lost, hangs)

/// What is known of a job's program beforehand; what is not is drawn.
struct Program {
  std::optional<Duration> runs;
  std::optional<ProgramEnd> ends;
};

/// A simulated engine: programs that run for a drawn time, report progress and checkpoints, end in drawn ways. It keeps
/// what a real machine keeps over a restart of the daemon: what runs, and what ended and is not forgotten.
///
/// Each attempt draws from a stream of its own, named by its job's name: without one job the others live as they did.
///
/// It counts how often each attempt was really started, and refuses to be fooled: `starts_max` above 1 is the bug that
/// this exists to find.
class SimEngine final : public ports::Engine {
 public:
  /// `nodes` by their ids: where its own queue may put what it is given for guest partitions.
  SimEngine(Prng prng, EngineFaults faults, std::vector<model::Node> nodes)
      : prng_(prng), faults_(faults), queue_(std::move(nodes)) {}

  void launch(const model::LaunchOrder& order) override;
  void signal(model::AttemptId attempt, int signal) override;
  void end(model::AttemptId attempt, Duration grace) override;
  void forget(model::AttemptId attempt) override;
  void reconcile(const std::vector<model::AttemptId>& standing) override;
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node&) const override { return {}; }

  /// Of the jobs of this name, from now on.
  void set_program(const std::string& job_name, const Program& program) { known_[job_name] = program; }
  /// The world's time comes to `now`: programs make progress and end.
  void advance(Instant now);
  /// The next instant at which something happens here; `never` if nothing will.
  [[nodiscard]] Instant next() const;
  /// Reports that have arrived by `now`, in the order of their arrival.
  [[nodiscard]] std::vector<ports::EngineReport> take_reports(Instant now);
  /// The daemon died: reports under way are gone; what runs, runs on.
  void daemon_died();
  /// Everything on the node dies.
  void lose_node(model::NodeId node, Instant now);
  void restore_node(model::NodeId node) {
    lost_.erase(node);
    queue_.restore(node);
  }
  /// Others hold so much of the node, from now on, until `until` as they say.
  void set_others(model::NodeId node, CoreCount cores, CardCount cards, std::optional<Instant> until, Instant now);
  /// Speaks of an attempt that never was, or is over.
  void say_nonsense(model::AttemptId nobody, Instant now);
  void stop_faults() { faults_ = {0, 0, 0, 0, 0, 0, 0}; }

  [[nodiscard]] std::int64_t starts_max() const;
  [[nodiscard]] std::size_t running() const;
  /// Two attempts of one job at once would be a broken promise.
  [[nodiscard]] bool one_attempt_each() const;
  /// A number that all draws so far have a part in: says that two lives were the same.
  [[nodiscard]] std::uint64_t last_draw() const;

 private:
  struct Running {
    model::LaunchOrder order;
    Prng prng;
    Instant started;
    Instant ends;  ///< by itself
    std::optional<ProgramEnd> known_end;
    Instant silent_at = never;      ///< when it has been silent for as long as its job allows
    std::optional<Instant> killed;  ///< asked to end, and will by then
    Instant next_line;              ///< of progress
    std::int64_t step = 0;
    bool over = false;
    model::AttemptEnd end;
  };

  void begin(const model::LaunchOrder& order);
  void say(ports::EngineReport report, Instant now, Prng& prng);
  void say_placed(const model::LaunchOrder& order);
  void finish(Running& program, model::AttemptEnd end, Instant now);
  void make_progress(model::AttemptId id, Running& program);
  [[nodiscard]] model::AttemptEnd own_end(Running& program) const;
  void erase(model::AttemptId id);

  Prng prng_;
  Prng nodes_ = prng_.split("nodes");
  EngineFaults faults_;
  Instant now_;
  std::map<std::string, Program> known_;
  std::map<model::AttemptId, Running> programs_;  ///< not forgotten
  std::uint64_t spent_ = 0;                       ///< the last draws of those that are
  std::map<model::AttemptId, std::int64_t> starts_;
  std::set<model::NodeId> lost_;  ///< nothing starts there
  SimQueue queue_;
  std::map<model::NodeId, ports::OthersSeen> others_;  ///< as last said
  std::multimap<Instant, ports::EngineReport> mail_;
};

}  // namespace mingyue::twin
