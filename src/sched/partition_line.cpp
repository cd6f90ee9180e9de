#include "sched/partition_line.hpp"

#include <algorithm>

#include "base/invariant.hpp"
#include "sched/overdue.hpp"
#include "sched/room.hpp"

namespace mingyue::sched {
namespace {

std::int32_t number_of(std::vector<NodeKind>& kinds, const NodeView& node, const Closed& closed) {
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (kinds[k].total == node.total && kinds[k].card_type == node.card_type && kinds[k].spare == node.spare &&
        kinds[k].closed == closed) {
      ++kinds[k].nodes;
      return static_cast<std::int32_t>(k);
    }
  }
  kinds.push_back({node.total, node.card_type, node.spare, 1, closed});
  return static_cast<std::int32_t>(kinds.size()) - 1;
}

}  // namespace

PartitionLine::PartitionLine(const Snapshot& snapshot, std::int32_t partition, Backfill policy, Away away)
    : PartitionLine(snapshot, partition, nullptr, policy, away) {}

PartitionLine PartitionLine::inside(const Snapshot& snapshot, std::int32_t reservation, Backfill policy, Away away) {
  const ReservationView& its = snapshot.reservations[static_cast<std::size_t>(reservation)];
  return PartitionLine(snapshot, its.partition, &its, policy, away);
}

PartitionLine::PartitionLine(const Snapshot& snapshot, std::int32_t partition, const ReservationView* inside,
                             Backfill policy, Away away) {
  const std::vector<Closed> to_others = inside == nullptr ? closed_to_others(snapshot) : std::vector<Closed>{};
  const Closed own = inside == nullptr ? Closed{} : closed_to_its_jobs(*inside, snapshot.now);
  std::vector<LineNode> nodes;
  std::map<std::string, std::int32_t> leaves;
  std::vector<std::int32_t> gone;
  for (std::size_t i = 0; i < snapshot.nodes.size(); ++i) {
    const NodeView& node = snapshot.nodes[i];
    if (node.partition != partition || (!node.available && away == Away::left_out)) continue;
    if (inside != nullptr && !std::ranges::binary_search(inside->nodes, node.id)) continue;
    const Closed& closed = to_others.empty() ? own : to_others[i];
    const auto number = static_cast<std::int32_t>(nodes.size());
    const auto leaf = leaves.try_emplace(node.switch_name, static_cast<std::int32_t>(leaves.size())).first->second;
    nodes.push_back({.total = node.total, .kind = sched::number_of(kinds_, node, closed), .leaf = leaf});
    ids_.push_back(node.id);
    if (node.id.raw() >= number_of_.size()) number_of_.resize(node.id.raw() + 1, -1);
    number_of_[node.id.raw()] = number;
    if (!node.available) gone.push_back(number);
  }
  planner_ = std::make_unique<LinePlanner>(nodes, policy, snapshot.now);
  for (std::size_t k = 0; k < kinds_.size(); ++k)
    if (!kinds_[k].closed.empty()) planner_->close(static_cast<std::int32_t>(k), kinds_[k].closed);
  for (const RunningView& run : snapshot.running) {
    if (run.partition != partition) continue;
    std::vector<Taken> takes;
    Instant ends_by = assumed_end(run.ends_by, snapshot.now);
    for (const Hold& hold : run.holds) {
      const std::int32_t number = hold.node.raw() < number_of_.size() ? number_of_[hold.node.raw()] : -1;
      if (number < 0) continue;
      // What runs on a closed node is the reservation's, or about to end: nothing else starts there before it opens.
      const Closed& closed = kinds_[static_cast<std::size_t>(nodes[static_cast<std::size_t>(number)].kind)].closed;
      if (closed_at(closed, snapshot.now)) continue;
      for (const auto& [from, to] : closed)
        if (from > snapshot.now) ends_by = std::min(ends_by, from);
      if (!takes.empty() && takes.back().node == number)
        takes.back().room += hold.room;
      else
        takes.push_back({number, hold.room});
    }
    std::ranges::stable_sort(takes, {}, &Taken::node);  // parts may share nodes: one entry for each
    std::vector<Taken> merged;
    for (const Taken& take : takes) {
      if (!merged.empty() && merged.back().node == take.node)
        merged.back().room += take.room;
      else
        merged.push_back(take);
    }
    if (merged.empty()) continue;  // its nodes have gone to another partition
    planner_->running(run.attempt.job.raw(), merged, ends_by);
    running_.insert(run.attempt.job.raw());
  }
  for (const std::int32_t node : gone) planner_->set_available(node, false, snapshot.now);
}

