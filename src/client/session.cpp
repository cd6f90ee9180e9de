#include "client/session.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace mingyue::client {

void out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    std::_Exit(errno == EPIPE ? 0 : 1);
  }
}

Exit tell(const Session& session, const Failure& failure, std::string_view file) {
  for (const Refusal& refusal : failure.refusals) {
    std::string where = "mingyue: ";
    if (!file.empty() && refusal.line > 0)
      where = fmt::format("{}:{}: ", file, refusal.line);
    else if (!file.empty())
      where = fmt::format("{}: ", file);
    if (!refusal.field.empty()) where += refusal.field + ": ";
    fmt::print(stderr, "{}{}\n", where, refusal.message);
    if (!refusal.hint.empty()) fmt::print(stderr, "  {}: {}\n", session.text("hint"), refusal.hint);
  }
  return exit_of(failure);
}

std::string short_time(const std::optional<Instant>& t) {
  if (!t) return "-";
  const std::time_t seconds = t->raw() / 1000;
  const std::time_t today = now().raw() / 1000;
  std::tm local{}, local_today{};
  localtime_r(&seconds, &local);
  localtime_r(&today, &local_today);
  char text[40];
  const bool same_day = local.tm_year == local_today.tm_year && local.tm_yday == local_today.tm_yday;
  std::strftime(text, sizeof text, same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M", &local);
  return text;
}

Instant now() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return Instant(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace mingyue::client
