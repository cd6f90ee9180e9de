#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "base/tree.hpp"

/// What the world does to one simulated centre, as text that a person can write: docs/formats/scenario.md.
///
///   scenario 1
///   centre nodes=2 cores=4
///   0:00 submit wide tasks=2 cores=4 wall=2h
///   0:20 lose-node n1
///   expect
///   0:20 wide waits again
///
/// Here a scenario is only lines with their words; what the verbs mean stands in scenario_actions.hpp. So a minimiser
/// (minimise.hpp) can take lines and fields away without knowing any of them.
namespace mingyue::twin {

struct ScenarioLine {
  std::int64_t at_ms = -1;  ///< of the scenario, from its beginning; -1: a setting, which has no time
  std::string verb;
  std::string subject;  ///< the one word behind the verb that has no `=`; may be empty
  std::vector<std::pair<std::string, std::string>> fields;  ///< as written; no name twice
  int line = 0;                                             ///< of the text; 0: none

  /// The value of a field, or nothing.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  void set(std::string name, std::string value);  ///< anew, or over what it was
  friend bool operator==(const ScenarioLine& a, const ScenarioLine& b) {
    return a.at_ms == b.at_ms && a.verb == b.verb && a.subject == b.subject && a.fields == b.fields;
  }
};

struct Expectation {
  std::string text;    ///< a line of the timeline; with `never`, the beginning of one without its time
  bool never = false;  ///< it must not stand there
  int line = 0;
  friend bool operator==(const Expectation& a, const Expectation& b) { return a.text == b.text && a.never == b.never; }
};

struct Scenario {
  std::vector<std::string> comments;  ///< at the top, for people, without their `#`
  std::vector<ScenarioLine> settings;
  std::vector<ScenarioLine> story;  ///< in order of time; of one instant as written
  std::vector<Expectation> expected;
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

inline constexpr int scenario_version = 1;
inline constexpr std::size_t scenario_bytes_max = 4 << 20;

/// All that is wrong with the text's lines, in their order. Whether verbs and fields mean anything is not asked here.
[[nodiscard]] Expected<Scenario, std::vector<Refusal>> read_scenario(std::string_view text);
/// What read_scenario() reads as the same scenario.
[[nodiscard]] std::string write_scenario(const Scenario& scenario);

/// `1:05`, `1:05:30` or `1:05:30.250`: hours, minutes, seconds, milliseconds from the scenario's beginning.
[[nodiscard]] std::optional<std::int64_t> read_scenario_time(std::string_view text);
[[nodiscard]] std::string print_scenario_time(std::int64_t ms);

/// The fields as a document: `retry.attempts=3` is the field `attempts` of the map `retry`, and `parts.NAME.tasks=2`
/// the field of an item of the list `parts`.
[[nodiscard]] Tree tree_of(const ScenarioLine& line);

}  // namespace mingyue::twin
