#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/units.hpp"
#include "ports/engine.hpp"

/// Runs attempts on this machine. Each has a supervisor of its own, the shim, which outlives the daemon; the engine
/// starts shims, follows them, and tells the sink. What it knows lies in one folder per attempt
/// (docs/engines/local.md):
///
///     ROOT/4711.2/          the attempt: order, claim, end, output/, work/
///     ROOT/checkpoints/4711 the job's own folder, which outlives its attempts
///
/// Its life: open(), then reconcile() once with what the log says is unfinished, then launch(), signal(), end(),
/// forget() in any order and number. To destroy it leaves everything running; the next engine on the same root adopts
/// it.
namespace mingyue::engines {

enum class UseGroups : std::uint8_t { when_they_work, never };

struct EngineOptions {
  std::string root;                    ///< absolute; made when it is not there
  std::string shim;                    ///< empty: `mingyue-shim` beside this program, else in ../libexec
  Bytes output_bytes_max{64LL << 20};  ///< on disk, of one stream of one task
  Duration term_grace = seconds(5);    ///< from SIGTERM to SIGKILL when a limit or a failed task ends the others
  std::int64_t processes_max = 8192;   ///< of one attempt, where the kernel can count them
  Duration step_every = seconds(1);    ///< steps of progress are reported at most so often
  std::size_t waiting_max = 100'000;   ///< requests not yet looked at; beyond it callers wait
  UseGroups groups = UseGroups::when_they_work;
  /// How an attempt's tasks reach quantum devices; empty: there are none. From the engine's thread.
  std::function<model::Environment(model::AttemptId)> qpu_environment;
};

class LocalEngine final : public ports::Engine {
 public:
  /// Tries what this machine can limit, and takes the root for itself. The sink must outlive the engine; it is called
  /// from the engine's one thread. Faults: `engine-root` (no folder, or another daemon uses it), `no-shim`.
  [[nodiscard]] static Expected<std::unique_ptr<LocalEngine>, Fault> open(EngineOptions options,
                                                                          ports::ReportSink& sink);
  ~LocalEngine() override;

  void launch(const model::LaunchOrder& order) override;
  void signal(model::AttemptId attempt, int signal) override;
  void end(model::AttemptId attempt, Duration grace) override;
  void forget(model::AttemptId attempt) override;
  void reconcile(const std::vector<model::AttemptId>& standing) override;
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node& node) const override;

  /// For OutputReader and connect_terminal().
  [[nodiscard]] std::string attempt_folder(model::AttemptId attempt) const;
  /// Cores that leases of this machine's own node may name.
  [[nodiscard]] CoreCount cores() const;

 private:
  class Loop;
  explicit LocalEngine(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace mingyue::engines
