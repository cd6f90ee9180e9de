// From what Slurm shows of all jobs to what each attempt asks for.

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "engines/attempt_reading.hpp"
#include "engines/slurm/hostlist.hpp"
#include "engines/slurm/slurm_loop.hpp"

namespace mingyue::engines::slurm {
namespace {

constexpr int command_ms = 60'000;
constexpr std::int64_t nodes_every_ms = 3000;
constexpr std::int64_t account_every_ms = 2000;
constexpr int askings_max = 5;
constexpr std::int64_t cancel_every_ms = 5000;
// A record that was written on a node is seen here when the file system has told us, which takes NFS some seconds.
constexpr std::int64_t record_ms = 10'000;
constexpr std::int64_t record_of_cancelled_ms = 3000;
// A job that has waited for so long where the centre has placed it may wait for what a pilot holds.
constexpr std::int64_t way_ms = 1500;
constexpr std::int64_t claim_every_ms = 30'000;
constexpr std::size_t ids_at_once = 500;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

/// How long to wait after a look at everything that took so long: where there is much to see, it takes a twentieth of
/// the time.
std::int64_t pause_after(std::int64_t took_ms, std::int64_t least_ms) {
  constexpr std::int64_t longest_ms = 10'000;
  return std::max(least_ms, std::min(20 * took_ms, longest_ms));
}

}  // namespace

std::int64_t SlurmEngine::Loop::poll_ms() const { return std::max<std::int64_t>(options_.engine.poll.raw(), 100); }

void SlurmEngine::Loop::look() {
  const std::int64_t now = steady_ms();
  if (looking_ || now < look_at_) return;
  const bool any = std::ranges::any_of(attempts_, [](const auto& entry) {
    const Phase phase = entry.second.phase;
    return phase == Phase::in_slurm || phase == Phase::searching || phase == Phase::vanished;
  });
  if (!any && pilots_.count() == 0 && leaving_.empty() && (looked_once_ || !reconciled_)) {
    look_at_ = now + poll_ms();
    return;
  }
  looking_ = true;
  std::vector<std::string> words{"squeue", "--noheader", "--states=all", std::string("--format=") + job_format};
  if (!options_.partitions.empty()) words.push_back("--partition=" + joined(options_.partitions));
  commands_.run(std::move(words), command_ms, [this, now](const CommandResult& result) { looked(now, result); });
}

void SlurmEngine::Loop::looked(std::int64_t began, const CommandResult& result) {
  looking_ = false;
  const std::int64_t now = steady_ms();
  look_took_ms_ = now - began;
  const std::int64_t poll = poll_ms();
  if (result.status != 0) {
    trouble_ = result.trouble;
    look_at_ = now + 2 * poll;
    return;
  }
  looked_once_ = looked_once_ || reconciled_;
  const std::vector<JobRow> rows = read_jobs(result.out);
  std::map<model::AttemptId, std::vector<const JobRow*>> by_attempt;
  std::set<std::int64_t> pilots_seen;
  std::set<std::int64_t> alive;
  for (const JobRow& row : rows) {
    if (row.state != JobState::over) alive.insert(row.id);
    const auto what = ours(identity_, row.comment);
    if (!what) continue;
    if (what->starts_with("pilot-")) {
      const std::int64_t number = parse_count(what->substr(6));
      const auto seen = row.state == JobState::over      ? PilotPool::Seen::over
                        : row.state == JobState::pending ? PilotPool::Seen::waits
                                                         : PilotPool::Seen::runs;
      if (pilots_.knows(number)) {
        pilots_seen.insert(number);
        pilot_word_ = row.word;
        pilots_.seen(number, row.id, seen);
        pilot_word_.clear();
      } else if (reconciled_ && row.state != JobState::over) {
        cancel(row.id);
      }
    } else if (const auto id = attempt_named(*what)) {
      if (attempts_.contains(*id))
        by_attempt[*id].push_back(&row);
      else if (reconciled_ && row.state != JobState::over && !on_its_way_out(row.id))
        cancel(row.id);  // of an attempt that is in no log
    }
  }
  pilots_.missing_from_look(began, pilots_seen);
  std::erase_if(leaving_,
                [&](const auto& entry) { return entry.second.since < began && !alive.contains(entry.first); });

  std::vector<model::AttemptId> dropped;
  for (auto& [id, attempt] : attempts_) {
    const auto it = by_attempt.find(id);
    if (attempt.phase == Phase::ended) {
      // A second submission of it, whose answer was lost; the claim has kept it from running.
      if (it != by_attempt.end())
        for (const JobRow* row : it->second)
          if (row->state != JobState::over && !on_its_way_out(row->id)) cancel(row->id);
      continue;
    }
    if (attempt.phase != Phase::in_slurm && attempt.phase != Phase::searching && attempt.phase != Phase::vanished)
      continue;
    if (it != by_attempt.end())
      settle(attempt, it->second, began);
    else if (began > attempt.since && !settle_missing(attempt))
      dropped.push_back(id);
  }
  for (const model::AttemptId id : dropped) {
    records_.remove(id);
    attempts_.erase(id);
  }
  std::erase_if(attempts_, [this](auto& entry) {
    if (!entry.second.unwanted || entry.second.phase != Phase::ended) return false;
    forget_files(entry.second);
    return true;
  });
  look_at_ = now + pause_after(look_took_ms_, poll);
}

void SlurmEngine::Loop::settle(Attempt& attempt, const std::vector<const JobRow*>& rows, std::int64_t began) {
  const auto mine = std::ranges::find_if(rows, [&](const JobRow* row) { return row->id == attempt.record.job; });
  const JobRow* row = mine != rows.end() ? *mine : nullptr;
  if (row == nullptr)
    for (const JobRow* one : rows)
      if (row == nullptr || (row->state == JobState::over && one->state != JobState::over)) row = one;
  for (const JobRow* other : rows)
    if (other != row && other->state != JobState::over) cancel(other->id);

  if (attempt.phase != Phase::in_slurm || attempt.record.job != row->id) {
    attempt.phase = Phase::in_slurm;
    attempt.record.job = row->id;
    attempt.pending_at = steady_ms();
    attempt.order.reset();
    save(attempt);
    if (attempt.record.asked_to_end && attempt.kill_at == 0) attempt.kill_at = steady_ms() + options_.term_grace.raw();
  }
  attempt.word = row->word;
  if (!row->nodes.empty()) attempt.nodes = row->nodes;
  // That it waits may be older than what it says itself.
  if (row->state != JobState::pending || began > attempt.ran_at) attempt.state = row->state;
  switch (row->state) {
    case JobState::pending:
      if (began > attempt.ran_at) return settle_pending(attempt, *row);
      break;
    case JobState::running:
      if (attempt.ran_at == 0) attempt.ran_at = began;
      if (!attempt.launched) read(attempt);
      break;
    case JobState::completing:
      break;
    case JobState::over:
      return settle_over(attempt);
  }
  const std::int64_t now = steady_ms();
  if (attempt.record.asked_to_end && attempt.killed && now >= attempt.cancel_again_at) {
    attempt.cancel_again_at = now + cancel_every_ms;
    attempt.killed = false;
    end_now(attempt);
  }
}

void SlurmEngine::Loop::settle_pending(Attempt& attempt, const JobRow& row) {
  const std::int64_t now = steady_ms();
  // Once begun, it may not begin again: its claim is taken. Whoever put it back into the queue wanted it to.
  if (attempt.ran_at > 0) {
    attempt.requeued = true;
  } else if (now >= attempt.claim_at) {
    // If it ran unseen, its claim says so, and would keep it from running again without us: there is no hurry to look.
    // It may also have begun since this look: then a later one does not find it waiting.
    attempt.claim_at = now + claim_every_ms;
    if (has_claim(attempt)) attempt.ran_at = now;
  }
  if (!attempt.record.guest && now - attempt.pending_at > way_ms)
    if (const auto names = expand_hostlist(attempt.nodes))
      for (const std::string& name : *names) pilots_.make_way(name);
  const std::string hopeless = attempt.record.guest ? std::string() : hopeless_where_placed(attempt, row);
  if (!attempt.requeued && !attempt.record.asked_to_end && hopeless.empty()) return;
  if (!hopeless.empty() && !attempt.record.asked_to_end && !attempt.requeued) attempt.hopeless = hopeless;
  if (now < attempt.cancel_again_at) return;
  attempt.cancel_again_at = now + cancel_every_ms;
  cancel(row.id);
}

/// Why an attempt that the centre has placed is better given up than waited for; empty: it is not.
std::string SlurmEngine::Loop::hopeless_where_placed(const Attempt& attempt, const JobRow& row) const {
  // A start that failed: Slurm holds the job until somebody releases it.
  if (row.reason.find("launch failed") != std::string::npos) return "Slurm could not start it: " + row.reason;
  if (const auto names = expand_hostlist(attempt.nodes)) {
    for (const std::string& name : *names) {
      const auto node = nodes_.find(name);
      // One that is down, or not heard of yet after Slurm's own restart, is NodeSeen's matter.
      if (node == nodes_.end() || takes_work(node->second) || is_down(node->second)) continue;
      return fmt::format("its node {} takes no work: Slurm says {}{}", name, node->second.state,
                         node->second.reason.empty() ? "" : ": " + node->second.reason);
    }
  }
  if (steady_ms() - attempt.pending_at <= options_.pending_max.raw()) return {};
  return fmt::format("Slurm let it wait for more than {} min where the centre had placed it ({})",
                     options_.pending_max.raw() / 60'000, row.reason);
}

bool SlurmEngine::Loop::settle_missing(Attempt& attempt) {
  if (attempt.phase == Phase::vanished) return true;
  if (attempt.phase == Phase::searching) {
    if (!has_claim(attempt)) {
      if (attempt.record.asked_to_end && give_up_claim(attempt)) {
        conclude(attempt, {.cause = model::EndCause::ended, .message = "ended by the centre before it began"});
        return true;
      }
      if (!attempt.order) return false;
      enqueue(attempt);
      return true;
    }
    attempt.record.job = claimed_by(attempt);
    attempt.order.reset();
  }
  attempt.phase = Phase::vanished;
  attempt.askings = 0;
  return true;
}

void SlurmEngine::Loop::settle_over(Attempt& attempt) {
  const std::int64_t now = steady_ms();
  if (attempt.over_at == 0) attempt.over_at = now;
  if (!attempt.hopeless.empty() && !has_claim(attempt))
    return conclude(attempt, {.cause = model::EndCause::lost, .message = attempt.hopeless});
  // Where Slurm had been told to run it again (JobRequeue of the site), the node's death does not show in the state.
  if (attempt.requeued && !attempt.record.asked_to_end && lost_a_node(attempt)) attempt.word = "NODE_FAIL";
  const JobEnd end{.word = attempt.word,
                   .record = end_record(attempt),
                   .claimed = has_claim(attempt),
                   .asked_to_end = attempt.record.asked_to_end,
                   .requeued = attempt.requeued};
  const bool cancelled = attempt.word.starts_with("CANCELLED") || attempt.word == "NODE_FAIL";
  const bool may_come = end.claimed && !end.record && attempt.word != "NODE_FAIL" &&
                        now - attempt.over_at < (cancelled ? record_of_cancelled_ms : record_ms);
  if (!may_come) conclude(attempt, end_of_job(end));
}

/// Where Slurm's word is not known, or is that of a pilot.
void SlurmEngine::Loop::conclude_from(Attempt& attempt, EndRecord record) {
  // Where the centre has asked for nothing, somebody else has: in Slurm. A pilot that is cancelled takes its tasks
  // along.
  const bool asked =
      record.cause == "ended" || (attempt.record.pilot > 0 && record.cause == "signalled" && record.signal == SIGKILL);
  const bool by_others = asked && !attempt.record.asked_to_end && !attempt.signalled;
  conclude(attempt, end_of_job({.word = by_others ? "CANCELLED" : "COMPLETED",
                                .record = std::move(record),
                                .asked_to_end = attempt.record.asked_to_end}));
}

void SlurmEngine::Loop::ask_accounting() {
  std::vector<model::AttemptId> asked;
  std::string ids;
  account_at_ = steady_ms() + account_every_ms;
  for (auto& [id, attempt] : attempts_) {
    if (attempt.phase != Phase::vanished || asked.size() >= ids_at_once) continue;
    if (auto record = end_record(attempt)) {
      conclude_from(attempt, std::move(*record));
      continue;
    }
    asked.push_back(id);
    ids += (ids.empty() ? "" : ",") + std::to_string(attempt.record.job);
  }
  if (asked.empty()) return;
  accounting_ = true;
  commands_.run({"sacct", "--noheader", "--parsable2", "--allocations", "--duplicates", "--jobs=" + ids,
                 std::string("--format=") + accounting_format},
                command_ms, [this, asked](const CommandResult& result) { accounted(asked, result); });
}

void SlurmEngine::Loop::accounted(const std::vector<model::AttemptId>& asked, const CommandResult& result) {
  accounting_ = false;
  account_at_ = steady_ms() + account_every_ms;
  const std::vector<AccountingRow> rows = read_accounting(result.status == 0 ? result.out : "");
  for (const model::AttemptId id : asked) {
    const auto it = attempts_.find(id);
    if (it == attempts_.end() || it->second.phase != Phase::vanished) continue;
    Attempt& attempt = it->second;
    const AccountingRow* found = nullptr;
    for (const AccountingRow& row : rows) {
      if (row.id != attempt.record.job) continue;
      // The comment is kept where the site says so (AccountingStoreFlags=job_comment); ids alone can be used again.
      const auto what = ours(identity_, row.comment);
      if (row.comment.empty() || (what && (*what == model::print(id) || attempt.record.pilot > 0))) found = &row;
    }
    if (found != nullptr && state_of(found->word) == JobState::over) {
      attempt.word = found->word;
      settle_over(attempt);
      continue;
    }
    if (++attempt.askings < askings_max) continue;
    // Nobody knows of it. It must not begin after we have called it lost.
    if (!has_claim(attempt)) (void)give_up_claim(attempt);
    conclude(attempt,
             end_of_job({.word = {}, .record = end_record(attempt), .asked_to_end = attempt.record.asked_to_end}));
  }
}

// ---------------------------------------------------------------------------------------------- claims

bool SlurmEngine::Loop::has_claim(const Attempt& attempt) const { return exists(attempt.folder.started()); }

std::int64_t SlurmEngine::Loop::claimed_by(const Attempt& attempt) const {
  const auto text = read_of_owner(attempt.folder.started(), static_cast<uid_t>(attempt.record.uid), 4096);
  return text ? std::max<std::int64_t>(parse_count(record_value(*text, "job")), 0) : 0;
}

/// Takes the claim ourselves, so that nobody starts the attempt any more. False when somebody has it already.
bool SlurmEngine::Loop::give_up_claim(const Attempt& attempt) const {
  return open_file(attempt.folder.started(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW).has_value() ||
         !exists(attempt.folder.path());
}

// ---------------------------------------------------------------------------------------------- cancelling

void SlurmEngine::Loop::cancel(std::int64_t job) {
  if (job > 0) cancels_.insert(job);
}

void SlurmEngine::Loop::send_cancels() {
  for (auto& [what, jobs] : std::exchange(signals_, {})) {
    const auto [signal, batch] = what;
    for (std::size_t at = 0; at < jobs.size(); at += ids_at_once) {
      const char* name = ::sigabbrev_np(signal);
      std::vector<std::string> words{"scancel",
                                     "--signal=" + (name == nullptr ? std::to_string(signal) : std::string(name))};
      // To the batch script alone, which passes it on to its task; or to all processes that srun started.
      if (signal == SIGKILL)
        words.emplace_back("--full");
      else if (batch)
        words.emplace_back("--batch");
      for (std::size_t i = at; i < std::min(jobs.size(), at + ids_at_once); ++i)
        words.push_back(std::to_string(jobs[i]));
      commands_.run(std::move(words), command_ms,
                    [](const CommandResult&) {});  // one that is over by now is no trouble
    }
  }
  if (cancels_.empty() || dialect_ == nullptr) return;
  const auto token = tokens_.token(wall_clock_s());
  if (!token) return;
  for (const std::int64_t job : std::exchange(cancels_, {}))
    rest_.send({.method = "DELETE",
                .path = fmt::format("/slurm/v0.0.{}/job/{}", dialect_->version, job),
                .body = {},
                .user = options_.engine.admin,
                .token = *token},
               [](const RestAnswer&) {});  // what it did, the next look shows; what it did not, is asked again
}

// ---------------------------------------------------------------------------------------------- nodes

void SlurmEngine::Loop::watch_nodes() {
  watch_at_ = steady_ms() + nodes_every_ms;
  if (watching_) return;
  watching_ = true;
  if (release_.empty())  // `slurm-wlm 22.05.8`
    commands_.run({"sinfo", "--version"}, command_ms, [this](const CommandResult& result) {
      const auto space = result.out.rfind(' ');
      if (result.status == 0 && space != std::string::npos)
        release_ = result.out.substr(space + 1, result.out.find_last_not_of(" \n") - space);
    });
  commands_.run({"sinfo", "--noheader", "--Node", "--all", std::string("--format=") + node_format}, command_ms,
                [this, began = steady_ms()](const CommandResult& result) { saw_nodes(began, result); });
}

void SlurmEngine::Loop::saw_nodes(std::int64_t began, const CommandResult& result) {
  watching_ = false;
  const std::int64_t now = steady_ms();
  watch_at_ = now + pause_after(now - began, nodes_every_ms);
  const std::vector<NodeRow> rows = read_nodes(result.out);
  if (result.status != 0 || rows.empty()) return;
  nodes_.clear();
  for (const NodeRow& row : rows) nodes_.emplace(row.name, row);
  std::optional<std::set<std::string, std::less<>>> busy;
  for (const auto& [name, id] : node_ids_) {
    const auto it = nodes_.find(name);
    bool reachable = it != nodes_.end() && takes_work(it->second);
    if (!reachable && it != nodes_.end() && !is_down(it->second)) {
      // It is being drained: what runs there may end there, and only then is it out of reach.
      if (!busy) busy = busy_nodes();
      reachable = busy->contains(name);
    }
    const auto [told, is_new] = reachable_.try_emplace(name, reachable);
    if (!is_new && told->second == reachable) continue;
    told->second = reachable;
    std::string message;
    if (it == nodes_.end())
      message = "Slurm does not know it any more";
    else if (!reachable)
      message = "Slurm says " + it->second.state + (it->second.reason.empty() ? "" : ": " + it->second.reason);
    sink_.report(ports::NodeSeen{id, reachable, std::move(message)});
  }
}

bool SlurmEngine::Loop::lost_a_node(const Attempt& attempt) const {
  const auto names = expand_hostlist(attempt.nodes);
  return names && std::ranges::any_of(*names, [this](const std::string& name) {
           const auto it = nodes_.find(name);
           return it != nodes_.end() && is_down(it->second);
         });
}

std::set<std::string, std::less<>> SlurmEngine::Loop::busy_nodes() const {
  std::set<std::string, std::less<>> busy;
  for (const auto& [id, attempt] : attempts_) {
    if (attempt.phase != Phase::in_slurm && attempt.phase != Phase::piloted) continue;
    if (attempt.phase == Phase::in_slurm && attempt.state == JobState::pending) continue;
    if (const auto names = expand_hostlist(attempt.nodes)) busy.insert(names->begin(), names->end());
  }
  return busy;
}

}  // namespace mingyue::engines::slurm
