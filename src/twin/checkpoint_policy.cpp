#include "twin/checkpoint_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "workload/chance.hpp"

namespace mingyue::twin {
namespace {

constexpr Int128 million_days = static_cast<Int128>(days(1).raw()) * 1'000'000;
constexpr Duration forever{never.raw()};

Duration at_most_forever(Int128 ms) {
  return ms >= static_cast<Int128>(forever.raw()) ? forever : Duration(static_cast<std::int64_t>(ms));
}

std::string word_of(const CheckpointPolicy& policy) {
  switch (policy.rule) {
    case CheckpointRule::trace:
      return "trace";
    case CheckpointRule::never:
      return "never";
    case CheckpointRule::young:
      return "young";
    case CheckpointRule::daly:
      return "daly";
    case CheckpointRule::automatic:
      return "auto";
    case CheckpointRule::fixed:
      break;
  }
  return "every " + print_duration(policy.interval);
}

}  // namespace

Expected<CheckpointPolicy> parse_checkpoint(std::string_view text, Duration write) {
  using Rule = CheckpointRule;
  if (text == "trace") return CheckpointPolicy{Rule::trace, {}, write};
  if (text == "never") return CheckpointPolicy{Rule::never, {}, {}};
  if (text == "hourly") return CheckpointPolicy{Rule::fixed, hours(1), write};
  if (text == "young") return CheckpointPolicy{Rule::young, {}, write};
  if (text == "daly") return CheckpointPolicy{Rule::daly, {}, write};
  if (text == "auto") return CheckpointPolicy{Rule::automatic, {}, write};
  const auto interval = parse_duration(text);
  if (!interval)
    return refuse("bad-value", "--checkpoint", fmt::format("\"{}\" is no rule of checkpoints", shown(text)),
                  "trace, never, hourly, young, daly, auto, or an interval such as 30m");
  if (*interval < interval_min)
    return refuse("out-of-range", "--checkpoint", fmt::format("{} is too short an interval", print_duration(*interval)),
                  "1s or more");
  return CheckpointPolicy{Rule::fixed, *interval, write};
}

std::string print_checkpoint(const CheckpointPolicy& policy) {
  std::string text = word_of(policy);
  if (policy.write > Duration{0}) text += fmt::format(", {} to write", print_duration(policy.write));
  return text;
}

Duration checkpoint_interval(const CheckpointPolicy& policy, Duration of_trace, Duration mtbf) {
  const auto young = [&] {
    const auto square =
        static_cast<Uint128>(2) * static_cast<Uint128>(policy.write.raw()) * static_cast<Uint128>(mtbf.raw());
    return Duration(static_cast<std::int64_t>(workload::whole_root(square)));
  };
  switch (policy.rule) {
    case CheckpointRule::never:
      return Duration{0};
    case CheckpointRule::trace:
      return of_trace <= Duration{0} ? Duration{0} : std::max(of_trace, interval_min);
    case CheckpointRule::fixed:
      return policy.interval;
    case CheckpointRule::young:
    case CheckpointRule::daly:
    case CheckpointRule::automatic:
      break;
  }
  if (mtbf >= forever) return Duration{0};
  const Duration less = policy.rule == CheckpointRule::young ? Duration{0} : policy.write;
  return std::max(young() - less, interval_min);
}

FailureRate::FailureRate(std::int64_t expected_per_million_node_days)
    : node_ms_(interruptions_ * million_days / std::max<std::int64_t>(expected_per_million_node_days, 1)) {}

Int128 FailureRate::node_time(Instant now) const {
  return node_ms_ + static_cast<Int128>(nodes_) * std::max<std::int64_t>((now - since_).raw(), 0);
}

void FailureRate::running(std::int64_t nodes, Instant now) {
  node_ms_ = node_time(now);
  since_ = now;
  nodes_ += nodes;
}

Duration FailureRate::mtbf(std::int64_t nodes, Instant now) const {
  return at_most_forever(node_time(now) / interruptions_ / std::max<std::int64_t>(nodes, 1));
}

Duration mtbf_of(std::int64_t per_million_node_days, std::int64_t nodes) {
  if (per_million_node_days <= 0) return forever;
  return at_most_forever(million_days / per_million_node_days / std::max<std::int64_t>(nodes, 1));
}

}  // namespace mingyue::twin
