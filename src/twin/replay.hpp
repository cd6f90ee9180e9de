#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/expected.hpp"
#include "ports/log_store.hpp"
#include "sched/plan.hpp"

/// A recorded centre, again: every decision of its log is made anew, and compared to the byte.
///
/// The log holds events, not commands. But each event that begins a decision says what was asked or reported: a job
/// submitted, an attempt that ended, a node lost, a user's cancel. From it the command is made again, `decide` is asked
/// at the same instant, and what it says must be what follows in the log: charges, requeues, incidents, outcomes of
/// dependants. Where a plan was adopted, the log says of what state and beside which promises it was made (PlanMade):
/// that plan is made again too, reasons and promises included, and adopted; steps of a kept plan go on from the plan
/// that they went on from then. So a replay shows that this program, on
/// this machine, would have run the centre as it was run; the first event that differs names where it would not.
namespace mingyue::twin {

struct Divergence {
  std::uint64_t seq = 0;  ///< of the first record that differs
  std::string recorded;   ///< the event's name, and what differs if that can be said in a word
  std::string decided;    ///< what is decided now
};

struct Replayed {
  std::uint64_t records = 0;
  std::uint64_t decisions = 0;    ///< commands decided again
  std::uint64_t plans = 0;        ///< plans made again
  std::uint64_t starts = 0;       ///< leases that were granted again
  std::uint64_t as_recorded = 0;  ///< records of plans by a version that did not say of what state: taken on trust
  std::optional<Divergence> divergence;
};

/// Stops at the first divergence. Faults: those of the store, and `corrupt-log` as in recovery. `tell` hears of records
/// read, now and then; `plans` is how the centre was planned. Costs about what the centre itself spent on deciding and
/// planning; memory for one state and the promises of the newest plans.
[[nodiscard]] Expected<Replayed, Fault> replay(const ports::LogStore& store,
                                               const std::function<void(std::uint64_t)>& tell = {},
                                               const sched::PlanSettings& plans = {});

}  // namespace mingyue::twin
