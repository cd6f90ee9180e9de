#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/event.hpp"
#include "model/lease.hpp"

/// What must hold of every lease that a centre ever grants, checked from its events alone.
namespace mingyue::twin {

///  * An attempt has no fewer tasks than its job can do with, and no more than it asks for.
///  * On a spare node runs preemptible work, and a large gang whose last attempt a node's loss has ended.
///  * A job that was moved is not moved again before Policy::move_pause has gone by.
///
/// Let it see each event, in the order of the log; a broken law is an INVARIANT.
class LeaseLaws {
 public:
  void see(const core::Event& event);

  [[nodiscard]] std::uint64_t elastic() const { return elastic_; }  ///< attempts with fewer tasks than the most
  [[nodiscard]] std::uint64_t on_spares() const { return on_spares_; }
  [[nodiscard]] std::uint64_t moves() const { return moves_; }

 private:
  struct Seen {
    Shared<model::JobSpec> spec;
    model::Lease lease;  ///< of the newest attempt
    std::int32_t nodes_hit = 0;
    std::optional<Instant> moved_at;
  };
  void grant(const core::LeaseGranted& event);

  model::Centre centre_;
  std::vector<bool> spare_;
  std::map<model::JobId, Seen> jobs_;
  std::uint64_t elastic_ = 0;
  std::uint64_t on_spares_ = 0;
  std::uint64_t moves_ = 0;
};

}  // namespace mingyue::twin
