#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "sched/context.hpp"

namespace mingyue::sched {

/// Whom a start now would delay, and by how long: of one partition, walked in order.
///
/// The culprit of a job is the first candidate in the order whose booking would no longer have room if the job started
/// now on the nodes that it would get. How much later that one would start is found by planning it again behind all
/// that goes before it, and behind the job.
class Delays {
 public:
  struct Delay {
    std::size_t candidate = 0;  ///< who would be delayed, by index
    Duration by;                ///< zero: it could start elsewhere at the same time, but its nodes are reserved
  };

  Delays(const Context& context, std::int32_t partition, const std::vector<Candidate>& candidates);

  /// The walk has come past this candidate.
  void pass(std::size_t candidate);

  /// Remembers the question: the waiting candidate `waiting`, if it started now like this. Asked in the order of the
  /// walk.
  void ask(std::size_t waiting, const Booking& start_now);

  /// Answers all questions at the end of the walk; by index of the waiting candidate.
  [[nodiscard]] std::map<std::size_t, Delay> answers();

 private:
  struct Question {
    std::size_t waiting = 0;
    Booking start_now;
    std::optional<std::size_t> culprit;
  };
  using Key = std::tuple<std::size_t, ShapeId, std::vector<NodeIndex>>;
  [[nodiscard]] std::optional<std::size_t> culprit_of(const Question& question) const;
  [[nodiscard]] Duration delay(Calendar& before, const Question& question, const Candidate& culprit) const;

  const Context& context_;
  const std::vector<Candidate>& candidates_;
  const std::int32_t partition_;
  Calendar running_;                                 ///< running work alone, less the victims
  std::vector<std::vector<std::size_t>> booked_on_;  ///< by node: candidates passed so far
  std::vector<Question> questions_;
  std::map<Key, std::optional<std::size_t>> known_;  ///< culprits of equal questions; without the first of the key
};

}  // namespace mingyue::sched
