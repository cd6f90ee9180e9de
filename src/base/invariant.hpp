#pragma once

#include <fmt/format.h>

#include <string>

namespace mingyue {

/// Prints the broken invariant and ends the process: a stopped control plane replays its log and goes on, a wrong one
/// sends bills. Tests replace the last step by an exception (`throw_on_broken_invariant`).
[[noreturn]] void invariant_broken(const char* condition, const char* file, int line, const std::string& detail);

/// For checkers and tests: a broken invariant throws std::logic_error instead of ending the process.
void throw_on_broken_invariant(bool enabled);

}  // namespace mingyue

/// A sentence we would bet the centre on. Stays on in production.
#define INVARIANT(condition, ...)                                                                 \
  do {                                                                                            \
    if (!(condition)) [[unlikely]]                                                                \
      ::mingyue::invariant_broken(#condition, __FILE__, __LINE__, ::fmt::format("" __VA_ARGS__)); \
  } while (false)

/// An invariant whose check costs more than the work: on in tests and in the twin.
#ifdef MINGYUE_EXPENSIVE_INVARIANTS
#define EXPENSIVE_INVARIANT(...) INVARIANT(__VA_ARGS__)
#else
#define EXPENSIVE_INVARIANT(...) \
  do {                           \
  } while (false)
#endif
