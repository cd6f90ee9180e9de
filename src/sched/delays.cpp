#include "sched/delays.hpp"

#include <algorithm>

namespace mingyue::sched {
Delays::Delays(const Context& context, std::int32_t partition, const std::vector<Candidate>& candidates)
    : context_(context),
      candidates_(candidates),
      partition_(partition),
      running_(context.calendar_of(partition)),
      booked_on_(running_.nodes().size()) {
  context_.release_victims(running_, candidates_);
}

void Delays::pass(std::size_t candidate) {
  if (!candidates_[candidate].booking) return;
  for (const auto& [node, room] : candidates_[candidate].booking->takes)
    booked_on_[static_cast<std::size_t>(node)].push_back(candidate);
}

void Delays::ask(std::size_t waiting, const Booking& start_now) {
  Question question{waiting, start_now, std::nullopt};
  const auto [known, is_new] = known_.try_emplace(Key{0, start_now.shape, start_now.nodes});
  // Whoever was first in the way of an equal question stays first: candidates are only added behind.
  if (!known->second) known->second = culprit_of(question);
  question.culprit = known->second;
  questions_.push_back(std::move(question));
}

std::optional<std::size_t> Delays::culprit_of(const Question& question) const {
  std::size_t culprit = candidates_.size();
  for (const auto& [node, room] : question.start_now.takes) {
    Timeline timeline = running_.timeline(node);
    timeline.take(question.start_now.start, question.start_now.end, room);
    for (const std::size_t other : booked_on_[static_cast<std::size_t>(node)]) {
      if (other >= culprit) break;
      if (other == question.waiting) continue;
      const Booking& booking = *candidates_[other].booking;
      const auto take = std::lower_bound(booking.takes.begin(), booking.takes.end(), node,
                                         [](const auto& t, NodeIndex n) { return t.first < n; });
      if (!fits(take->second, timeline.least(booking.start, booking.end))) {
        culprit = other;
        break;
      }
      timeline.take(booking.start, booking.end, take->second);
    }
  }
  return culprit < candidates_.size() ? std::optional(culprit) : std::nullopt;
}

Duration Delays::delay(Calendar& before, const Question& question, const Candidate& culprit) const {
  const Candidate& waiting = candidates_[question.waiting];
  const bool went_before = waiting.booking && waiting.place < culprit.place;
  if (went_before) before.remove(*waiting.booking);
  Instant start = culprit.booking->start;
  if (before.has_room(question.start_now)) {
    before.add(question.start_now);
    Instant best = never;
    for (const ShapeId id : culprit.shapes)
      if (const auto found = before.earliest(context_.shapes[id], id, start, best)) best = std::min(best, found->start);
    if (best < never) start = best;
    before.remove(question.start_now);
  }
  if (went_before) before.add(*waiting.booking);
  return start - culprit.booking->start;
}

std::map<std::size_t, Delays::Delay> Delays::answers() {
  std::map<std::size_t, Delay> result;
  if (questions_.empty()) return result;
  // A booking kept from the last plan can stand in the way of a candidate before it: those are known only now.
  std::map<std::size_t, std::vector<const Question*>> by_culprit;
  for (Question& question : questions_) {
    if (!question.culprit) question.culprit = culprit_of(question);
    if (question.culprit) by_culprit[*question.culprit].push_back(&question);
  }
  std::map<Key, Duration> known;
  Calendar before = context_.calendar_of(partition_);
  context_.release_victims(before, candidates_);
  std::size_t next = 0;
  for (const auto& [culprit, questions] : by_culprit) {
    for (; next < culprit; ++next)
      if (candidates_[next].booking) before.add(*candidates_[next].booking);
    for (const Question* question : questions) {
      const Candidate& who = candidates_[culprit];
      if (question->waiting < culprit) {
        result.emplace(question->waiting, Delay{culprit, delay(before, *question, who)});
        continue;
      }
      const auto [answer, is_new] =
          known.try_emplace(Key{culprit, question->start_now.shape, question->start_now.nodes});
      if (is_new) answer->second = delay(before, *question, who);
      result.emplace(question->waiting, Delay{culprit, answer->second});
    }
  }
  return result;
}

}  // namespace mingyue::sched
