// What the engine tells of an attempt: where it is, that it runs, its progress, its silence, its end.

#include <fcntl.h>

#include <algorithm>

#include "engines/attempt_reading.hpp"
#include "engines/slurm/hostlist.hpp"
#include "engines/slurm/slurm_loop.hpp"

namespace mingyue::engines::slurm {
namespace {

// As the local engine: beyond so many checkpoint lines in a second the newest speaks for all.
constexpr int checkpoints_at_once = 16;
// How often the records of attempts are looked for, and no more than so many milliseconds for each of them: over a
// network each costs a round trip. What waits for longer is waited for with squeue.
constexpr std::int64_t ends_every_ms = 200;
constexpr std::int64_t ends_each_ms = 2;
constexpr std::int64_t soon_ms = 10'000;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

void SlurmEngine::Loop::read(Attempt& attempt, bool at_end) {
  if (attempt.record.guest && !attempt.placed) {
    const auto hosts =
        read_of_owner(attempt.folder.path() + "/hosts", static_cast<uid_t>(attempt.record.uid), 16U << 20U);
    if (hosts) {
      attempt.placed = true;
      if (!attempt.unwanted) sink_.report(ports::Placed{attempt.id, lines_of(*hosts)});
    }
  }
  const bool may_be_told = !attempt.record.guest || attempt.placed;
  if (!attempt.launched && may_be_told && exists(attempt.folder.launched())) {
    attempt.launched = true;
    attempt.heard_at = steady_ms();
    if (attempt.ran_at == 0) attempt.ran_at = attempt.heard_at;
    if (attempt.state == JobState::pending) attempt.state = JobState::running;
    attempt.listen_at = attempt.heard_at + 1;
    report(attempt, ports::Launched{attempt.id});
    for (const int signal : std::exchange(attempt.signals, {}))
      if (!at_end && attempt.phase == Phase::in_slurm)
        signals_[{signal, attempt.record.tasks == 1}].push_back(attempt.record.job);
  }
  const auto take = [&](model::Progress progress) { progressed(attempt, std::move(progress)); };
  while (attempt.tail.read(take, at_end))
    if (!at_end) break;  // there is more; others first
  const std::int64_t now = steady_ms();
  if (now >= attempt.step_at + options_.step_every.raw()) tell_held_back(attempt);
  if (attempt.launched && attempt.record.hang_after_ms > 0 && now >= attempt.listen_at) listen(attempt);
}

/// An attempt that says itself that it has ended has ended: Slurm's word for it comes later, and costs a squeue. Two
/// wait for that word: an end that somebody may have asked for, since Slurm knows who; and a gang that failed, perhaps
/// because one of its nodes did.
void SlurmEngine::Loop::read_ends() {
  const std::int64_t now = steady_ms();
  std::int64_t looked_for = 0;
  for (auto& [id, attempt] : attempts_) {
    if (attempt.phase != Phase::in_slurm) continue;
    if (attempt.state == JobState::pending && now - attempt.pending_at > soon_ms) continue;
    ++looked_for;
    if (!attempt.launched) read(attempt);
    if (!attempt.launched) continue;
    auto record = end_record(attempt);
    if (!record || record->cause == "ended" || record->cause == "signalled" || record->cause == "lost") continue;
    if (attempt.record.tasks > 1 && (record->cause != "exited" || record->exit_code != 0)) continue;
    leaving_[attempt.record.job] = {.since = now, .until = now + options_.leaving.raw()};
    conclude_from(attempt, std::move(*record));
  }
  ends_at_ = now + std::max(ends_every_ms, ends_each_ms * looked_for);
}

bool SlurmEngine::Loop::on_its_way_out(std::int64_t job) const {
  const auto it = leaving_.find(job);
  return it != leaving_.end() && steady_ms() < it->second.until;
}

void SlurmEngine::Loop::listen(Attempt& attempt) {
  const std::int64_t now = steady_ms();
  const std::int64_t hang_after_ms = attempt.record.hang_after_ms;
  const std::uint64_t voice = voice_of(attempt.folder);
  if (voice != attempt.voice) {
    attempt.voice = voice;
    attempt.heard_at = now;
    attempt.silent = false;
  } else if (!attempt.silent && now - attempt.heard_at >= hang_after_ms) {
    attempt.silent = true;
    report(attempt, ports::Silent{attempt.id, Duration(now - attempt.heard_at)});
  }
  attempt.listen_at = now + std::clamp<std::int64_t>(hang_after_ms / 8, 20, 10'000);
}

void SlurmEngine::Loop::progressed(Attempt& attempt, model::Progress progress) {
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

void SlurmEngine::Loop::tell_held_back(Attempt& attempt) {
  if (!attempt.step && !attempt.checkpoint) return;
  attempt.step_at = steady_ms();
  attempt.told = 1;
  for (auto* held : {&attempt.checkpoint, &attempt.step})
    if (*held) report(attempt, ports::Progressed{attempt.id, *std::exchange(*held, {})});
}

std::optional<EndRecord> SlurmEngine::Loop::end_record(const Attempt& attempt) const {
  const auto text = read_of_owner(attempt.folder.end(), static_cast<uid_t>(attempt.record.uid), 65536);
  if (!text) return std::nullopt;
  return parse_end(*text);
}

void SlurmEngine::Loop::conclude(Attempt& attempt, model::AttemptEnd end) {
  if (attempt.phase == Phase::ended) return;
  read(attempt, true);
  const bool ran = end.cause == model::EndCause::exited || end.cause == model::EndCause::signalled ||
                   end.cause == model::EndCause::memory || end.cause == model::EndCause::wall;
  if (ran && !std::exchange(attempt.launched, true)) report(attempt, ports::Launched{attempt.id});
  tell_held_back(attempt);
  end.last_step = attempt.tail.last_step();
  if (const std::int64_t lines = attempt.tail.unreadable(); lines > 0) {
    if (!end.message.empty()) end.message += "; ";
    end.message += std::to_string(lines) + (lines == 1 ? " line" : " lines") + " of progress could not be read";
  }
  // Whoever reads the output is told that nothing more comes. The folder may not be there, or be a link of its owner's.
  if (const auto output = open_file(attempt.folder.output(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    (void)Fd(::openat(output->get(), "complete", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  attempt.phase = Phase::ended;
  attempt.kill_at = 0;
  attempt.order.reset();
  attempt.record.end = end;
  save(attempt);
  report(attempt, ports::Ended{attempt.id, std::move(end)});
}

void SlurmEngine::Loop::report(const Attempt& attempt, ports::EngineReport report) {
  if (!attempt.unwanted) sink_.report(std::move(report));
}

}  // namespace mingyue::engines::slurm
