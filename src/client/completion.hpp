#pragma once

#include <string>

namespace CLI {
class App;
}

namespace mingyue::client {

/// Prints a completion script made of the verbs and options as they are, so it is never stale. Job numbers and node
/// names come from the centre at the moment of completion. `shell`: bash, zsh or fish.
int print_completion(const CLI::App& app, const std::string& shell);

}  // namespace mingyue::client
