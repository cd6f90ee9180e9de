#include "runtime/kernel.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "ledger/history.hpp"

namespace mingyue::runtime {
namespace {

/// What a snapshot holds, in the order of docs/formats/log.md.
struct SnapshotBytes {
  std::string state;
  std::string book;
  Instant at;
  std::uint32_t version = 0;  ///< of these encodings; another one's snapshot is no snapshot
  std::uint64_t learnt_seq = 0;
  std::string learnt;
};
DESCRIBE(SnapshotBytes, state, book, at, version, learnt_seq, learnt)
constexpr std::uint32_t snapshot_version = 1;

}  // namespace

void Kernel::fold(const core::Event& event, std::vector<ledger::Row>& rows) {
  ledger::history_rows(state_, event, rows);
  ledger::record(book_, event, rows);
  core::apply(state_, event);
}

Expected<std::vector<core::Event>> Kernel::execute(const core::Command& command, Instant now) {
  now = std::max(now, state_.now);
  TRY(bodies, core::decide(state_, command, now));
  std::vector<core::Event> events;
  events.reserve(bodies.size());
  for (core::EventBody& body : bodies) {
    core::Event event{now, std::move(body)};
    ports::Record record{.seq = head_.seq + 1,
                         .at = now,
                         .number = core::event_number(event.body),
                         .payload = core::encode_event(event.body)};
    record.hash = ports::record_hash(head_.hash, record);
    head_ = {record.seq, record.hash, now};
    pending_.batch.records.push_back(std::move(record));
    fold(event, pending_.batch.rows);
    for (core::Effect& effect : core::react(state_, event)) pending_.effects.push_back(std::move(effect));
    events.push_back(std::move(event));
  }
#ifdef MINGYUE_EXPENSIVE_INVARIANTS
  if (state_.jobs.size() < 300) check();
#endif
  return events;
}

Kernel::Pending Kernel::take_pending() { return std::exchange(pending_, {}); }

ports::StoredSnapshot Kernel::snapshot(Learnt learnt) const {
  return {head_.seq, head_.hash,
          codec::encode(SnapshotBytes{core::encode_state(state_), codec::encode(book_), head_.at, snapshot_version,
                                      learnt.seq, std::move(learnt.bytes)})};
}

bool Kernel::agrees_with(const ports::StoredSnapshot& snapshot) const {
  const auto bytes = codec::decode<SnapshotBytes>(snapshot.bytes);
  return bytes && bytes->version == snapshot_version && bytes->at == head_.at && snapshot.seq == head_.seq &&
         snapshot.log_hash == head_.hash && bytes->state == core::encode_state(state_) &&
         bytes->book == codec::encode(book_);
}

void Kernel::check() const {
  core::check(state_);
  ledger::check(book_, state_);
}

Expected<void, Fault> Kernel::replay(const ports::Record& record) {
  const std::string where = "record " + std::to_string(record.seq);
  if (record.seq != head_.seq + 1)
    return fault("corrupt-log", where + " does not follow record " + std::to_string(head_.seq));
  if (record.hash != ports::record_hash(head_.hash, record)) {
    return fault(
        "corrupt-log",
        where + " is not what was written: its hash does not follow from the one before it; run: mingyue log verify");
  }
  auto body = core::decode_event(record.number, record.payload);
  if (!body) {
    return fault(
        "corrupt-log",
        where + " holds an event that this version does not know; use the version that wrote it, or a newer one");
  }
  if (record.at < head_.at)
    return fault("corrupt-log", where + " is older than the one before it; run: mingyue log verify");
  head_ = {record.seq, record.hash, record.at};
  const core::Event event{record.at, std::move(*body)};
  std::vector<ledger::Use> settled;  // its rows were stored with the record
  ledger::record(book_, event, settled);
  core::apply(state_, event);
  return {};
}

Expected<Kernel::Recovered, Fault> Kernel::recover(const ports::LogStore& store) {
  Recovered recovered;
  TRY(stored, store.newest_snapshot());
  if (stored) {
    auto bytes = codec::decode<SnapshotBytes>(stored->bytes);
    const bool known = bytes && bytes->version == snapshot_version;
    auto state = known ? core::decode_state(bytes->state) : std::nullopt;
    auto book = known ? codec::decode<ledger::Book>(bytes->book) : std::nullopt;
    if (state && book) {  // one that cannot be read costs time, not truth: the whole log is replayed
      state_ = std::move(*state);
      book_ = std::move(*book);
      head_ = {stored->seq, stored->log_hash, bytes->at};
      recovered.snapshot_seq = stored->seq;
      recovered.learnt = {bytes->learnt_seq, std::move(bytes->learnt)};
    }
  }
  Expected<void, Fault> outcome;
  const auto read = store.read(head_.seq + 1, [&](const ports::Record& record) {
    outcome = replay(record);
    ++recovered.records;
    return outcome.has_value();
  });
  CHECK_OK(read);
  CHECK_OK(outcome);
  if (head_.seq != store.head().seq || head_.hash != store.head().hash) {
    return fault("corrupt-log", "the log's last record is " + std::to_string(store.head().seq) +
                                    ", the replay came to " + std::to_string(head_.seq) + "; run: mingyue log verify");
  }
  check();
  return recovered;
}

}  // namespace mingyue::runtime
