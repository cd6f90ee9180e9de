#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sched/shape.hpp"

namespace mingyue::sched {

/// What jobs ask, by number: jobs that ask the same of the same section have one number, and what follows from it is
/// found out once. Some tens of nanoseconds for each job; a queue of 100,000 has some hundred numbers.
class Asks {
 public:
  explicit Asks(const CardTypes& types) : types_(types) {}

  /// `wall`: only where it is part of the question.
  [[nodiscard]] std::size_t number_of(std::int32_t section, const model::JobSpec& spec, Duration wall,
                                      const Allowance& allowance);

 private:
  struct Hash {
    std::size_t operator()(const std::vector<std::int64_t>& key) const;
  };
  const CardTypes& types_;
  std::vector<std::int64_t> key_;  ///< of the one that is looked up
  std::unordered_map<std::vector<std::int64_t>, std::size_t, Hash> known_;
};

}  // namespace mingyue::sched
