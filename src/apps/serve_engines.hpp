#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/engine_access.hpp"
#include "base/expected.hpp"
#include "engines/engine_router.hpp"
#include "engines/local_engine.hpp"
#include "engines/slurm/slurm_engine.hpp"
#include "model/centre.hpp"
#include "ports/engine.hpp"

/// The engines of a daemon: this machine's own, and those of the centre's file.
namespace mingyue::apps {

/// Opens them, looks after them, and is what the API sees of them.
///
/// Beside the centre a thread asks each engine of many machines what others hold of its nodes (every few seconds) and
/// what nodes it has (every half minute): what changed is reported to the sink, or leads to a new description.
class ServedEngines final : public api::EngineAccess {
 public:
  struct Options {
    engines::EngineOptions own;
    model::Centre described;  ///< the file, without the nodes of engines
    /// Of tasks on other machines; empty: there are no quantum devices.
    std::function<model::Environment(model::AttemptId)> qpu_environment;
    std::string clients;  ///< folder of the Python client; copied to where all nodes see it
    std::function<void(const Fault&)> on_fault;
  };

  /// Faults as those of the engines; one that does not answer is no fault: it may come later.
  [[nodiscard]] static Expected<std::unique_ptr<ServedEngines>, Fault> open(Options options, ports::ReportSink& sink);
  ~ServedEngines() override;

  [[nodiscard]] ports::Engine& all() { return *router_; }

  /// The file's centre with the nodes of its engines: as they say it now, or, of those that do not answer, as `before`
  /// knew it. A refusal names what cannot be.
  [[nodiscard]] Expected<model::Centre> describe(const model::Centre& before);

  /// The centre is described so from now on; to be called before watch(), and whenever it changes.
  void follow(const model::Centre& centre);
  /// Begins to look after them. `describe_again` is called from a thread of its own when an engine's nodes are others
  /// than in the description.
  void watch(std::function<void()> describe_again);
  /// Looks no longer. What runs goes on running.
  void stop();

  /// How nodes of engines reach this machine: the address from which it speaks to the first of them. Empty: there is
  /// none, or no way to it.
  [[nodiscard]] static std::string own_address(const model::Centre& centre);

  // api::EngineAccess
  [[nodiscard]] std::string attempt_folder(model::AttemptId attempt) const override;
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node& node) const override;
  [[nodiscard]] std::vector<std::pair<std::string, ports::EngineStatus>> engines() const override;
  [[nodiscard]] Expected<http::UniqueFd, Fault> connect_terminal(model::AttemptId attempt) const override;

 private:
  struct Held {
    CoreCount cores;
    CardCount cards;
    Bytes memory;
    std::optional<Instant> until;
    friend bool operator==(const Held&, const Held&) = default;
  };
  /// Differs from anything that can be held.
  static constexpr Held not_said{.cores = CoreCount{-1}, .cards = {}, .memory = {}, .until = {}};
  struct Slurm {
    model::Engine described;
    std::unique_ptr<engines::slurm::SlurmEngine> engine;
    std::optional<model::EngineMachines> machines;  ///< as last found out
    std::map<std::string, Held> others;             ///< by node, as last reported
    std::string silent_why;                         ///< it does not answer, and that was said
  };

  explicit ServedEngines(Options options, ports::ReportSink& sink) : options_(std::move(options)), sink_(sink) {}
  [[nodiscard]] Expected<void, Fault> open_slurm(const model::Engine& engine);
  void look_at_others(Slurm& slurm);
  [[nodiscard]] bool look_at_machines(Slurm& slurm);
  void run();

  const Options options_;
  ports::ReportSink& sink_;
  std::unique_ptr<engines::LocalEngine> own_;
  std::unique_ptr<engines::EngineRouter> router_;

  mutable std::mutex mutex_;  ///< of what follows, but for the engines themselves
  std::vector<std::unique_ptr<Slurm>> slurms_;
  std::map<std::string, model::NodeId> nodes_;          ///< of engines, by name
  std::map<std::string, std::string> engine_of_nodes_;  ///< by node
  std::function<void()> describe_again_;
  bool stopping_ = false;
  std::condition_variable wake_;
  std::thread watcher_;
};

}  // namespace mingyue::apps
