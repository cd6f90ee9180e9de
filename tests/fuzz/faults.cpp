// A file of faults: from any bytes to a plan that a simulated centre can live through, or to refusals with their lines.

#include <array>
#include <set>

#include "fuzz.hpp"
#include "twin/fault_document.hpp"
#include "twin/fault_source.hpp"

namespace mingyue::twin {
namespace {

constexpr std::int64_t rate_max = 1'000'000;
constexpr Duration year = days(365);

bool is_share(std::int32_t thousandths) { return thousandths >= 0 && thousandths <= 1'000; }
bool is_rate(std::int64_t rate) { return rate >= 0 && rate <= rate_max; }

void check_plan(const FaultPlan& plan) {
  std::set<std::string> names;
  for (const FaultCategory& category : plan.categories) {
    fuzz::promise(names.insert(category.name).second, "a category is there once", category.name);
    fuzz::promise(is_rate(category.per_million_node_days) && is_share(category.silent), "a category has a rate");
  }
  if (plan.lemons) {
    fuzz::promise(is_share(plan.lemons->nodes) && is_share(plan.lemons->faults), "lemons are a share");
    fuzz::promise(plan.lemons->faults >= plan.lemons->nodes, "lemons fail more than other nodes");
  }
  if (plan.switches) fuzz::promise(is_rate(plan.switches->per_million_switch_days), "switches have a rate");
  if (plan.power) fuzz::promise(is_rate(plan.power->per_thousand_years), "power has a rate");
  if (plan.stragglers) {
    fuzz::promise(is_rate(plan.stragglers->per_million_node_days), "stragglers have a rate");
    fuzz::promise(plan.stragglers->factor >= 1'000 && plan.stragglers->factor <= 10'000, "stragglers are slower");
    fuzz::promise(plan.stragglers->noticed_after > Duration{}, "nobody notices before it begins");
  }
  const Response& response = plan.response;
  for (const Duration time :
       {response.job_detection, response.node_detection, response.hang_detection, response.restart})
    fuzz::promise(time >= Duration{} && time <= days(1), "the centre responds within a day");
}

/// Four nodes below two leaf switches, which have one above.
model::Centre small_centre() {
  model::Centre centre{.name = "moon"};
  centre.switches = {{.name = "east", .above = "row"}, {.name = "west", .above = "row"}, {.name = "row"}};
  for (const char* name : {"n0", "n1", "n2", "n3"})
    centre.nodes.push_back({.name = name, .switch_name = centre.nodes.size() < 2 ? "east" : "west"});
  return centre;
}

void check_faults(const FaultPlan& plan) {
  const model::Centre centre = small_centre();
  auto source = FaultSource::make(plan, centre, Instant{0}, 1);
  fuzz::promise(source.has_value(), "a centre with switches can have any plan", source ? "" : source.error().message);
  Instant before{0};
  for (int i = 0; i < 50 && source->next_at() != never; ++i) {
    const Fault fault = source->next();
    fuzz::promise(fault.at >= before, "faults come in the order of time", fault.name);
    fuzz::promise(!fault.nodes.empty() && fault.nodes.back() < centre.nodes.size(), "a fault hits nodes", fault.name);
    fuzz::promise(fault.repair > Duration{} && fault.repair <= year, "what broke is repaired within a year",
                  fault.name);
    before = fault.at;
  }
}

}  // namespace
}  // namespace mingyue::twin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  const auto text = fuzz::text_of(data, size);
  const auto tree = formats::parse_yaml(text);
  if (!tree) {
    fuzz::check_refusal(tree.error(), text);
    return 0;
  }
  const auto plan = twin::read_faults(*tree);
  if (!plan) {
    fuzz::check_refusals(plan.error(), text);
    return 0;
  }
  twin::check_plan(*plan);
  twin::check_faults(*plan);
  const auto merged = twin::merge_faults(std::array{*plan});
  fuzz::promise(merged && *merged == *plan, "one plan alone is what it is");
  const auto twice = twin::merge_faults(std::array{*plan, *plan});
  fuzz::promise(twice.has_value() == plan->categories.empty(), "a category of two files is refused");
  if (!twice) fuzz::check_refusal(twice.error(), {});
  return 0;
}
