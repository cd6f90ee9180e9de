// What the engine is asked, one request at a time: each may come twice.

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engines/slurm/slurm_loop.hpp"

namespace mingyue::engines::slurm {
namespace {

/// Removes what is below, without following any link: the folder belongs to somebody who may put links into it.
void remove_at(int folder, const std::string& name, int depth = 0) {
  if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT || depth > 4) return;
  const int fd = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  if (DIR* dir = ::fdopendir(fd)) {
    while (const dirent* entry = ::readdir(dir))
      if (const std::string_view below = entry->d_name; below != "." && below != "..")
        remove_at(::dirfd(dir), std::string(below), depth + 1);
    ::closedir(dir);
  }
  (void)::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
}

}  // namespace

SlurmEngine::Loop::Attempt& SlurmEngine::Loop::add(model::AttemptId id, const Record& record) {
  const AttemptFolder folder(options_.engine.shared + "/" + model::print(id));
  Attempt& attempt = attempts_.try_emplace(id, id, folder, static_cast<uid_t>(record.uid)).first->second;
  attempt.record = record;
  return attempt;
}

void SlurmEngine::Loop::perform(const model::LaunchOrder& order) {
  if (order.tasks.empty()) return;
  if (const auto it = attempts_.find(order.attempt); it != attempts_.end()) {
    // Adopted, and still sought: should it turn out never to have begun, here is what to begin.
    if ((it->second.phase == Phase::searching || it->second.phase == Phase::piloted) && !it->second.order)
      it->second.order = std::make_unique<model::LaunchOrder>(order);
    return;
  }
  const auto before = records_.read(order.attempt);
  if (before && (before->asked_at_ms > 0 || before->end)) {
    adopt(order.attempt, true);
    return perform(order);
  }
  if (!before && exists(options_.engine.shared + "/" + model::print(order.attempt) + "/started")) return;  // forgotten
  const std::string name = order.account.empty() ? order.user : order.account;
  const auto account = find_account(name);
  Attempt& attempt = add(order.attempt, {.account = name,
                                         .uid = account ? static_cast<std::uint32_t>(account->uid) : 0,
                                         .tasks = static_cast<std::int32_t>(order.tasks.size()),
                                         .hang_after_ms = order.hang_after.raw(),
                                         .guest = order.guest,
                                         .end = {}});
  attempt.order = std::make_unique<model::LaunchOrder>(order);
  const auto refuse = [&](const std::string& why) {
    conclude(attempt, {.cause = model::EndCause::launch_failed, .message = why});
  };
  if (!account) return refuse(account.error());
  if (order.terminal) return refuse("an interactive job runs on the centre's own machine only; use another partition");
  if (for_pilots(order)) return offer_to_pilots(attempt);
  enqueue(attempt);
}

void SlurmEngine::Loop::perform(const Signal& request) {
  const auto it = attempts_.find(request.attempt);
  if (it == attempts_.end() || it->second.phase == Phase::ended) return;
  Attempt& attempt = it->second;
  attempt.signalled = true;
  if (attempt.phase == Phase::piloted) return pilots_.signal(attempt.id, request.signal);
  if (attempt.launched && attempt.phase == Phase::in_slurm)
    signals_[{request.signal, attempt.record.tasks == 1}].push_back(attempt.record.job);
  else
    attempt.signals.push_back(request.signal);
}

void SlurmEngine::Loop::perform(const End& request) {
  auto it = attempts_.find(request.attempt);
  if (it == attempts_.end()) {
    // What was never launched here is another engine's, or nobody's yet.
    if (!records_.read(request.attempt)) return;
    adopt(request.attempt, true);
    it = attempts_.find(request.attempt);
    if (it == attempts_.end()) return;
  }
  Attempt& attempt = it->second;
  if (attempt.phase == Phase::ended) return;
  if (!std::exchange(attempt.record.asked_to_end, true) && attempt.record.asked_at_ms > 0) save(attempt);
  const std::int64_t kill_at = steady_ms() + std::max<std::int64_t>(request.grace.raw(), 0);
  switch (attempt.phase) {
    case Phase::queued:
      if (attempt.order)
        conclude(attempt, {.cause = model::EndCause::ended, .message = "ended by the centre before it began"});
      return;
    case Phase::piloted:
      if (pilots_.withdraw(attempt.id))
        return conclude(attempt, {.cause = model::EndCause::ended, .message = "ended by the centre before it began"});
      return pilots_.end(attempt.id, request.grace);
    case Phase::in_slurm:
      // Asked again, perhaps with less patience: the shorter grace counts.
      attempt.kill_at = attempt.kill_at == 0 ? kill_at : std::min(attempt.kill_at, kill_at);
      if (attempt.state == JobState::pending)
        cancel(attempt.record.job);
      else if (request.grace.raw() > 0)
        signals_[{SIGTERM, attempt.record.tasks == 1}].push_back(attempt.record.job);
      return;
    case Phase::submitting:
    case Phase::searching:
    case Phase::vanished:
    case Phase::ended:
      return;  // once it is known where it is
  }
}

