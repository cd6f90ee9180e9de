#include "formats/sbatch_lines.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace mingyue::formats {
namespace {

enum class Value { none, needed, possible };

struct Option {
  std::string_view name;
  char letter;  ///< 0: none
  Value value;
};

// What sbatch.cpp has a meaning for, be it a refusal with a good hint.
constexpr std::array options{
    Option{"account", 'A', Value::needed},
    Option{"array", 'a', Value::needed},
    Option{"begin", 'b', Value::needed},
    Option{"chdir", 'D', Value::needed},
    Option{"comment", 0, Value::needed},
    Option{"cpus-per-gpu", 0, Value::needed},
    Option{"cpus-per-task", 'c', Value::needed},
    Option{"dependency", 'd', Value::needed},
    Option{"error", 'e', Value::needed},
    Option{"exclusive", 0, Value::possible},
    Option{"export", 0, Value::needed},
    Option{"gpus", 'G', Value::needed},
    Option{"gpus-per-node", 0, Value::needed},
    Option{"gpus-per-task", 0, Value::needed},
    Option{"gres", 0, Value::needed},
    Option{"hold", 'H', Value::none},
    Option{"job-name", 'J', Value::needed},
    Option{"mail-type", 0, Value::needed},
    Option{"mail-user", 0, Value::needed},
    Option{"mem", 0, Value::needed},
    Option{"mem-per-cpu", 0, Value::needed},
    Option{"no-requeue", 0, Value::none},
    Option{"nodes", 'N', Value::needed},
    Option{"ntasks", 'n', Value::needed},
    Option{"ntasks-per-node", 0, Value::needed},
    Option{"open-mode", 0, Value::needed},
    Option{"output", 'o', Value::needed},
    Option{"parsable", 0, Value::none},
    Option{"partition", 'p', Value::needed},
    Option{"qos", 'q', Value::needed},
    Option{"quiet", 'Q', Value::none},
    Option{"requeue", 0, Value::none},
    Option{"reservation", 0, Value::needed},
    Option{"signal", 0, Value::needed},
    Option{"time", 't', Value::needed},
    Option{"verbose", 'v', Value::none},
    Option{"workdir", 0, Value::needed},
};

/// Splits as Slurm does: blanks part words, quotes and backslashes join them, a `#` at a word's start ends the line.
std::optional<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else if (c == '#' && !in_word) {
      break;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (in_word) words.push_back(word);
  return words;
}

/// Reads one option, and the word after it when its value stands apart.
Directive read_option(const std::vector<std::string>& words, std::size_t& at, int line) {
  const std::string& word = words[at++];
  Directive directive;
  directive.line = line;
  const Option* option = nullptr;
  if (word.starts_with("--")) {
    const auto equals = word.find('=');
    directive.name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    directive.written = shown(word.substr(0, equals), 80);
    if (equals != std::string::npos) directive.value = word.substr(equals + 1);
    const auto found = std::ranges::find(options, directive.name, &Option::name);
    if (found != options.end()) option = &*found;
  } else {
    directive.written = shown(word.substr(0, 2));
    directive.name = directive.written;
    const auto found = std::ranges::find(options, word[1], &Option::letter);
    if (found != options.end()) {
      option = &*found;
      directive.name = std::string(option->name);
    }
    if (word.size() > 2) directive.value = word.substr(word[2] == '=' ? 3 : 2);
  }
  directive.known = option != nullptr;
  const bool apart = !directive.value && at < words.size();
  if (apart &&
      ((directive.known && option->value == Value::needed) || (!directive.known && !words[at].starts_with('-')))) {
    directive.value = words[at++];
  }
  return directive;
}

}  // namespace

std::vector<std::string> directive_names() {
  std::vector<std::string> names;
  for (const Option& option : options) names.emplace_back(option.name);
  return names;
}

DirectiveLines find_directives(std::string_view script) {
  constexpr std::string_view slurm = "#SBATCH";
  constexpr std::string_view ours = "#MINGYUE";
  DirectiveLines found;
  int number = 0;
  while (!script.empty()) {
    ++number;
    const auto end = script.find('\n');
    const std::string_view line = script.substr(0, end);
    script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#') break;  // The first command: directives end here.
    const auto follows = [&](std::string_view mark) {
      return line.starts_with(mark) &&
             (line.size() == mark.size() || line[mark.size()] == ' ' || line[mark.size()] == '\t');
    };
    if (follows(ours)) {
      // One blank after the mark belongs to it; more are the indentation of nested YAML.
      found.document += line.substr(std::min(line.size(), ours.size() + 1));
    } else if (follows(slurm)) {
      found.for_slurm = true;
      const auto words = words_of(line.substr(slurm.size()));
      if (!words) found.bad_lines.push_back(number);
      for (std::size_t at = 0; words && at < words->size();) {
        const std::string& word = (*words)[at];
        if (word == "hetjob" || word == "packjob") {
          found.directives.push_back({word, word, std::nullopt, true, number});
          ++at;
        } else if (word.size() < 2 || word[0] != '-' || word == "--") {
          found.bad_lines.push_back(number);
          break;
        } else {
          found.directives.push_back(read_option(*words, at, number));
        }
      }
    }
    found.document += '\n';
  }
  return found;
}

}  // namespace mingyue::formats
