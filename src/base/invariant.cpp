#include "base/invariant.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace mingyue {
namespace {
bool throws = false;
}

void throw_on_broken_invariant(bool enabled) { throws = enabled; }

void invariant_broken(const char* condition, const char* file, int line, const std::string& detail) {
  const std::string text = fmt::format("{}:{}: invariant broken: {} ({})", file, line, detail, condition);
  if (throws) throw std::logic_error(text);
  std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace mingyue
