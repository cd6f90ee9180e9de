#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "client/session.hpp"

namespace mingyue::client {

/// A connection to the centre that was upgraded to a job's terminal, over TLS where the centre speaks it. What travels
/// are the frames of engines/shim/frames.hpp.
class TerminalLink {
 public:
  /// Status 409 in the failure: the job does not run (yet); 0 and 503: the centre is away for now.
  [[nodiscard]] static Expected<TerminalLink, Failure> open(const Connection& connection, const std::string& id);
  TerminalLink(TerminalLink&&) noexcept;
  TerminalLink& operator=(TerminalLink&&) noexcept;
  ~TerminalLink();

  /// To be polled for reading.
  [[nodiscard]] int fd() const;
  /// All of it, within 10 seconds; false: the line is dead.
  [[nodiscard]] bool send(std::string_view bytes);
  /// What is there now, without waiting; empty where nothing is. False: the line is dead, or its other end closed it.
  [[nodiscard]] bool receive(std::string& bytes);

 private:
  class Impl;
  explicit TerminalLink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Who joins a terminal first reads what was shown before, from the captured output. What was shown in between comes by
/// both ways: how many bytes at the front of `joined` are the end of `captured` already.
[[nodiscard]] std::size_t shown_twice(std::string_view captured, std::string_view joined);

}  // namespace mingyue::client
