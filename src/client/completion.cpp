#include "client/completion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "client/session.hpp"

namespace mingyue::client {
namespace {

std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words += "--" + name + " ";
    for (const auto& name : option->get_snames()) words += "-" + name + " ";
  }
  for (const CLI::App* sub : app.get_subcommands({})) words += sub->get_name() + " ";
  return words;
}

/// `--data|--url`: the program's own options that take a word, which is not the verb.
std::string options_with_a_word(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;
    for (const auto& name : option->get_lnames()) words += (words.empty() ? "--" : "|--") + name;
  }
  return words;
}

/// bash and zsh: one function that looks at the verb.
std::string bash_script(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* sub : app.get_subcommands({})) {
    cases += fmt::format("    {}) words=\"{}\" ;;\n", sub->get_name(), words_of(*sub));
  }
  std::string out =
      "_mingyue() {\n  local word=${COMP_WORDS[COMP_CWORD]} verb=\"\" words=\"\" i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n";
  out += fmt::format("      {}) ((i++)) ;;\n", options_with_a_word(app));
  out += "      -*) ;;\n      *) verb=${COMP_WORDS[i]}; break ;;\n    esac\n  done\n  case $verb in\n";
  out += fmt::format("    \"\") words=\"{}\" ;;\n", words_of(app)) + cases + "  esac\n";
  out +=
      "  case $verb in\n"
      "    job|wait|logs|cancel|hold|release|why) words=\"$words $(mingyue jobs --json 2>/dev/null | sed -n "
      "'s/.*\"id\": \\([0-9]*\\).*/\\1/p')\" ;;\n"
      "    node) words=\"$words $(mingyue nodes 2>/dev/null | awk 'NR > 1 { print $1 }')\" ;;\n"
      "    recipes) words=\"$words $(mingyue recipes 2>/dev/null | awk 'NR > 1 { print $1 }')\" ;;\n"
      "    submit) COMPREPLY=($(compgen -f -- \"$word\") $(compgen -W \"$words\" -- \"$word\")); return ;;\n"
      "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n";
  return out;
}

std::string fish_script(const CLI::App& app) {
  std::string out = "complete -c mingyue -f\n";
  for (const CLI::App* sub : app.get_subcommands({})) {
    std::string about = sub->get_description();
    std::erase(about, '\'');
    out += fmt::format("complete -c mingyue -n __fish_use_subcommand -a {} -d '{}'\n", sub->get_name(), about);
    for (const CLI::Option* option : sub->get_options()) {
      for (const auto& name : option->get_lnames()) {
        out += fmt::format("complete -c mingyue -n '__fish_seen_subcommand_from {}' -l {}\n", sub->get_name(), name);
      }
    }
  }
  out +=
      "complete -c mingyue -n '__fish_seen_subcommand_from job wait logs cancel hold release why' -a \"(mingyue jobs "
      "--json 2>/dev/null | string match -r '(?<=\\\"id\\\": )[0-9]+')\"\n";
  return out;
}

}  // namespace

int print_completion(const CLI::App& app, const std::string& shell) {
  if (shell == "fish")
    out(fish_script(app));
  else if (shell == "zsh")
    out("autoload -U +X bashcompinit && bashcompinit\n" + bash_script(app) + "complete -F _mingyue mingyue\n");
  else
    out(bash_script(app) + "complete -F _mingyue mingyue\n");
  return 0;
}

}  // namespace mingyue::client
