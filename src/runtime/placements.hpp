#pragma once

#include <functional>
#include <map>
#include <vector>

#include "core/command.hpp"
#include "ports/engine.hpp"

namespace mingyue::runtime {

/// Attempts that an engine's own queue has put somewhere, until the centre knows that there is room: the engine may say
/// where the next one is before it can say how the one before ended. What is reported of such an attempt meanwhile
/// waits with it; its end overtakes it. After `patience` it is placed on what there is;
/// one that is on no node of the centre at all then waits no longer, and counts for nobody here.
class Placements {
 public:
  static constexpr Duration patience = seconds(30);

  /// Takes the report, if it is a placement or of an attempt that waits to be placed.
  [[nodiscard]] bool keeps(const ports::EngineReport& report, Instant now) {
    if (const auto* placed = std::get_if<ports::Placed>(&report)) {
      waiting_.try_emplace(placed->attempt, Waiting{*placed, now, {}});
      return true;
    }
    if (const auto* ended = std::get_if<ports::Ended>(&report)) {
      waiting_.erase(ended->attempt);
      return false;
    }
    const auto keep = [&](model::AttemptId attempt) {
      const auto it = waiting_.find(attempt);
      if (it == waiting_.end()) return false;
      it->second.behind.push_back(report);
      return true;
    };
    if (const auto* launched = std::get_if<ports::Launched>(&report)) return keep(launched->attempt);
    if (const auto* progressed = std::get_if<ports::Progressed>(&report)) return keep(progressed->attempt);
    return false;
  }

  [[nodiscard]] bool empty() const { return waiting_.empty(); }

  /// Asks for each that waits: `place` answers whether it is placed now (or is no more); then what was reported of it
  /// goes to `then`.
  void each_try(Instant now, const std::function<bool(const core::ReportPlaced&)>& place,
                const std::function<void(const ports::EngineReport&)>& then) {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      const Waiting& one = it->second;
      const bool at_last = now - one.since >= patience;
      if (!place({one.placed.attempt, one.placed.nodes, at_last}) && !at_last) {
        ++it;
        continue;
      }
      const std::vector<ports::EngineReport> behind = std::move(it->second.behind);
      it = waiting_.erase(it);
      for (const ports::EngineReport& report : behind) then(report);
    }
  }

 private:
  struct Waiting {
    ports::Placed placed;
    Instant since;
    std::vector<ports::EngineReport> behind;
  };
  std::map<model::AttemptId, Waiting> waiting_;
};

}  // namespace mingyue::runtime
