#include "twin/minimise.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mingyue::twin {
namespace {

/// The number at the front of a value, `240` of `240m`; nothing where it has none, or is more than one number.
std::optional<std::int64_t> number_of(const std::string& value) {
  const auto digits = value.find_first_not_of("0123456789");
  const std::size_t length = digits == std::string::npos ? value.size() : digits;
  if (length == 0 || length > 15 || value.find_first_of("0123456789", length) != std::string::npos) return std::nullopt;
  return std::stoll(value.substr(0, length));
}

class Minimiser {
 public:
  Minimiser(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails, std::uint64_t runs_max)
      : best_(scenario), fails_(fails), runs_max_(runs_max) {}

  Minimised run() {
    Scenario before;
    do {
      before = best_;
      take_away(&Scenario::expected);
      take_away(&Scenario::story);
      take_away(&Scenario::settings);
      drop_fields(&Scenario::story);
      drop_fields(&Scenario::settings);
      lessen_values(&Scenario::story);
      lessen_values(&Scenario::settings);
      round_times();
    } while (best_ != before && runs_ < runs_max_);
    return {best_, runs_, runs_ < runs_max_};
  }

 private:
  bool keep_if_it_fails(Scenario candidate) {
    if (candidate == best_ || runs_ >= runs_max_) return false;
    ++runs_;
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  /// Delta debugging: halves, then quarters, and so on down to single ones; after a success, pieces of the same size
  /// again.
  template <class T>
  void take_away(std::vector<T> Scenario::*list) {
    for (std::size_t size = std::max<std::size_t>(1, (best_.*list).size());; size = (size + 1) / 2) {
      for (bool less = true; less && runs_ < runs_max_;) {
        less = false;
        for (std::size_t at = 0; at < (best_.*list).size();) {
          Scenario candidate = best_;
          auto& lines = candidate.*list;
          const auto from = lines.begin() + static_cast<std::ptrdiff_t>(at);
          lines.erase(from, from + static_cast<std::ptrdiff_t>(std::min(size, lines.size() - at)));
          if (keep_if_it_fails(std::move(candidate)))
            less = true;
          else
            at += size;
        }
      }
      if (size == 1) return;
    }
  }

  void drop_fields(std::vector<ScenarioLine> Scenario::*list) {
    // First a field of all lines at once: most are not needed anywhere.
    std::vector<std::string> names;
    for (const ScenarioLine& line : best_.*list)
      for (const auto& [name, value] : line.fields)
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    for (const std::string& name : names) {
      Scenario candidate = best_;
      for (ScenarioLine& line : candidate.*list)
        std::erase_if(line.fields, [&](const auto& field) { return field.first == name; });
      keep_if_it_fails(std::move(candidate));
    }
    for (std::size_t i = 0; i < (best_.*list).size(); ++i) {
      for (std::size_t field = 0; field < (best_.*list)[i].fields.size();) {
        Scenario candidate = best_;
        auto& fields = (candidate.*list)[i].fields;
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(field));
        if (!keep_if_it_fails(std::move(candidate))) ++field;
      }
    }
  }

  /// Each number as small as it may be, found by halving the distance to 1.
  void lessen_values(std::vector<ScenarioLine> Scenario::*list) {
    for (std::size_t i = 0; i < (best_.*list).size(); ++i) {
      for (std::size_t field = 0; field < (best_.*list)[i].fields.size(); ++field) {
        std::int64_t too_small = 0;
        for (;;) {
          const std::string& value = (best_.*list)[i].fields[field].second;
          const auto number = number_of(value);
          if (!number || *number - too_small <= 1) break;
          const std::int64_t tried = too_small == 0 ? 1 : too_small + (*number - too_small) / 2;
          Scenario candidate = best_;
          (candidate.*list)[i].fields[field].second =
              fmt::to_string(tried) + value.substr(fmt::to_string(*number).size());
          if (!keep_if_it_fails(std::move(candidate))) too_small = tried;
        }
      }
    }
  }

  /// The pause before each line as short and as round as it may be; what follows keeps its distances.
  void round_times() {
    for (std::size_t i = 0; i < best_.story.size(); ++i) {
      const std::int64_t before_ms = i == 0 ? 0 : best_.story[i - 1].at_ms;
      for (const std::int64_t unit_ms : {std::int64_t{0}, std::int64_t{3'600'000}, std::int64_t{600'000},
                                         std::int64_t{60'000}, std::int64_t{1'000}}) {
        const std::int64_t at_ms = best_.story[i].at_ms;
        const std::int64_t wanted = unit_ms == 0 ? before_ms : std::max(before_ms, at_ms / unit_ms * unit_ms);
        if (wanted == at_ms) break;
        Scenario together = best_;
        for (std::size_t j = i; j < together.story.size(); ++j) together.story[j].at_ms -= at_ms - wanted;
        if (keep_if_it_fails(std::move(together))) break;
        Scenario alone = best_;
        alone.story[i].at_ms = wanted;
        if (keep_if_it_fails(std::move(alone))) break;
      }
    }
  }

  Scenario best_;
  const std::function<bool(const Scenario&)>& fails_;
  const std::uint64_t runs_max_;
  std::uint64_t runs_ = 0;
};

}  // namespace

Minimised minimise(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails,
                   std::uint64_t runs_max) {
  return Minimiser(scenario, fails, runs_max).run();
}

Minimised minimise_failure(const Scenario& scenario, const RunOptions& options, std::uint64_t runs_max) {
  const RunOptions quiet{.laws = options.laws, .tell = {}};
  const auto first = simulate(scenario, quiet);
  if (!first || first->ok) return {scenario, 1, true};
  return minimise(
      scenario,
      [&](const Scenario& candidate) {
        const auto outcome = simulate(candidate, quiet);
        return outcome && !outcome->ok && outcome->law == first->law;
      },
      runs_max);
}

}  // namespace mingyue::twin
