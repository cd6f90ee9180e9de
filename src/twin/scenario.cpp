#include "twin/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "base/units.hpp"
#include "model/document_reader.hpp"

namespace mingyue::twin {
namespace {

constexpr std::int64_t hours_max = 100'000;  // eleven years
constexpr std::size_t refusals_max = model::Refusals::count_max;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// A comment begins at a `#` that begins a line or follows a space.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = text.find('#'); i != std::string_view::npos; i = text.find('#', i + 1)) {
    if (i == 0 || is_space(text[i - 1])) return text.substr(0, i);
  }
  return text;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!(text = trimmed(text)).empty()) {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::optional<std::int64_t> number(std::string_view text, std::size_t digits_min, std::size_t digits_max) {
  if (text.size() < digits_min || text.size() > digits_max) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

class Reader {
 public:
  Expected<Scenario, std::vector<Refusal>> read(std::string_view text) {
    if (text.size() > scenario_bytes_max || !is_utf8(text)) {
      no("bad-value", text.size() > scenario_bytes_max ? "the scenario is larger than 4 MiB" : "this is no UTF-8 text",
         "a scenario is text, a line for each thing that happens");
      return std::unexpected(std::move(refusals_));
    }
    while (!text.empty() && refusals_.size() < refusals_max) {
      const auto end = std::min(text.find('\n'), text.size());
      ++line_;
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!begun_ && refusals_.empty())
      no("missing-field", "the first line is not `scenario 1`", "say what this file is, in which version");
    if (!refusals_.empty()) return std::unexpected(std::move(refusals_));
    std::ranges::stable_sort(scenario_.story, {}, &ScenarioLine::at_ms);
    return std::move(scenario_);
  }

 private:
  void no(std::string code, std::string message, std::string hint) {
    refusals_.push_back({std::move(code), "", std::move(message), std::move(hint), line_});
  }

  void read_line(std::string_view whole) {
    if (!begun_ && trimmed(whole).starts_with('#')) {
      std::string_view comment = trimmed(whole).substr(1);
      if (comment.starts_with(' ')) comment.remove_prefix(1);
      scenario_.comments.emplace_back(comment);
      return;
    }
    const auto words = words_of(without_comment(whole));
    if (words.empty()) return;
    if (!begun_) {
      begun_ = true;
      if (words != std::vector<std::string_view>{"scenario", "1"})
        no("wrong-version", fmt::format("\"{}\" where `scenario 1` should stand", shown(trimmed(whole))),
           "this program reads version 1");
    } else if (expecting_) {
      expect(words);
    } else if (words[0] == "expect" && words.size() == 1) {
      expecting_ = true;
    } else {
      act(words);
    }
  }

  void expect(const std::vector<std::string_view>& words) {
    const bool never = words[0] == "never";
    if (!never && !read_scenario_time(words[0]))
      return no("bad-value", fmt::format("\"{}\" is no time", shown(words[0])),
                "an expectation is a time and what happens then, or `never` and what must not happen");
    if (words.size() < 2)
      return no("missing-field", "an expectation says nothing", "copy a line of what the scenario prints");
    std::vector<std::string_view> said(words.begin() + (never ? 1 : 0), words.end());
    scenario_.expected.push_back({fmt::format("{}", fmt::join(said, " ")), never, line_});
  }

  void act(const std::vector<std::string_view>& words) {
    ScenarioLine line{.line = line_};
    std::size_t next = 0;
    if (words[0][0] >= '0' && words[0][0] <= '9') {
      const auto at = read_scenario_time(words[next++]);
      if (!at)
        return no("bad-value", fmt::format("\"{}\" is no time", shown(words[0])),
                  "write hours and minutes, 1:05; seconds and milliseconds may follow, 1:05:30.250");
      line.at_ms = *at;
      if (words.size() == 1) return no("missing-field", "nothing happens at this time", "say what");
    }
    line.verb = words[next++];
    for (; next < words.size(); ++next) {
      const auto equals = words[next].find('=');
      if (equals == std::string_view::npos) {
        if (!line.subject.empty() || !line.fields.empty())
          return no("bad-value", fmt::format("\"{}\" has no value", shown(words[next])),
                    "one name may follow the verb, then fields, like tasks=2");
        line.subject = words[next];
        continue;
      }
      const std::string name(words[next].substr(0, equals));
      if (!field(line, name, std::string(words[next].substr(equals + 1)))) return;
    }
    (line.at_ms < 0 ? scenario_.settings : scenario_.story).push_back(std::move(line));
  }

  bool field(ScenarioLine& line, const std::string& name, std::string value) {
    const auto bad = [&](const std::string& message, std::string hint) {
      no("bad-value", message, std::move(hint));
      return false;
    };
    if (name.empty() || name.starts_with('.') || name.ends_with('.') || name.contains("..") ||
        std::ranges::count(name, '.') > 4)
      return bad(fmt::format("\"{}\" is no field", shown(name)), "write tasks=2 or retry.attempts=3");
    if (value.empty())
      return bad(fmt::format("{} has no value", shown(name)), "write one behind the =, without spaces");
    for (const auto& [other, its] : line.fields) {
      if (other == name) return bad(fmt::format("{} stands twice", shown(name)), "say it once");
      if (other.starts_with(name + ".") || name.starts_with(other + "."))
        return bad(fmt::format("{} and {} exclude each other", shown(other), shown(name)), "say one of them");
    }
    line.fields.emplace_back(name, std::move(value));
    return true;
  }

  Scenario scenario_;
  std::vector<Refusal> refusals_;
  int line_ = 0;
  bool begun_ = false;
  bool expecting_ = false;
};

void write_line(std::string& text, const ScenarioLine& line) {
  if (line.at_ms >= 0) text += print_scenario_time(line.at_ms) + " ";
  text += line.verb;
  if (!line.subject.empty()) text += " " + line.subject;
  for (const auto& [name, value] : line.fields) text += fmt::format(" {}={}", name, value);
  text += "\n";
}

Tree& child(Tree& map, const std::string& name, int line) {
  map.kind = Tree::Kind::map;
  const auto at = std::ranges::find(map.fields, name, &Tree::Field::name);
  if (at != map.fields.end()) return at->value;
  map.fields.push_back({.name = name, .value = {.line = line}, .line = line});
  return map.fields.back().value;
}

}  // namespace

const std::string* ScenarioLine::find(std::string_view name) const {
  for (const auto& [each, value] : fields)
    if (each == name) return &value;
  return nullptr;
}

void ScenarioLine::set(std::string name, std::string value) {
  for (auto& [each, old] : fields) {
    if (each != name) continue;
    old = std::move(value);
    return;
  }
  fields.emplace_back(std::move(name), std::move(value));
}

Expected<Scenario, std::vector<Refusal>> read_scenario(std::string_view text) { return Reader().read(text); }

std::string write_scenario(const Scenario& scenario) {
  std::string text;
  for (const std::string& comment : scenario.comments) text += comment.empty() ? "#\n" : "# " + comment + "\n";
  text += fmt::format("scenario {}\n", scenario_version);
  for (const ScenarioLine& line : scenario.settings) write_line(text, line);
  for (const ScenarioLine& line : scenario.story) write_line(text, line);
  if (!scenario.expected.empty()) text += "expect\n";
  for (const Expectation& each : scenario.expected) text += (each.never ? "never " : "") + each.text + "\n";
  return text;
}

std::optional<std::int64_t> read_scenario_time(std::string_view text) {
  std::int64_t ms = 0;
  if (const auto dot = text.find('.'); dot != std::string_view::npos) {
    const auto read = number(text.substr(dot + 1), 3, 3);
    if (!read || std::ranges::count(text, ':') != 2) return std::nullopt;
    ms = *read;
    text = text.substr(0, dot);
  }
  const auto first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find(':', first + 1);
  const auto hour = number(text.substr(0, first), 1, 6);
  const auto minute =
      number(text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1), 2, 2);
  const auto second_s = second == std::string_view::npos ? 0 : number(text.substr(second + 1), 2, 2);
  if (!hour || !minute || !second_s || *hour > hours_max || *minute > 59 || *second_s > 59) return std::nullopt;
  return ((*hour * 60 + *minute) * 60 + *second_s) * 1000 + ms;
}

