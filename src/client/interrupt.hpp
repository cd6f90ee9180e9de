#pragma once

/// Ctrl-C while something that must be tidied up goes on: `run` cancels its job, a redrawn screen gets its cursor back.
namespace mingyue::client {

/// For as long as this lives, SIGINT, SIGTERM and SIGHUP are counted instead of ending the process. One at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// How many came so far. Any thread may ask.
  [[nodiscard]] int count() const;
};

}  // namespace mingyue::client
