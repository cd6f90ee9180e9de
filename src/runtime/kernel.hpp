#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/command.hpp"
#include "core/effect.hpp"
#include "ledger/book.hpp"
#include "ports/log_store.hpp"

namespace mingyue::runtime {

/// What somebody beside the core has learnt of the log up to a record, saved with a snapshot (forecast_thread.hpp). It
/// is no part of the state: without it, it is learnt again.
struct Learnt {
  std::uint64_t seq = 0;  ///< at most the snapshot's
  std::string bytes;
};

/// The ring without threads, clock or disk: state and ledger of one centre, and what is to be appended next. The live
/// centre (runtime/centre.hpp) and the twin run the same kernel.
///
///   1. recover()       from a store: newest snapshot, then the records after it, chain checked;
///   2. execute()       decide, then apply each event: the state is ahead of the disk from here ...
///   3. take_batch()    ... until the records and rows of all commands so far are durable;
///   4. take_effects()  to be performed then, and not before.
class Kernel {
 public:
  struct Recovered {
    std::uint64_t records = 0;       ///< replayed
    std::uint64_t snapshot_seq = 0;  ///< 0: none was used
    Learnt learnt;
  };
  /// Faults: those of the store; `corrupt-log` when a record does not follow from the one before it or is not an event
  /// of this version; the message names its number.
  Expected<Recovered, Fault> recover(const ports::LogStore& store);

  /// `now` before the newest event counts as that event's instant: time in the log never goes backwards.
  Expected<std::vector<core::Event>> execute(const core::Command& command, Instant now);

  struct Pending {
    ports::Batch batch;
    std::vector<core::Effect> effects;
    [[nodiscard]] bool empty() const { return batch.records.empty(); }
  };
  [[nodiscard]] Pending take_pending();
  [[nodiscard]] bool has_pending() const { return !pending_.empty(); }

  [[nodiscard]] const core::State& state() const { return state_; }
  [[nodiscard]] const ledger::Book& book() const { return book_; }
  /// Of the newest record, durable or not.
  [[nodiscard]] const ports::Head& head() const { return head_; }
  /// State, ledger and head in bytes; take it when nothing is pending.
  [[nodiscard]] ports::StoredSnapshot snapshot(Learnt learnt = {}) const;
  /// Whether that is what a snapshot taken here would say, but for what was learnt.
  [[nodiscard]] bool agrees_with(const ports::StoredSnapshot& snapshot) const;
  /// Checks every law that can be checked at one instant (core and ledger against each other).
  void check() const;

  /// Folds one record as in recovery. For replay and verification.
  Expected<void, Fault> replay(const ports::Record& record);

 private:
  void fold(const core::Event& event, std::vector<ledger::Row>& rows);

  core::State state_;
  ledger::Book book_;
  ports::Head head_;
  Pending pending_;
};

}  // namespace mingyue::runtime
