#include "client/recipe_watch.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.hpp"
#include "client/session.hpp"
#include "client/table.hpp"

namespace mingyue::client {
namespace {

using model::JobState;

constexpr int bar_width = 24;

std::string attempts_words(std::int32_t attempts, Language language) {
  return fmt::format(fmt::runtime(message(language, "recipe.attempt")), attempts);
}

struct TerminalSize {
  int columns = 0;
  int rows = 0;
};

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_col, size.ws_row};
}

}  // namespace

std::int64_t Watched::ended() const {
  return std::ranges::count_if(jobs, [](const wire::JobView& job) { return model::ended(job.state); });
}

bool Watched::all_succeeded() const {
  return all_ended() &&
         std::ranges::all_of(jobs, [](const wire::JobView& job) { return job.state == JobState::succeeded; });
}

JobState Watched::state() const {
  const auto any = [this](JobState state) {
    return std::ranges::find(jobs, state, &wire::JobView::state) != jobs.end();
  };
  for (const JobState state :
       {JobState::failed, JobState::timed_out, JobState::cancelled, JobState::running, JobState::starting}) {
    if (any(state)) return state;
  }
  if (all_ended()) return JobState::succeeded;
  return any(JobState::held) ? JobState::held : JobState::queued;
}

std::int32_t Watched::attempts() const {
  std::int32_t most = 0;
  for (const wire::JobView& job : jobs) most = std::max(most, job.attempts);
  return most;
}

double Watched::share() const {
  if (count > 1) return static_cast<double>(ended()) / static_cast<double>(count);
  if (jobs.empty()) return 0;
  const wire::JobView& job = jobs.front();
  if (job.state == JobState::succeeded) return 1;
  if (!job.progress || job.progress->of <= 0 || job.progress->step < 0) return 0;
  return std::min(1.0, static_cast<double>(job.progress->step) / static_cast<double>(job.progress->of));
}

Duration Watched::elapsed(Instant now) const {
  std::optional<Instant> from;
  Instant to{0};
  for (const wire::JobView& job : jobs) {
    if (!job.started_at) continue;
    from = from ? std::min(*from, *job.started_at) : *job.started_at;
    to = std::max(to, job.ended_at.value_or(now));
  }
  // The centre's clock may be a little ahead of ours.
  return from ? std::max(to - *from, Duration{0}) : Duration{0};
}

std::string state_words(JobState state, Language language) {
  return std::string(message(language, "state." + std::string(enum_word(state))));
}

std::string clip(std::string_view text, int width) {
  if (width <= 0 || display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  int used = 0;
  while (end < text.size()) {
    const std::size_t length = std::max<std::size_t>(1, code_point_length(text.substr(end)));
    used += display_width(text.substr(end, length));
    if (used > width) break;
    end += length;
  }
  return std::string(text.substr(0, end));
}

std::string padded(std::string_view text, int width) {
  return std::string(text) + std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
}

Display::Display(Manner manner, Language language, int width) : manner_(manner), language_(language), width_(width) {}

std::string Display::line(const Watched& watched, int label_width, Instant now) const {
  const JobState state = watched.state();
  std::string text = padded(watched.label, label_width) + "  " + padded(state_words(state, language_), 9) + "  ";
  text += progress_bar(watched.share(), bar_width);
  if (watched.count > 1) text += fmt::format("  {}/{}", watched.ended(), watched.count);
  if (watched.attempts() > 1) text += "  " + attempts_words(watched.attempts(), language_);
  if (const Duration elapsed = watched.elapsed(now); elapsed > Duration{0}) text += "  " + print_duration(elapsed);
  for (const wire::JobView& job : watched.jobs) {
    if (job.reason.empty() || job.state == JobState::succeeded || job.state != state) continue;
    text += "  " + job.reason;
    break;
  }
  return text;
}

void Display::show(const std::vector<Watched>& watched, Instant now) {
  if (manner_ == Manner::silent || watched.empty()) return;
  if (manner_ == Manner::live) {
    const TerminalSize size = terminal_size();
    if (size.columns > 0) width_ = size.columns;
    if (drawn_ == 0 && size.rows > 0 && watched.size() >= static_cast<std::size_t>(size.rows)) manner_ = Manner::plain;
  }
  if (manner_ == Manner::live)
    draw(watched, now);
  else
    tell_changes(watched);
}

void Display::draw(const std::vector<Watched>& watched, Instant now) {
  int label_width = 0;
  for (const Watched& each : watched) label_width = std::max(label_width, display_width(each.label));
  std::string text = drawn_ > 0 ? fmt::format("\x1b[{}A", drawn_) : std::string();
  for (const Watched& each : watched)
    text += "\r\x1b[2K" + clip(line(each, label_width, now), width_ > 1 ? width_ - 1 : 0) + "\n";
  out(text);
  drawn_ = watched.size();
}

void Display::tell_changes(const std::vector<Watched>& watched) {
  told_.resize(watched.size());
  const double elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  for (std::size_t i = 0; i < watched.size(); ++i) {
    const Watched& each = watched[i];
    if (each.jobs.empty()) continue;
    std::string news = state_words(each.state(), language_);
    if (each.count > 1) news += fmt::format(" ({}/{})", each.ended(), each.count);
    if (each.attempts() > 1) news += ", " + attempts_words(each.attempts(), language_);
    if (news == told_[i]) continue;
    told_[i] = news;
    out(fmt::format("{:6.1f} s  {}  {}\n", elapsed_s, each.label, news));
  }
}

}  // namespace mingyue::client
