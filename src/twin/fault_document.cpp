#include "twin/fault_document.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/document_reader.hpp"
#include "workload/lines.hpp"

namespace mingyue::twin {
namespace {

using model::FieldReader;
using model::Refusals;

constexpr std::size_t categories_max = 100;
constexpr std::int64_t rate_max = 1'000'000;  ///< thousandths: a thousand, of whatever is counted
constexpr std::int32_t factor_max = 10'000;   ///< thousandths
constexpr std::int32_t sigma_max = 4'000;     ///< thousandths
constexpr Duration response_max = days(1);

std::string print_thousandths(std::int64_t value) {
  std::string text = fmt::format("{}.{:03}", value / 1'000, value % 1'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

/// Reads the document section by section.
class FaultReader {
 public:
  explicit FaultReader(const Tree& document) : document_(document), root_(document, "", refusals_) {}

  Expected<FaultPlan, std::vector<Refusal>> read() {
    if (document_.is_map()) {
      plan_.name = root_.text("name", 200).value_or("");
      read_categories();
      section("lemons", [&](FieldReader& fields) { read_lemons(fields); });
      section("switches", [&](FieldReader& fields) {
        plan_.switches = {.per_million_switch_days = decimal(fields, "per-1000-switch-days", 0, rate_max, true),
                          .repair = repair(fields)};
      });
      section("power", [&](FieldReader& fields) {
        fields.require("takes", "spine (the nodes below one spine switch) or centre");
        plan_.power = {.per_thousand_years = decimal(fields, "per-year", 0, rate_max, true),
                       .takes = fields.word<PowerTakes>("takes").value_or(PowerTakes::spine),
                       .repair = repair(fields)};
      });
      section("stragglers", [&](FieldReader& fields) { read_stragglers(fields); });
      section("response", [&](FieldReader& fields) { read_response(fields); });
      root_.finish();
      if (refusals_.empty() && plan_ == FaultPlan{.name = plan_.name, .response = plan_.response} &&
          !root_.has("response")) {
        root_.refuse("categories", "missing-field", "the document says nothing that could go wrong",
                     "name categories, switches, power or stragglers, or how quickly the centre responds");
      }
    }
    std::vector<Refusal> all = refusals_.take();
    if (all.empty()) return std::move(plan_);
    for (Refusal& refusal : all) name_column(refusal);
    return std::unexpected(std::move(all));
  }

 private:
  template <class Read>
  void section(std::string_view name, Read read) {
    const Tree* at = root_.get(name);
    if (at == nullptr) return;
    FieldReader fields(*at, std::string(name), refusals_);
    if (!at->is_map()) return;
    read(fields);
    fields.finish();
  }

  /// A number with at most three decimals, in thousandths; 0 where it is missing or refused.
  std::int64_t decimal(FieldReader& fields, std::string_view name, std::int64_t min, std::int64_t max, bool required) {
    if (required) fields.require(name, "write a number, 3.79 for example");
    const Tree* at = fields.get(name);
    if (at == nullptr) return 0;
    const std::string path = fields.path_of(name);
    const std::string range = fmt::format("{} to {}", print_thousandths(min), print_thousandths(max));
    const auto no = [&](std::string code, const std::string& why) {
      fields.refuse(name, std::move(code), fmt::format("{} is {}, {}", path, describe(*at), why), range);
      return std::int64_t{0};
    };
    if (!at->is_scalar()) return no("bad-value", "it should be a number");
    const workload::Decimal value = workload::read_decimal(at->scalar);
    if (value.kind == workload::Decimal::Kind::too_large) return no("out-of-range", "too large");
    if (value.kind != workload::Decimal::Kind::number) return no("bad-value", "it should be a number");
    if (!value.exact) return no("bad-value", "which has more than three decimals");
    if (value.thousandths < 0 && min >= 0) return no("out-of-range", "below nothing");
    if (value.thousandths < min) return no("out-of-range", "too small");
    if (value.thousandths > max) return no("out-of-range", max == 1'000 ? "more than all of them" : "too large");
    return value.thousandths;
  }
  std::int32_t share(FieldReader& fields, std::string_view name, bool required) {
    return static_cast<std::int32_t>(decimal(fields, name, 0, 1'000, required));
  }

  /// `4h`, `{mean: 24h}` or `{median: 4h, sigma: 1.2}`.
  Repair repair(FieldReader& fields) {
    fields.require("repair", "write 24h, {mean: 24h} or {median: 4h, sigma: 1.2}");
    const Tree* at = fields.get("repair");
    if (at == nullptr) return {};
    if (!at->is_map()) return {.typical = fields.duration("repair").value_or(hours(24))};
    FieldReader law(*at, fields.path_of("repair"), refusals_);
    Repair repair;
    const auto mean = law.duration("mean");
    const auto median = law.duration("median");
    if (law.has("mean") == law.has("median")) {
      law.refuse("mean", law.has("mean") ? "not-allowed" : "missing-field",
                 fmt::format("{} needs a mean or a median, and not both", fields.path_of("repair")),
                 "{mean: 24h} is exponential, {median: 4h, sigma: 1.2} is log-normal");
    }
    if (law.has("mean") && law.has("sigma"))
      law.refuse("sigma", "not-allowed", "an exponential time to repair has no sigma of its own",
                 "write the median instead of the mean");
    if (mean) repair = {.law = Repair::Law::exponential, .typical = *mean};
    if (median) {
      repair = {.law = Repair::Law::log_normal,
                .typical = *median,
                .sigma = workload::fixed(decimal(law, "sigma", 0, sigma_max, true), 1'000)};
    }
    law.finish();
    return repair;
  }

  void read_categories() {
    const auto items = root_.list("categories", categories_max);
    for (std::size_t i = 0; i < items.size(); ++i) {
      FieldReader fields(*items[i], fmt::format("categories[{}]", i), refusals_);
      if (!items[i]->is_map()) continue;
      fields.require("name", "give it a name");
      FaultCategory category{.name = fields.name("name").value_or("")};
      category.per_million_node_days = decimal(fields, "per-1000-node-days", 0, rate_max, true);
      fields.require("takes", "node (it is out of use until repaired) or job (the node goes on)");
      category.takes = fields.word<Takes>("takes").value_or(Takes::node);
      if (category.takes == Takes::node) {
        category.repair = repair(fields);
      } else if (fields.has("repair")) {
        fields.refuse("repair", "not-allowed", "a fault that takes the job alone leaves nothing to repair",
                      "leave the repair out, or write `takes: node`");
      }
      category.silent = share(fields, "silent", false);
      fields.finish();
      if (std::ranges::find(plan_.categories, category.name, &FaultCategory::name) != plan_.categories.end())
        fields.refuse("name", "duplicate", fmt::format("two categories have the name \"{}\"", category.name),
                      "give each its own");
      plan_.categories.push_back(std::move(category));
    }
  }

  void read_lemons(FieldReader& fields) {
    plan_.lemons = {.nodes = share(fields, "nodes", true), .faults = share(fields, "faults", true)};
    if (fields.has("nodes") && fields.has("faults") && plan_.lemons->faults < plan_.lemons->nodes)
      fields.refuse("faults", "out-of-range",
                    fmt::format("{} of the nodes cause {} of the faults: they fail less than others",
                                print_thousandths(plan_.lemons->nodes), print_thousandths(plan_.lemons->faults)),
                    "lemons cause more than their share; leave the section out if there are none");
  }

  void read_stragglers(FieldReader& fields) {
    Stragglers stragglers;
    stragglers.per_million_node_days = decimal(fields, "per-1000-node-days", 0, rate_max, true);
    stragglers.factor = static_cast<std::int32_t>(decimal(fields, "factor", 1'000, factor_max, true));
    fields.require("noticed-after", "write how long it is slow before someone takes it out, 30m for example");
    stragglers.noticed_after = fields.duration("noticed-after").value_or(minutes(30));
    stragglers.repair = repair(fields);
    plan_.stragglers = stragglers;
  }

  void read_response(FieldReader& fields) {
    const auto time = [&](std::string_view name, Duration& to) {
      const auto value = fields.duration(name);
      if (!value) return;
      to = *value;
      if (to > response_max)
        fields.refuse(name, "out-of-range", fmt::format("{} is {}, longer than a day", name, print_duration(to)),
                      "a response within a day");
    };
    Response& response = plan_.response;
    time("job-detection", response.job_detection);
    time("node-detection", response.node_detection);
    time("hang-detection", response.hang_detection);
    time("restart", response.restart);
  }

  /// The column stands in the message: a refusal has a place for the line alone.
  void name_column(Refusal& refusal) const {
    const Tree* map = &document_;
    std::string_view rest = refusal.field;
    int column = 0;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(".["), rest.size());
      const std::string_view name = rest.substr(0, end);
      const auto field = std::ranges::find(map->fields, name, &Tree::Field::name);
      if (field == map->fields.end()) break;
      column = field->column;
      map = &field->value;
      rest.remove_prefix(end);
      if (rest.starts_with('[')) {
        const auto index = static_cast<std::size_t>(std::atoi(std::string(rest.substr(1)).c_str()));
        rest.remove_prefix(std::min(rest.find(']'), rest.size() - 1) + 1);
        if (index >= map->items.size()) break;
        map = &map->items[index];
        column = map->column;
      }
      if (rest.starts_with('.')) rest.remove_prefix(1);
    }
    if (column > 0) refusal.message = fmt::format("line {}, column {}: {}", refusal.line, column, refusal.message);
  }

  const Tree& document_;
  Refusals refusals_;
  FieldReader root_;
  FaultPlan plan_;
};

}  // namespace

Expected<FaultPlan, std::vector<Refusal>> read_faults(const Tree& document) { return FaultReader(document).read(); }

Expected<FaultPlan> merge_faults(std::span<const FaultPlan> plans) {
  FaultPlan sum;
  const FaultPlan nothing;
  const auto once = [&](std::string_view what, auto& into, const auto& from, const auto& none) -> Expected<void> {
    if (from == none) return {};
    if (into != none && into != from)
      return refuse("duplicate", std::string(what), fmt::format("two of the files say different {}", what),
                    "let one of them leave it out");
    into = from;
    return {};
  };
  for (const FaultPlan& plan : plans) {
    if (!plan.name.empty()) sum.name += (sum.name.empty() ? "" : " + ") + plan.name;
    for (const FaultCategory& category : plan.categories) {
      if (std::ranges::find(sum.categories, category.name, &FaultCategory::name) != sum.categories.end())
        return refuse("duplicate", "categories", fmt::format("two of the files have a category \"{}\"", category.name),
                      "name each kind of fault once");
      sum.categories.push_back(category);
    }
    CHECK_OK(once("lemons", sum.lemons, plan.lemons, nothing.lemons));
    CHECK_OK(once("switches", sum.switches, plan.switches, nothing.switches));
    CHECK_OK(once("power", sum.power, plan.power, nothing.power));
    CHECK_OK(once("stragglers", sum.stragglers, plan.stragglers, nothing.stragglers));
    CHECK_OK(once("response", sum.response, plan.response, nothing.response));
  }
  return sum;
}

}  // namespace mingyue::twin
