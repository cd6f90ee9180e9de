#include "forecast/arrivals.hpp"

#include <algorithm>

namespace mingyue::forecast {

std::optional<Duration> lag_of(std::size_t index, Duration known) {
  for (const Duration period : {days(7), days(1)}) {
    const std::int64_t periods = known.raw() / period.raw();
    if (periods > 0) return period * (static_cast<std::int64_t>(index) % periods + 1);
  }
  return std::nullopt;
}

std::uint64_t Arrivals::submitted(const SupposedArrival& arrival, Instant now) {
  const std::uint64_t number = count_++;
  if (ring_.size() < most_)
    ring_.push_back(arrival);
  else
    ring_[static_cast<std::size_t>(number % most_)] = arrival;
  if (!first_) first_ = now;
  return number;
}

void Arrivals::ended(std::uint64_t number, Duration run) {
  if (number >= oldest()) ring_[static_cast<std::size_t>(number % most_)].run = run;
}

std::optional<Duration> Arrivals::lag(std::size_t index, Instant now) const {
  if (ring_.empty()) return std::nullopt;
  return lag_of(index, now - std::max(at(oldest()).at, *first_));
}

Arrivals::Again::Again(const Arrivals& of, Duration lag, Instant now) : of_(of), lag_(lag), number_(of.oldest()) {
  // The first that came after now - lag.
  std::uint64_t end = of.count_;
  while (number_ < end) {
    const std::uint64_t middle = number_ + (end - number_) / 2;
    if (of.at(middle).at <= now - lag)
      number_ = middle + 1;
    else
      end = middle;
  }
}

const SupposedArrival* Arrivals::Again::next() {
  if (number_ == of_.count_) return nullptr;
  one_ = of_.at(number_++);
  one_.at = one_.at + lag_;
  one_.key += lag_.raw();
  return &one_;
}

}  // namespace mingyue::forecast
