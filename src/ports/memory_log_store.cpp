#include "ports/memory_log_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/invariant.hpp"

namespace mingyue::ports {

Head MemoryLogStore::head() const {
  const std::lock_guard guard(mutex_);
  return opened_;
}

Head MemoryLogStore::durable_head() const {
  const std::lock_guard guard(mutex_);
  return head_;
}

std::size_t MemoryLogStore::waiting() const {
  const std::lock_guard guard(mutex_);
  return waiting_.size();
}

std::vector<Record> MemoryLogStore::records() const {
  const std::lock_guard guard(mutex_);
  return {records_.begin(), records_.end()};
}

void MemoryLogStore::append(Batch batch, std::move_only_function<void()> done) {
  {
    const std::lock_guard guard(mutex_);
    for (const Record& record : batch.records) {
      INVARIANT(record.seq == asked_seq_ + 1, "record {} after {}", record.seq, asked_seq_);
      asked_seq_ = record.seq;
    }
    waiting_.push_back({.batch = std::move(batch), .done = std::move(done), .snapshot = std::nullopt});
    if (on_hold_) return;
  }
  drain(SIZE_MAX);
}

void MemoryLogStore::save_snapshot(StoredSnapshot snapshot) {
  {
    const std::lock_guard guard(mutex_);
    INVARIANT(snapshot.seq <= asked_seq_, "snapshot at {}, log at {}", snapshot.seq, asked_seq_);
    waiting_.push_back({.batch = {}, .done = {}, .snapshot = std::move(snapshot)});
    if (on_hold_ || stalled_) return;
  }
  drain(SIZE_MAX);
}

void MemoryLogStore::sync(std::size_t batches) { drain(batches); }

/// One attempt to make the oldest batches durable. An append inside a callback adds to the queue, and the drain that is
/// going on comes to it: callbacks run in order and never inside each other.
void MemoryLogStore::drain(std::size_t batches) {
  std::unique_lock guard(mutex_);
  if (draining_ || waiting_.empty()) return;
  if (failures_ > 0) {
    --failures_;
    stalled_ = failure_;
    return;
  }
  stalled_.reset();
  draining_ = true;
  // On hold, what callbacks append has to wait for the next sync().
  std::size_t left = on_hold_ ? std::min(batches, waiting_.size()) : batches;
  while (left > 0 && !waiting_.empty()) {
    --left;
    Item item = std::move(waiting_.front());
    waiting_.pop_front();
    keep(item);
    if (!item.done) continue;
    guard.unlock();
    item.done();
    guard.lock();
    if (!draining_) return;  // A crash inside the callback.
  }
  draining_ = false;
}

void MemoryLogStore::keep(Item& item) {
  if (item.snapshot) return keep(std::move(*item.snapshot));
  for (Record& record : item.batch.records) {
    EXPENSIVE_INVARIANT(record.hash == record_hash(head_.hash, record), "record {}", record.seq);
    head_ = {.seq = record.seq, .hash = record.hash, .at = record.at};
    if (options_.records != KeepRecords::none) records_.push_back(std::move(record));
  }
  if (options_.rows == KeepRows::none) return;
  for (ledger::Row& row : item.batch.rows) keep_row(std::move(row));
}

void MemoryLogStore::keep(StoredSnapshot snapshot) {
  std::erase_if(snapshots_, [&](const StoredSnapshot& old) { return old.seq == snapshot.seq; });
  snapshots_.push_back(std::move(snapshot));
  std::ranges::sort(snapshots_, {}, &StoredSnapshot::seq);
  if (snapshots_.size() > 2) snapshots_.erase(snapshots_.begin());
  if (options_.records != KeepRecords::since_snapshot) return;
  while (!records_.empty() && records_.front().seq <= snapshots_.back().seq) records_.pop_front();
}

void MemoryLogStore::keep_row(ledger::Row row) {
  struct Keeper {
    MemoryLogStore& store;
    void operator()(ledger::JobRow& r) const { store.jobs_.insert_or_assign(r.id, std::move(r)); }
    void operator()(ledger::AttemptRow& r) const { store.attempts_.insert_or_assign(r.attempt, std::move(r)); }
    void operator()(ledger::UsageRow& r) const { store.usage_.push_back({std::move(r), store.head_.seq}); }
    void operator()(ledger::IncidentRow& r) const { store.incidents_.insert_or_assign(r.incident, std::move(r)); }
    void operator()(ledger::PostingRow& r) const { store.postings_.push_back(std::move(r)); }
  };
  std::visit(Keeper{*this}, row);
}

std::optional<Fault> MemoryLogStore::stalled() const {
  const std::lock_guard guard(mutex_);
  return stalled_;
}

Expected<void, Fault> MemoryLogStore::read(std::uint64_t first_seq,
                                           const std::function<bool(const Record&)>& each) const {
  std::uint64_t seq = std::max<std::uint64_t>(first_seq, 1);
  for (;;) {
    Record record;
    {
      // One at a time: `each` may come back here.
      const std::lock_guard guard(mutex_);
      if (seq > head_.seq) return {};
      const std::uint64_t first_kept = head_.seq - records_.size() + 1;
      if (seq < first_kept)
        return fault("not-kept", fmt::format("record {} is not kept; begin at the newest snapshot", seq));
      record = records_[seq - first_kept];
    }
    if (!each(record)) return {};
    ++seq;
  }
}

Expected<std::optional<StoredSnapshot>, Fault> MemoryLogStore::newest_snapshot() const {
  const std::lock_guard guard(mutex_);
  return snapshots_.empty() ? std::optional<StoredSnapshot>() : std::optional(snapshots_.back());
}

void MemoryLogStore::hold() {
  const std::lock_guard guard(mutex_);
  on_hold_ = true;
}

void MemoryLogStore::release() {
  {
    const std::lock_guard guard(mutex_);
    on_hold_ = false;
  }
  drain(SIZE_MAX);
}

void MemoryLogStore::crash(std::size_t kept) {
  const std::lock_guard guard(mutex_);
  for (; kept > 0 && !waiting_.empty(); --kept) {
    keep(waiting_.front());
    waiting_.pop_front();
  }
  waiting_.clear();
  failures_ = 0;
  stalled_.reset();
  on_hold_ = false;
  draining_ = false;
  opened_ = head_;
  asked_seq_ = head_.seq;
}

void MemoryLogStore::reopen() {
  release();
  const std::lock_guard guard(mutex_);
  INVARIANT(waiting_.empty(), "{} batches are stalled: crash() drops them", waiting_.size());
  opened_ = head_;
}

void MemoryLogStore::fail_next(std::size_t attempts, Fault fault) {
  const std::lock_guard guard(mutex_);
  failures_ = attempts;
  failure_ = std::move(fault);
}

}  // namespace mingyue::ports
