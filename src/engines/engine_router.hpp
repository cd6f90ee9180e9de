#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ports/engine.hpp"

namespace mingyue::engines {

/// Several engines as one: orders go to the engine that they name, and what is asked of an attempt to the engine that
/// has it. What nobody has, all may forget; to be asked for its end or a signal would make one speak of it that never
/// had it.
///
/// Engines report for themselves, to the same sink. One that is not there any more (taken from the centre's file while
/// an attempt stood) cannot launch: the attempt is reported as launch_failed, and the job waits no longer.
class EngineRouter final : public ports::Engine {
 public:
  /// `own` is this machine's, for orders that name none. All engines and the sink must outlive this.
  EngineRouter(ports::Engine& own, ports::ReportSink& sink) : own_(own), sink_(sink) {}

  /// Before the first order.
  void add(std::string name, ports::Engine& engine) { others_.emplace(std::move(name), &engine); }
  /// Which engine runs a partition's nodes, by the partition's name; those of this machine may be left out.
  void set_partitions(std::map<std::string, std::string> engines);

  void launch(const model::LaunchOrder& order) override;
  void signal(model::AttemptId attempt, int signal) override;
  void end(model::AttemptId attempt, Duration grace) override;
  void forget(model::AttemptId attempt) override;
  void expect(model::AttemptId attempt, const std::string& engine) override;
  /// Each engine hears of its own.
  void reconcile(const std::vector<model::AttemptId>& standing) override;
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node& node) const override;

 private:
  [[nodiscard]] ports::Engine* engine_of(model::AttemptId attempt) const;

  ports::Engine& own_;
  ports::ReportSink& sink_;
  std::map<std::string, ports::Engine*> others_;
  mutable std::mutex mutex_;  ///< of what follows
  std::map<std::string, std::string> partitions_;
  std::map<model::AttemptId, ports::Engine*> engines_;  ///< of those that stand
};

}  // namespace mingyue::engines