PartitionLine::PartitionLine(const PartitionLine& other)
    : kinds_(other.kinds_),
      ids_(other.ids_),
      number_of_(other.number_of_),
      known_(other.known_),
      shapes_(other.shapes_),
      in_planner_(other.in_planner_),
      fits_(other.fits_),
      running_(other.running_),
      planner_(std::make_unique<LinePlanner>(*other.planner_)) {}

std::int32_t PartitionLine::shape_of(const model::JobSpec& spec, const Allowance& allowance) {
  std::vector<std::int64_t> key;
  key.reserve(2 + spec.parts.size() * 7);
  key.push_back(allowance.spares ? 1 : 0);
  key.push_back(std::min(allowance.tasks_most, spec.tasks()));
  for (const model::Part& part : spec.parts) {
    std::int64_t type = -1;  // any, or none wanted
    if (part.need.cards > CardCount{0} && !part.need.card_type.empty()) {
      const auto kind = std::ranges::find(kinds_, part.need.card_type, &NodeKind::card_type);
      type = kind == kinds_.end() ? -2 : kind - kinds_.begin();
    }
    key.insert(key.end(), {part.need.cores.raw(), part.need.memory.raw(), part.need.cards.raw(), type, part.tasks,
                           part.tasks_least, static_cast<std::int64_t>(part.placement)});
  }
  const auto [known, is_new] = known_.try_emplace(std::move(key), static_cast<std::int32_t>(shapes_.size()));
  if (is_new) {
    auto ways = std::make_shared<const Ways>(job_requests(kinds_, spec, allowance));
    fits_.push_back(
        std::ranges::any_of(*ways, [&](const JobRequest& way) { return planner_->ever_fits(way.request); }));
    shapes_.push_back(std::move(ways));
    in_planner_.push_back(-1);
  }
  return known->second;
}

bool PartitionLine::ever_fits(const model::JobSpec& spec, const Allowance& allowance) {
  return fits_[static_cast<std::size_t>(shape_of(spec, allowance))];
}

void PartitionLine::submit(model::JobId job, const model::JobSpec& spec, Duration wall, std::int64_t key,
                           Instant not_before, const Allowance& allowance) {
  submit(job, shape_of(spec, allowance), wall, key, not_before);
}

void PartitionLine::submit(model::JobId job, std::int32_t shape, Duration wall, std::int64_t key, Instant not_before) {
  std::int32_t& in_planner = in_planner_[static_cast<std::size_t>(shape)];
  if (in_planner < 0) {
    INVARIANT(!shapes_[static_cast<std::size_t>(shape)]->empty(), "job {} waits for a partition that can never hold it",
              job.raw());
    in_planner = planner_->shape_of(requests(shape));
  }
  planner_->arrive_as(job.raw(), key, in_planner, wall, not_before, shape);
}

std::vector<Request> PartitionLine::requests(std::int32_t shape) const {
  std::vector<Request> requests;
  for (const JobRequest& way : *shapes_[static_cast<std::size_t>(shape)]) requests.push_back(way.request);
  return requests;
}

void PartitionLine::end(model::JobId job, Instant now) {
  if (running_.erase(job.raw()) > 0) planner_->end(job.raw(), now);
}

void PartitionLine::set_available(model::NodeId node, bool available, Instant now) {
  planner_->set_available(number_of_.at(node.raw()), available, now);
}

std::vector<Start> PartitionLine::step(Instant now) {
  std::vector<Start> starts;
  std::vector<std::int64_t> keys;
  for (const LineStart& one : planner_->step(now)) {
    const Ways& ways = *shapes_[static_cast<std::size_t>(one.tag)];
    Start& start = starts.emplace_back();
    start.job = model::JobId{one.job};
    for (const std::int32_t number : nodes_by_rank(ways[static_cast<std::size_t>(one.alternative)], one.nodes))
      start.nodes.push_back(ids_[static_cast<std::size_t>(number)]);
    keys.push_back(one.key);
    running_.insert(one.job);
  }
  if (const auto first = planner_->first()) {
    const std::pair head(planner_->key_of(*first), *first);
    for (std::size_t i = 0; i < starts.size(); ++i) starts[i].backfill = head < std::pair(keys[i], starts[i].job.raw());
  }
  return starts;
}

}  // namespace mingyue::sched
