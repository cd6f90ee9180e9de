#include "twin/fault_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/units.hpp"
#include "twin/exponential.hpp"

namespace mingyue::twin {
namespace {

constexpr Duration year = days(365);

/// Between two faults of `count` things that each have so many in a million days.
Duration mean_between(Duration unit, std::int64_t per_million, std::size_t count) {
  const Int128 rate = static_cast<Int128>(per_million) * static_cast<Int128>(count);
  return Duration(static_cast<std::int64_t>(static_cast<Int128>(unit.raw()) * 1'000'000 / rate));
}

/// The nodes of each leaf switch, by its name.
std::map<std::string, std::vector<std::uint32_t>> by_leaf(const model::Centre& centre) {
  std::map<std::string, std::vector<std::uint32_t>> leaves;
  for (std::size_t i = 0; i < centre.nodes.size(); ++i) {
    const std::string& name = centre.nodes[i].switch_name;
    if (!name.empty()) leaves[name].push_back(static_cast<std::uint32_t>(i));
  }
  return leaves;
}

/// The nodes below each switch that is above a leaf.
std::map<std::string, std::vector<std::uint32_t>> by_spine(const model::Centre& centre) {
  std::map<std::string, std::vector<std::uint32_t>> spines;
  for (const auto& [leaf, nodes] : by_leaf(centre)) {
    const auto it = std::ranges::find(centre.switches, leaf, &model::Switch::name);
    if (it == centre.switches.end() || it->above.empty()) continue;
    auto& all = spines[it->above];
    all.insert(all.end(), nodes.begin(), nodes.end());
  }
  for (auto& [name, nodes] : spines) std::ranges::sort(nodes);
  return spines;
}

}  // namespace

FaultSource::FaultSource(const FaultPlan& plan, const model::Centre& centre) : centre_(&centre) {
  for (const FaultCategory& category : plan.categories) rate_ += category.per_million_node_days;
  if (plan.stragglers) rate_ += plan.stragglers->per_million_node_days;
}

Expected<FaultSource> FaultSource::make(const FaultPlan& plan, const model::Centre& centre, Instant from,
                                        std::uint64_t seed) {
  FaultSource source(plan, centre);
  const Prng root = Prng(seed).split("faults");
  const std::size_t nodes = centre.nodes.size();

  for (std::size_t i = 0; i < nodes; ++i) source.others_.push_back(static_cast<std::uint32_t>(i));
  if (plan.lemons) {
    Prng draw = root.split("lemons");
    const std::size_t wanted = std::clamp<std::size_t>(
        (nodes * static_cast<std::size_t>(plan.lemons->nodes) + 500) / 1'000, 1, std::max<std::size_t>(nodes - 1, 1));
    for (std::size_t i = 0; i < wanted && source.others_.size() > 1; ++i) {
      const auto at = source.others_.begin() + static_cast<std::ptrdiff_t>(draw.below(source.others_.size()));
      source.lemons_.push_back(*at);
      source.others_.erase(at);
    }
    source.lemon_faults_ = plan.lemons->faults;
  }

  for (const FaultCategory& category : plan.categories) {
    if (category.per_million_node_days == 0) continue;
    source.add({.kind = category.takes == Takes::node ? FaultKind::node : FaultKind::job, .name = category.name},
               mean_between(days(1), category.per_million_node_days, nodes), category.repair, category.silent, {}, from,
               root.split("category " + category.name));
  }
  if (plan.stragglers && plan.stragglers->per_million_node_days > 0) {
    source.add({.kind = FaultKind::slow_node, .name = "straggler"},
               mean_between(days(1), plan.stragglers->per_million_node_days, nodes), plan.stragglers->repair, 0, {},
               from, root.split("stragglers"));
  }
  if (plan.switches && plan.switches->per_million_switch_days > 0) {
    std::vector<Place> places;
    for (auto& [name, below] : by_leaf(centre)) places.push_back({name, std::move(below)});
    if (places.empty())
      return refuse("bad-centre", "switches", "no node of the centre hangs on a switch, so no switch can fail",
                    "leave the section `switches` out, or give the centre's nodes a switch");
    const std::size_t count = places.size();
    source.rate_ +=
        plan.switches->per_million_switch_days * static_cast<std::int64_t>(count) / static_cast<std::int64_t>(nodes);
    source.add({.kind = FaultKind::several_nodes, .name = "switch"},
               mean_between(days(1), plan.switches->per_million_switch_days, count), plan.switches->repair, 0,
               std::move(places), from, root.split("switches"));
  }
  if (plan.power && plan.power->per_thousand_years > 0) {
    std::vector<Place> places;
    if (plan.power->takes == PowerTakes::centre) {
      std::vector<std::uint32_t> all(nodes);
      for (std::size_t i = 0; i < nodes; ++i) all[i] = static_cast<std::uint32_t>(i);
      places.push_back({centre.name, std::move(all)});
    } else {
      for (auto& [name, below] : by_spine(centre)) places.push_back({name, std::move(below)});
    }
    if (places.empty())
      return refuse("bad-centre", "power.takes", "no leaf switch of the centre has a switch above it",
                    "write `takes: centre`, or give the centre's leaf switches one above");
    source.add({.kind = FaultKind::several_nodes, .name = "power"},
               mean_between(year, plan.power->per_thousand_years * 1'000, 1), plan.power->repair, 0, std::move(places),
               from, root.split("power"));
  }
  return source;
}

void FaultSource::add(Fault like, Duration mean, const Repair& repair, std::int32_t silent, std::vector<Place> places,
                      Instant from, const Prng& root) {
  Stream& stream = streams_.emplace_back(Stream{.like = std::move(like),
                                                .mean = mean,
                                                .repair = repair,
                                                .silent = silent,
                                                .places = std::move(places),
                                                .times = root.split("times"),
                                                .where = root.split("places"),
                                                .repairs = root.split("repairs"),
                                                .silences = root.split("silences"),
                                                .next_at = from});
  stream.next_at = from + draw_exponential(stream.times, mean);
}

std::uint32_t FaultSource::draw_node(Prng& prng) const {
  const bool lemon = prng.below(1'000) < static_cast<std::uint64_t>(lemon_faults_) && !lemons_.empty();
  const auto& among = lemon ? lemons_ : others_;
  return among[prng.below(among.size())];
}

Instant FaultSource::next_at() const {
  Instant first = never;
  for (const Stream& stream : streams_) first = std::min(first, stream.next_at);
  return first;
}

Fault FaultSource::next() {
  Stream& stream = *std::ranges::min_element(streams_, {}, &Stream::next_at);  // of equals the first
  Fault fault = stream.like;
  fault.at = stream.next_at;
  if (stream.places.empty()) {
    fault.nodes = {draw_node(stream.where)};
    fault.where = centre_->nodes[fault.nodes.front()].name;
    fault.card = stream.where.next();
  } else {
    const Place& place = stream.places[stream.where.below(stream.places.size())];
    fault.nodes = place.nodes;
    fault.where = place.name;
  }
  fault.silent = stream.silences.below(1'000) < static_cast<std::uint64_t>(stream.silent);
  fault.repair = stream.repair.draw(stream.repairs);
  stream.next_at = fault.at + draw_exponential(stream.times, stream.mean);
  return fault;
}

}  // namespace mingyue::twin
