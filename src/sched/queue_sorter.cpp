#include "sched/queue_sorter.hpp"

#include <algorithm>

#include "sched/placement.hpp"

namespace mingyue::sched {

QueueSorter::QueueSorter(Context& context, std::vector<std::unique_ptr<CountedPlan>>& counted)
    : context_(context),
      counted_(counted),
      order_(context.snapshot),
      candidates_(context.sections()),
      numbers_(context.types) {
  for (std::size_t p = 0; p < candidates_.size(); ++p) {
    nodes_.push_back(context.nodes_of(static_cast<std::int32_t>(p)));
    auto& totals = totals_.emplace_back();
    for (const NodeFacts& node : nodes_.back()) totals.push_back(node.total);
  }
}

void QueueSorter::sort() {
  const auto& waiting = context_.snapshot.waiting;
  // What jobs say is read once, in the order in which it lies in memory: it is most of what there is to read.
  std::vector<std::uint32_t> numbers;
  std::vector<std::size_t> in_section(candidates_.size());
  terms_.reserve(waiting.size());
  numbers.reserve(waiting.size());
  for (const WaitingView& job : waiting) {
    const std::int32_t section = context_.section_of(job);
    terms_.push_back(order_.terms(job));
    numbers.push_back(static_cast<std::uint32_t>(number_of(section, job)));
    ++in_section[static_cast<std::size_t>(section)];
  }
  // With room for those who come later: to move them all would cost as much as many a step.
  for (std::size_t p = 0; p < candidates_.size(); ++p) candidates_[p].reserve(in_section[p] + in_section[p] / 8 + 64);
  queue_.reserve(waiting.size());
  queued_at_.assign(waiting.size(), not_queued);
  for (const std::uint32_t view : in_order(context_.snapshot, terms_)) {
    const std::size_t before = queue_.size();
    add(waiting[view], terms_[view], numbers[view]);
    if (queue_.size() > before) queued_at_[view] = static_cast<std::uint32_t>(before);
  }
}

/// Where the wall limit is no part of a shape, many more jobs share one.
Duration QueueSorter::wall_asked(std::int32_t section, const WaitingView& job) const {
  return counted_[static_cast<std::size_t>(section)] ? Duration{} : job.wall;
}

std::size_t QueueSorter::number_of(std::int32_t section, const WaitingView& job) {
  return numbers_.number_of(section, *job.spec, wall_asked(section, job), allowance_of(job));
}

const QueueSorter::Ask& QueueSorter::ask_of(const WaitingView& job, std::int32_t section, std::size_t number) {
  if (asks_.size() <= number) asks_.resize(number + 1);
  Ask& ask = asks_[number];
  if (ask.known) return ask;
  const auto p = static_cast<std::size_t>(section);
  const Allowance allowance = allowance_of(job);
  ask.known = true;
  ask.shapes = context_.shapes.of(*job.spec, wall_asked(section, job), allowance);
  if (counted_[p]) {
    ask.line_shape = counted_[p]->line().shape_of(*job.spec, allowance);
    ask.ever_fits = counted_[p]->line().ever_fits(ask.line_shape);
  } else {
    ask.ever_fits = std::ranges::any_of(ask.shapes, [&](ShapeId id) {
      return place(nodes_[p], totals_[p], context_.shapes[id]).has_value();  // with nothing else on them
    });
  }
  return ask;
}

Queued QueueSorter::queued(const WaitingView& job, const PriorityTerms& terms, std::size_t number) {
  Queued queued{.job = &job, .section = context_.section_of(job), .terms = &terms, .shapes = {}};
  const Ask& ask = ask_of(job, queued.section, number);
  queued.shapes = ask.shapes;
  const model::Partition& partition = context_.snapshot.partitions[static_cast<std::size_t>(job.partition)];
  const bool retries = job.blocked == Blocked::retry_delay && job.blocked_until;
  queued.floor = retries ? std::max(*job.blocked_until, context_.snapshot.now) : context_.snapshot.now;
  if ((job.blocked != Blocked::no && !retries) || (partition.guest && queued.floor > context_.snapshot.now))
    queued.kind = Queued::Kind::blocked;
  else if (partition.wall_max > Duration{} && job.wall > partition.wall_max)
    queued.kind = Queued::Kind::wall_exceeds;
  else if (!ask.ever_fits)
    queued.kind = Queued::Kind::too_large;
  else if (partition.guest)
    queued.kind = Queued::Kind::handed_over;
  return queued;
}

void QueueSorter::line_up(Queued& queued, const Ask& ask, std::int32_t place) {
  auto& candidates = candidates_[static_cast<std::size_t>(queued.section)];
  queued.candidate = candidates.size();
  candidates.push_back({.job = queued.job,
                        .place = place,
                        .shapes = queued.shapes,
                        .line_shape = ask.line_shape,
                        .floor = queued.floor,
                        .booking = {},
                        .victims = {}});
}

void QueueSorter::add(const WaitingView& job, const PriorityTerms& terms, std::size_t number) {
  Queued one = queued(job, terms, number);
  if (one.kind == Queued::Kind::handed_over) return handed_over_.push_back(job.id);  // the engine decides the rest
  one.place = static_cast<std::int32_t>(queue_.size()) + 1;
  if (one.kind == Queued::Kind::candidate) line_up(one, asks_[number], one.place);
  queue_.push_back(one);
}

const Queued& QueueSorter::add_late(const WaitingView& job) {
  const std::size_t number = number_of(context_.section_of(job), job);
  Late& late = late_.emplace_back(Late{.queued = {}, .terms = order_.terms(job)});
  late.queued = queued(job, late.terms, number);
  const auto before = [&](const Queued& other) {
    if (other.job->goes_on || other.terms->total != late.terms.total)
      return other.job->goes_on || other.terms->total > late.terms.total;
    return other.job->id < job.id;
  };
  late.queued.place = static_cast<std::int32_t>(std::ranges::partition_point(queue_, before) - queue_.begin()) + 1;
  if (late.queued.kind == Queued::Kind::candidate)
    line_up(late.queued, asks_[number], static_cast<std::int32_t>(queue_.size() + late_.size()));
  return late.queued;
}

}  // namespace mingyue::sched
