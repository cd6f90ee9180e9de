#include "core/index.hpp"
#include "core/reservations.hpp"
#include "core/state.hpp"

namespace mingyue::core {
namespace {

void check_slots(const State& state) {
  std::vector<model::Slots> cores, cards;
  std::vector<Bytes> memory;
  for (const model::Node& node : state.centre.nodes) {
    cores.push_back(model::Slots::all(node.cores.raw()));
    cards.push_back(model::Slots::all(node.cards.raw()));
    memory.push_back(node.memory);
    const NodeState& now = state.nodes.at(node.id.raw());
    cores.back().remove(now.others_cores);
    cards.back().remove(now.others_cards);
    memory.back() -= now.others_memory;
  }
  for (const auto& [id, attempt] : state.attempts) {
    for (const auto& share : attempt.lease.shares()) {
      cores.at(share.node.raw()).remove(share.cores);  // breaks if two leases hold one
      cards.at(share.node.raw()).remove(share.cards);
      memory.at(share.node.raw()) -= share.memory * share.tasks;
    }
  }
  for (std::size_t i = 0; i < state.nodes.size(); ++i) {
    INVARIANT(cores[i] == state.nodes[i].cores_free, "free cores of node {} disagree with its leases", i);
    INVARIANT(cards[i] == state.nodes[i].cards_free, "free cards of node {} disagree with its leases", i);
    INVARIANT(memory[i] == state.nodes[i].memory_free, "free memory of node {} disagrees with its leases", i);
    INVARIANT(memory[i] >= Bytes{0}, "memory of node {} is leased twice", i);
  }
}

void check_jobs(const State& state) {
  std::map<model::JobId, Array> arrays;
  for (const auto& [id, job] : state.jobs) {
    const bool active = job.state == model::JobState::starting || job.state == model::JobState::running;
    INVARIANT(state.attempts.contains(id) == active, "job {} and its attempt disagree", id.raw());
    INVARIANT(!model::ended(job.state), "job {} has ended and is still here", id.raw());
    INVARIANT(!job.spec->parts.empty(), "job {} has no spec", id.raw());
    if (!state.arrays.contains(job.first)) continue;
    Array& array = arrays[job.first];
    ++array.live;
    if (active) ++array.active;
  }
  for (const auto& [first, array] : state.arrays) {
    INVARIANT(arrays[first].live == array.live, "array {} counts {} live elements, {} are there", first.raw(),
              array.live, arrays[first].live);
    INVARIANT(arrays[first].active == array.active, "array {} counts {} active elements", first.raw(), array.active);
    INVARIANT(array.unstarted >= 0 && array.unstarted <= array.live, "array {} counts {} unstarted of {}", first.raw(),
              array.unstarted, array.live);
  }
  for (const auto& [target, waiting] : state.dependents) {
    INVARIANT(state.jobs.contains(target) || state.arrays.contains(target), "jobs wait for {}, which is gone",
              target.raw());
  }
}

void check_accounts(const State& state) {
  std::map<std::string, Credits> reserved;
  for (const auto& [id, attempt] : state.attempts) reserved[state.spec(state.jobs.at(id)).project] += attempt.reserved;
  for (const auto& [project, account] : state.accounts) {
    INVARIANT(account.reserved == reserved[project], "project {} has {} micro-credits reserved, its attempts {}",
              project, account.reserved.raw(), reserved[project].raw());
  }
}

/// Who is on the nodes of an open window and not of the reservation has been asked to end.
void check_reservations(const State& state) {
  for (const auto& [id, r] : state.reservations) {
    INVARIANT(r.id == id && id < state.next_reservation, "reservation {} has another number", id.raw());
    INVARIANT(r.start < r.end && !r.nodes.empty(), "reservation {} is of no node or no time", r.name);
    INVARIANT(std::ranges::is_sorted(r.nodes) && r.nodes.back().raw() < state.nodes.size(),
              "reservation {} is of nodes that are not there", r.name);
    INVARIANT(!r.open || r.start <= state.now, "reservation {} has begun too early", r.name);
    for (const model::NodeId node : r.nodes) {
      for (const model::ReservationId other : state.reserved.at(node))
        INVARIANT(other >= id || !first_overlap(r, state.reservations.at(other)), "node {} is reserved twice",
                  node.raw());
    }
    if (!r.open || state.now >= r.end) continue;  // over, although nobody has said so yet
    for (const auto& [job, attempt] : state.attempts) {
      const bool inside = state.spec(state.jobs.at(job)).reservation == r.name;
      INVARIANT(inside || attempt.end_reason || attempt.notice_until || !attempt.lease.on_any(r.nodes),
                "attempt {} is on the nodes of reservation {}", model::print(attempt.id), r.name);
    }
  }
}

}  // namespace

void check(const State& state) {
  check_slots(state);
  check_jobs(state);
  check_accounts(state);
  check_reservations(state);
  State rebuilt = state;
  build_indexes(rebuilt);
  INVARIANT(rebuilt.dependents == state.dependents, "the index of dependents is wrong");
  INVARIANT(deadlines_due(rebuilt, never) == deadlines_due(state, never), "the index of attempts' deadlines is wrong");
  INVARIANT(next_wakeup(rebuilt) == next_wakeup(state), "the next deadline is not in front");
  INVARIANT(rebuilt.job_deadlines == state.job_deadlines, "the index of jobs' deadlines is wrong");
  INVARIANT(rebuilt.latest_starts == state.latest_starts, "the index of latest starts is wrong");
  INVARIANT(rebuilt.reserved == state.reserved, "the index of reserved nodes is wrong");
  INVARIANT(rebuilt.waiting == state.waiting, "{} jobs wait, {} are counted", rebuilt.waiting, state.waiting);
}

}  // namespace mingyue::core
