#pragma once

#include <functional>

namespace mingyue::quantum {

/// Threads, given by the caller: this library starts none. Results are the same bytes for any number of them, because
/// what a piece of work computes does not depend on who does it, and sums are taken over pieces in their order.
class Workers {
 public:
  virtual ~Workers() = default;
  [[nodiscard]] virtual int count() const = 0;
  /// Calls work(0) to work(pieces - 1), each once, in any order and at the same time, and returns when all are done.
  virtual void run(int pieces, const std::function<void(int)>& work) = 0;
};

/// The caller's own thread.
class NoWorkers final : public Workers {
 public:
  [[nodiscard]] int count() const override { return 1; }
  void run(int pieces, const std::function<void(int)>& work) override {
    for (int piece = 0; piece < pieces; ++piece) work(piece);
  }
};

}  // namespace mingyue::quantum
