#pragma once

#include <string>
#include <string_view>

#include "base/language.hpp"

namespace CLI {
class App;
}

/// --help is a manual: what a verb is for, its arguments and options, examples, and what it ends with.
namespace mingyue::client {

/// Gives the program and all its verbs their pages. The English words of options stand where they are added; in Chinese
/// they come from manual_zh.cpp, by verb and option.
void make_manual(CLI::App& app, Language language);

/// `mingyue node drain`.
[[nodiscard]] std::string path_of(const CLI::App& app);

/// Chinese for an option (`submit --name`, or `--name` where it means the same everywhere) or an argument (`submit
/// FILE`); empty where there is none.
[[nodiscard]] std::string_view in_chinese(std::string_view key);

}  // namespace mingyue::client