std::string print_scenario_time(std::int64_t ms) {
  std::string text = fmt::format("{}:{:02}", ms / 3'600'000, ms / 60'000 % 60);
  if (ms % 60'000 != 0) text += fmt::format(":{:02}", ms / 1000 % 60);
  if (ms % 1000 != 0) text += fmt::format(".{:03}", ms % 1000);
  return text;
}

Tree tree_of(const ScenarioLine& line) {
  Tree tree{.kind = Tree::Kind::map, .line = line.line};
  for (const auto& [name, value] : line.fields) {
    Tree* at = &tree;
    std::string_view rest = name;
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      at = &child(*at, std::string(rest.substr(0, dot)), line.line);
      rest.remove_prefix(dot + 1);
    }
    Tree& leaf = child(*at, std::string(rest), line.line);
    leaf.kind = Tree::Kind::scalar;
    leaf.scalar = value;
  }
  const auto parts = std::ranges::find(tree.fields, "parts", &Tree::Field::name);
  if (parts == tree.fields.end() || !parts->value.is_map()) return tree;
  Tree list{.kind = Tree::Kind::list, .line = line.line};
  for (Tree::Field& part : parts->value.fields) {
    Tree& name = child(part.value, "name", line.line);
    name.kind = Tree::Kind::scalar;
    name.scalar = part.name;
    list.items.push_back(std::move(part.value));
  }
  parts->value = std::move(list);
  return tree;
}

}  // namespace mingyue::twin
