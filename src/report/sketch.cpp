#include "report/sketch.hpp"

#include <algorithm>

namespace mingyue::report {

void Sketch::merge(const Sketch& other) {
  if (other.count_ == 0) return;
  if (buckets_.size() < other.buckets_.size()) buckets_.resize(other.buckets_.size());
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  least_ = count_ == 0 ? other.least_ : std::min(least_, other.least_);
  largest_ = std::max(largest_, other.largest_);
  count_ += other.count_;
  sum_ += other.sum_;
}

std::int64_t Sketch::mean_floor() const {
  return count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ / static_cast<Uint128>(count_));
}

std::uint64_t Sketch::middle_of(std::size_t bucket) {
  constexpr std::size_t half = std::size_t{1} << (exact_bits - 1);
  if (bucket < 2 * half) return bucket;
  const std::size_t shift = bucket / half - 1;
  const std::uint64_t low = static_cast<std::uint64_t>(bucket % half + half) << shift;
  return low + ((std::uint64_t{1} << shift) >> 1);
}

std::int64_t Sketch::quantile(std::int64_t permille) const {
  if (count_ == 0) return 0;
  const auto place = static_cast<std::int64_t>((static_cast<Int128>(count_) * permille + 999) / 1000);
  if (place >= count_) return largest();
  std::int64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= place && seen > 0) return static_cast<std::int64_t>(std::clamp(middle_of(bucket), least_, largest_));
  }
  return largest();
}

}  // namespace mingyue::report
