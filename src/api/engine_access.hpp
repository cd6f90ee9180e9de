#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "http/unique_fd.hpp"
#include "ports/engine.hpp"

namespace mingyue::api {

/// What the API needs of an engine beyond ports::Engine: to see, never to do. Any thread.
class EngineAccess {
 public:
  virtual ~EngineAccess() = default;
  /// For engines::OutputReader; may not exist.
  [[nodiscard]] virtual std::string attempt_folder(model::AttemptId attempt) const = 0;
  [[nodiscard]] virtual std::vector<ports::LimitFact> limits(const model::Node& node) const = 0;
  /// Engines beside this machine's own, by name; one that is in the centre's file and is not here is not running.
  [[nodiscard]] virtual std::vector<std::pair<std::string, ports::EngineStatus>> engines() const { return {}; }
  /// A socket that speaks the frames of docs/engines/local.md.
  [[nodiscard]] virtual Expected<http::UniqueFd, Fault> connect_terminal(model::AttemptId attempt) const = 0;
};

}  // namespace mingyue::api
