// What the engine tells of an attempt: launched, its progress, its silence, its end.

#include <sys/inotify.h>
#include <sys/wait.h>

#include <algorithm>
#include <string_view>

#include "engines/attempt_reading.hpp"
#include "engines/local_loop.hpp"

namespace mingyue::engines {
namespace {

constexpr std::int64_t look_again_ms = 20;
// A program that writes checkpoint lines in a loop must not flood the log: beyond so many in a second the newest speaks
// for all.
constexpr int checkpoints_at_once = 16;

}  // namespace

void LocalEngine::Loop::look(Attempt& attempt, bool at_end) {
  if (!attempt.launched && exists(attempt.folder.launched())) {
    attempt.launched = true;
    report(attempt, ports::Launched{attempt.id});
  }
  const auto take = [&](model::Progress progress) { progressed(attempt, std::move(progress)); };
  while (attempt.tail.read(take, at_end)) {
    if (at_end) continue;
    attempt.look_at = steady_ms() + look_again_ms;  // there is more; others first
    break;
  }
}

void LocalEngine::Loop::listen(Attempt& attempt) {
  const std::int64_t now = steady_ms();
  const std::uint64_t voice = voice_of(attempt.folder);
  if (voice != attempt.voice) {
    attempt.voice = voice;
    attempt.heard_at = now;
    attempt.silent = false;
  } else if (!attempt.silent && now - attempt.heard_at >= attempt.hang_after_ms) {
    attempt.silent = true;
    report(attempt, ports::Silent{attempt.id, Duration(now - attempt.heard_at)});
  }
  // Eight looks in the time: silence is noticed at most an eighth late, whatever the clocks of the disk say.
  attempt.listen_at = now + std::clamp<std::int64_t>(attempt.hang_after_ms / 8, 20, 10'000);
}

void LocalEngine::Loop::progressed(Attempt& attempt, model::Progress progress) {
  const std::int64_t now = steady_ms();
  if (now >= attempt.step_at + options_.step_every.raw()) {
    attempt.step_at = now;
    attempt.told = 0;
  }
  const bool is_step = progress.checkpoint.empty();
  if (attempt.told >= (is_step ? 1 : checkpoints_at_once)) {
    (is_step ? attempt.step : attempt.checkpoint) = std::move(progress);
    return;
  }
  ++attempt.told;
  if (is_step) attempt.step.reset();
  report(attempt, ports::Progressed{attempt.id, std::move(progress)});
}

void LocalEngine::Loop::tell_held_back(Attempt& attempt) {
  if (!attempt.step && !attempt.checkpoint) return;
  attempt.step_at = steady_ms();
  attempt.told = 1;
  for (auto* held : {&attempt.checkpoint, &attempt.step})
    if (*held) report(attempt, ports::Progressed{attempt.id, *std::exchange(*held, {})});
}

void LocalEngine::Loop::conclude(Attempt& attempt, const EndRecord& end) {
  look(attempt, true);
  const bool ran = end.cause != "launch_failed" && end.cause != "lost" && end.cause != "ended";
  if (ran && !std::exchange(attempt.launched, true))
    report(attempt, ports::Launched{attempt.id});  // a full disk kept the note
  tell_held_back(attempt);
  // A shim that an earlier engine of this very process started is still ours to bury.
  const auto claim = read_claim(attempt.folder);
  if (claim && claim->pid > 0 && process_start_time(claim->pid) == claim->start_time)
    (void)::waitpid(claim->pid, nullptr, WNOHANG);

  model::AttemptEnd told{.cause = cause_named(end.cause),
                         .exit_code = end.exit_code,
                         .signal = end.signal,
                         .task = end.task,
                         .last_step = attempt.tail.last_step(),
                         .cpu_ms = end.cpu_ms,
                         .memory_peak = Bytes(end.memory_peak),
                         .message = end.message};
  if (const std::int64_t lines = attempt.tail.unreadable(); lines > 0) {
    if (!told.message.empty()) told.message += "; ";
    told.message += std::to_string(lines) + (lines == 1 ? " line" : " lines") + " of progress could not be read";
  }
  if (attempt.unwanted) {
    const AttemptFolder folder = attempt.folder;
    remove(attempt);
    return forget_files(folder);
  }
  attempt.ended = true;
  if (attempt.watch >= 0) {
    ::inotify_rm_watch(watches_.get(), attempt.watch);
    by_watch_.erase(attempt.watch);
    attempt.watch = -1;
  }
  enter_due(attempt);
  report(attempt, ports::Ended{attempt.id, std::move(told)});
}

void LocalEngine::Loop::report(const Attempt& attempt, ports::EngineReport report) {
  if (!attempt.unwanted) sink_.report(std::move(report));
}

}  // namespace mingyue::engines
