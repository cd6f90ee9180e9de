#include "broker/meter.hpp"

#include <algorithm>
#include <tuple>

namespace mingyue::broker {

void Meter::turn(QpuSpent spent, model::AttemptId of, Instant now) {
  if (now > since_) {
    use(spent_, of_).time += now - since_;
    since_ = now;
  }
  spent_ = spent;
  of_ = of;
}

void Meter::batch(model::AttemptId of) { ++use(QpuSpent::run, of).batches; }

QpuReading Meter::take(Instant now) {
  turn(spent_, of_, now);
  QpuReading reading{.from = from_, .to = since_, .uses = std::move(uses_)};
  uses_.clear();
  from_ = since_;
  return reading;
}

QpuUse& Meter::use(QpuSpent spent, model::AttemptId of) {
  const auto key = std::tuple(spent, of);
  const auto at = std::ranges::lower_bound(uses_, key, {}, [](const QpuUse& u) { return std::tuple(u.spent, u.of); });
  if (at != uses_.end() && std::tuple(at->spent, at->of) == key) return *at;
  return *uses_.insert(at, {.spent = spent, .of = of});
}

}  // namespace mingyue::broker
