// From an order to a job of Slurm's.

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "engines/slurm/slurm_loop.hpp"

namespace mingyue::engines::slurm {
namespace {

constexpr std::int64_t pause_ms_first = 250;
constexpr std::int64_t pause_ms_max = 8000;
// What slurmrestd has taken reaches the controller's list within this time, or not at all.
constexpr std::int64_t in_flight_ms = 3000;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::int64_t SlurmEngine::Loop::wall_clock_s() { return now_ms() / 1000; }

void SlurmEngine::Loop::enqueue(Attempt& attempt) {
  attempt.phase = Phase::queued;
  queue_.push_back(attempt.id);
}

void SlurmEngine::Loop::admit() {
  const std::int64_t now = steady_ms();
  while (!queue_.empty() && submitting_ < static_cast<std::size_t>(options_.connections) && now >= submit_at_) {
    if (dialect_ == nullptr) return;
    const model::AttemptId id = queue_.front();
    queue_.pop_front();
    const auto it = attempts_.find(id);
    if (it == attempts_.end() || it->second.phase != Phase::queued || !it->second.order) continue;
    Attempt& attempt = it->second;
    if (attempt.record.asked_to_end) {
      conclude(attempt, {.cause = model::EndCause::ended, .message = "ended by the centre before it began"});
      continue;
    }
    if (const auto ready = prepare(attempt); !ready) {
      conclude(attempt, {.cause = model::EndCause::launch_failed, .message = ready.error()});
      continue;
    }
    submit(attempt);
  }
}

/// The attempt's folder, as the account's own; and our record, before anybody is asked for anything.
Expected<void, std::string> SlurmEngine::Loop::prepare(Attempt& attempt) {
  const model::LaunchOrder& order = *attempt.order;
  auto account = find_account(attempt.record.account);
  if (!account) return std::unexpected(account.error());
  const auto failed = [](const std::string& what, const Errno& why) {
    return std::unexpected(what + ": " + why.text());
  };
  const AttemptFolder& folder = attempt.folder;
  const ShimOrder step = step_order(order, options_, *account);
  if (const auto made = make_folder_of(step.checkpoint_folder, *account); !made)
    return failed("checkpoint folder " + step.checkpoint_folder, made.error());
  struct stat status {};
  if (::stat(folder.order().c_str(), &status) != 0) {
    if (::mkdir(folder.path().c_str(), 0700) != 0 && errno != EEXIST)
      return failed("folder " + folder.path(), Errno{errno});
    std::string hosts;
    if (!order.guest)
      for (const model::TaskOrder& task : order.tasks) hosts += task.node_name + "\n";
    if (const auto written = write_file_of(folder.progress(), "", *account); !written)
      return failed("file " + folder.progress(), written.error());
    if (!hosts.empty())
      if (const auto written = write_file_of(folder.path() + "/hosts", hosts, *account); !written)
        return failed("file " + folder.path() + "/hosts", written.error());
    if (const auto written = write_file_of(folder.order(), encode(step), *account); !written)
      return failed("file " + folder.order(), written.error());
    // Last, so that the account meets a folder in which nothing more is written.
    if (const auto given = make_folder_of(folder.path(), *account); !given)
      return failed("folder " + folder.path(), given.error());
  }
  attempt.record.asked_at_ms = now_ms();
  if (const auto kept = records_.write(attempt.id, attempt.record); !kept)
    return failed("the engine's record", kept.error());
  return {};
}

void SlurmEngine::Loop::save(Attempt& attempt) {
  if (const auto kept = records_.write(attempt.id, attempt.record); !kept)
    trouble_ = fmt::format("record of {}: {}", model::print(attempt.id), kept.error().text());
}

void SlurmEngine::Loop::submit(Attempt& attempt) {
  const auto token = tokens_.token(wall_clock_s());
  if (!token) {
    queue_.push_front(attempt.id);
    return slow_down(token.error().message);
  }
  const Submission submission = submission_of(*attempt.order, options_, nodes_, identity_, step_);
  attempt.phase = Phase::submitting;
  ++submitting_;
  rest_.send({.method = "POST",
              .path = fmt::format("/slurm/v0.0.{}/job/submit", dialect_->version),
              .body = dialect_->submit_body(submission),
              .user = attempt.record.account,
              .token = *token},
             [this, id = attempt.id](const RestAnswer& answer) { submitted(id, answer); });
}

void SlurmEngine::Loop::submitted(model::AttemptId id, const RestAnswer& answer) {
  --submitting_;
  const auto it = attempts_.find(id);
  if (it == attempts_.end() || it->second.phase != Phase::submitting) return;
  Attempt& attempt = it->second;
  const auto said = answer.answered ? read_answer(answer.body) : std::nullopt;
  if (said && !said->release.empty()) release_ = said->release;
  if (said && said->job > 0) {
    pause_ms_ = 0;
    trouble_.clear();
    attempt.record.job = said->job;
    attempt.phase = Phase::in_slurm;
    attempt.since = steady_ms();
    attempt.pending_at = attempt.since;
    save(attempt);
    if (!attempt.record.guest) {
      std::set<std::string> names;
      for (const model::TaskOrder& task : attempt.order->tasks)
        if (names.insert(task.node_name).second) attempt.nodes += (attempt.nodes.empty() ? "" : ",") + task.node_name;
    }
    attempt.order.reset();
    if (attempt.record.asked_to_end) end_now(attempt);
    ends_at_ = std::min(ends_at_, attempt.since + 100);
    return;
  }
  const std::string why = said ? said->error : answer.answered ? fmt::format("HTTP {}", answer.status) : answer.trouble;
  Refused refused = Refused::unknown;
  if (said) refused = meaning_of(answer.status, *said);
  if (!answer.answered && !answer.connected) refused = Refused::not_now;
  switch (refused) {
    case Refused::for_good:
      return conclude(attempt, {.cause = model::EndCause::launch_failed,
                                .message = fmt::format("Slurm refuses it for account \"{}\" in partition \"{}\": {}",
                                                       attempt.record.account, attempt.order->engine_partition, why)});
    case Refused::not_now:
      attempt.phase = Phase::queued;
      queue_.push_front(id);
      return slow_down(why);
    case Refused::unknown:
      attempt.phase = Phase::searching;
      attempt.since = steady_ms() + in_flight_ms;
      return slow_down(why);
  }
}

void SlurmEngine::Loop::slow_down(const std::string& why) {
  trouble_ = fmt::format("slurmrestd at {}: {}", options_.engine.rest, why);
  pause_ms_ = std::clamp(pause_ms_ * 2, pause_ms_first, pause_ms_max);
  submit_at_ = steady_ms() + pause_ms_;
  // After an upgrade it may speak another version.
  if (pause_ms_ == pause_ms_max) dialect_ = nullptr;
}

}  // namespace mingyue::engines::slurm