/// No more patience: everything of the job is killed, and the job cancelled, wherever it is.
void SlurmEngine::Loop::end_now(Attempt& attempt) {
  attempt.kill_at = 0;
  if (attempt.phase != Phase::in_slurm || attempt.record.job == 0) return;
  if (attempt.state == JobState::running && !std::exchange(attempt.killed, true))
    signals_[{SIGKILL, true}].push_back(attempt.record.job);
  cancel(attempt.record.job);
}

void SlurmEngine::Loop::perform(const Forget& request) {
  const auto it = attempts_.find(request.attempt);
  if (it != attempts_.end()) {
    if (it->second.phase != Phase::ended) return;  // nobody can have its end in a log
    forget_files(it->second);
    attempts_.erase(it);
  } else if (const auto record = records_.read(request.attempt); record && record->end) {
    forget_files(add(request.attempt, *record));
    attempts_.erase(request.attempt);
  }
}

void SlurmEngine::Loop::forget_files(const Attempt& attempt) {
  const int folder = ::open(attempt.folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder >= 0) {
    for (const char* name :
         {"launched", "end", "end.new", "hosts", "rank-order", "ranks", "srun.log", "scripts", "progress", "order"})
      remove_at(folder, name);
    ::close(folder);
  }
  records_.remove(attempt.id);
}

void SlurmEngine::Loop::perform(const NameNodes& request) {
  node_ids_.clear();
  for (const auto& [name, id] : request.nodes) node_ids_.emplace(name, id);
  reachable_.clear();
  watch_at_ = 0;
}

void SlurmEngine::Loop::perform(const Reconcile& request) {
  adopt_pilots();
  const std::set<model::AttemptId> standing(request.standing.begin(), request.standing.end());
  const std::vector<model::AttemptId> found = records_.all();
  for (const model::AttemptId id : found)
    if (!attempts_.contains(id)) adopt(id, standing.contains(id));
  for (const model::AttemptId id : standing) {
    if (attempts_.contains(id) || std::ranges::binary_search(found, id)) continue;
    if (exists(options_.engine.shared + "/" + model::print(id)))
      conclude(add(id, {}), {.cause = model::EndCause::lost, .message = "its records are gone"});
  }
  reconciled_ = true;
  look_at_ = steady_ms();
}

/// From the record of an earlier engine. Where the attempt is, the next look says.
void SlurmEngine::Loop::adopt(model::AttemptId id, bool stands) {
  const auto record = records_.read(id);
  if (!record) return records_.remove(id);  // torn: it was being written when the engine fell, so nobody was asked
  if (record->end && !stands) {
    forget_files(add(id, *record));
    attempts_.erase(id);
    return;
  }
  if (!record->end && record->asked_at_ms == 0) return records_.remove(id);  // never begun
  Attempt& attempt = add(id, *record);
  attempt.unwanted = !stands;
  if (!stands) attempt.record.asked_to_end = true;
  if (record->end) {
    attempt.phase = Phase::ended;
    return report(attempt, ports::Ended{id, *record->end});
  }
  attempt.since = steady_ms();
  attempt.pending_at = attempt.since;
  attempt.heard_at = attempt.since;
  if (record->pilot > 0) {
    attempt.phase = Phase::piloted;
    attempt.state = JobState::running;
    pilots_.adopt(id, record->pilot);
    if (!stands) pilots_.end(id, options_.term_grace);
    return;
  }
  attempt.phase = record->job > 0 ? Phase::in_slurm : Phase::searching;
  if (!stands) attempt.kill_at = attempt.since + options_.term_grace.raw();
}

}  // namespace mingyue::engines::slurm
