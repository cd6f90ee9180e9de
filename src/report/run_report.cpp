#include "report/run_report.hpp"

#include "base/invariant.hpp"

namespace mingyue::report {
namespace {

template <class Times>
auto& member_of(Times& times, UseClass use) {
  switch (use) {
    case UseClass::productive:
      return times.productive;
    case UseClass::checkpoint:
      return times.checkpoint;
    case UseClass::start:
      return times.start;
    case UseClass::lost:
      return times.lost;
    case UseClass::promised:
      return times.promised;
    case UseClass::stranded:
      return times.stranded;
    case UseClass::unwanted:
      return times.unwanted;
    case UseClass::down:
      return times.down;
    case UseClass::drained:
      return times.drained;
    case UseClass::calibration:
    case UseClass::maintenance:
    case UseClass::others:
      break;  // of quantum devices, or of shared nodes: no trace has them
  }
  INVARIANT(false, "class {} of use is none", static_cast<int>(use));
  return times.productive;
}

}  // namespace

ResourceTime& ClassTimes::of(UseClass use) { return member_of(*this, use); }
ResourceTime ClassTimes::of(UseClass use) const { return member_of(*this, use); }
std::vector<ResourceTime>& PoolSeries::of(UseClass use) { return member_of(*this, use); }
const std::vector<ResourceTime>& PoolSeries::of(UseClass use) const { return member_of(*this, use); }

ResourceTime ClassTimes::sum() const {
  ResourceTime sum;
  for (const UseClass use : use_classes) sum += of(use);
  return sum;
}

KeepAliveTimes& KeepAliveTimes::operator+=(const KeepAliveTimes& other) {
  productive += other.productive;
  slowed += other.slowed;
  lost_work += other.lost_work;
  detection += other.detection;
  restart += other.restart;
  checkpoint += other.checkpoint;
  waiting += other.waiting;
  return *this;
}

double share(ResourceTime numerator, ResourceTime denominator) {
  if (denominator.raw() == 0) return 0;
  return static_cast<double>(numerator.raw()) / static_cast<double>(denominator.raw());
}

PoolTotals whole_centre(const RunReport& report) {
  bool has_cards = false;
  for (const PoolTotals& totals : report.totals) has_cards |= !totals.pool.card_type.empty();
  PoolTotals whole;
  for (const PoolTotals& totals : report.totals) {
    if (totals.pool.card_type.empty() == has_cards) continue;
    if (has_cards) whole.pool.card_type = "cards";
    whole.count += totals.count;
    whole.capacity_resource_ms += totals.capacity_resource_ms;
    for (const UseClass use : use_classes) whole.resource_ms.of(use) += totals.resource_ms.of(use);
  }
  whole.use = share(whole.resource_ms.used(), whole.capacity_resource_ms);
  whole.goodput = share(whole.resource_ms.productive, whole.capacity_resource_ms);
  whole.idle_wanted = share(whole.resource_ms.idle_wanted(), whole.capacity_resource_ms);
  return whole;
}

}  // namespace mingyue::report
