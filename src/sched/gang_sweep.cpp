#include "sched/gang_sweep.hpp"

namespace mingyue::sched {

GangSweep::GangSweep(std::span<const NodeFacts> nodes, const std::vector<Timeline>& timelines, const Timeline& together,
                     const Shape& shape, Instant from)
    : timelines_(timelines),
      together_(together),
      shape_(shape),
      start_(from),
      tasks_(shape.parts.size(), std::vector<std::int32_t>(nodes.size(), 0)),
      sums_(shape.parts.size(), 0) {
  for (const ShapePart& part : shape.parts) needed_ += part.need * part.tasks;
  start_ = together.earliest(from, shape.wall, needed_, never);
  if (start_ >= never) return;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto node = static_cast<NodeIndex>(i);
    for (std::size_t p = 0; p < shape.parts.size(); ++p)
      if (suits(shape.parts[p], nodes[i])) ask(static_cast<std::int32_t>(p), node);
    // How several parts fit together can change with any gain, even where no single part gains a task.
    if (shape.parts.size() > 1) watch_gains(node);
  }
}

void GangSweep::ask(std::int32_t part, NodeIndex node) {
  const auto p = static_cast<std::size_t>(part);
  const auto n = static_cast<std::size_t>(node);
  const ShapePart& wanted = shape_.parts[p];
  const Timeline::Window window = timelines_[n].window(start_, shape_.wall, wanted.need, wanted.tasks);
  if (window.tasks > tasks_[p][n]) better_ = true;
  sums_[p] += window.tasks - tasks_[p][n];
  tasks_[p][n] = window.tasks;
  if (window.until < never) due_.emplace(window.until, part, node);
}

void GangSweep::watch_gains(NodeIndex node) {
  const Instant gain = timelines_[static_cast<std::size_t>(node)].next_gain(start_);
  if (gain < never) due_.emplace(gain, any_gain, node);
}

bool GangSweep::enough() const {
  for (std::size_t p = 0; p < sums_.size(); ++p)
    if (sums_[p] < shape_.parts[p].tasks) return false;
  return true;
}

/// On to a later start, asking again those whose time is up by then.
void GangSweep::go_to(Instant start) {
  start_ = start;
  while (!due_.empty() && std::get<Instant>(due_.top()) <= start_) {
    const auto [when, part, node] = due_.top();
    due_.pop();
    if (part == any_gain) {
      better_ = true;
      watch_gains(node);
    } else {
      ask(part, node);
    }
  }
}

Instant GangSweep::next(Instant limit) {
  while (start_ <= limit && start_ < never) {
    if (better_ && enough()) {
      better_ = false;
      return start_;
    }
    if (due_.empty()) return never;
    go_to(together_.earliest(std::get<Instant>(due_.top()), shape_.wall, needed_, never));
  }
  return never;
}

}  // namespace mingyue::sched
