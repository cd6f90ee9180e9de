#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "core/decide.hpp"
#include "core/packing.hpp"
#include "core/qpus.hpp"
#include "core/reservations.hpp"
#include "model/job_document.hpp"

namespace mingyue::core {
namespace {

using model::DependencyKind;
using model::JobId;
using model::JobState;

constexpr std::size_t key_size_max = 200;

/// The jobs meant by an id: an array's first id stands for all its live elements.
std::vector<const Job*> jobs_meant(const State& state, JobId id) {
  std::vector<const Job*> meant;
  if (const auto array = state.arrays.find(id); array != state.arrays.end()) {
    for (auto it = state.jobs.lower_bound(id); it != state.jobs.end() && it->second.first == id; ++it)
      meant.push_back(&it->second);
  } else if (const Job* job = state.find(id)) {
    meant.push_back(job);
  }
  return meant;
}

Expected<std::vector<const Job*>> find_jobs(const State& state, JobId id) {
  auto meant = jobs_meant(state, id);
  if (!meant.empty()) return meant;
  if (id < state.next_job && id > JobId{0}) {
    return refuse("job-ended", "job", fmt::format("job {} has ended", id.raw()),
                  "see: mingyue job " + std::to_string(id.raw()));
  }
  return refuse("unknown-job", "job", fmt::format("there is no job {}", id.raw()), "see: mingyue jobs --all");
}

Expected<void> require_rights(const State& state, const Actor& by, const Job& job) {
  const model::JobSpec& spec = state.spec(job);
  if (by.role == model::Role::operator_ || (by.role != model::Role::auditor && spec.user == by.user)) return {};
  if (by.role == model::Role::lead) {
    const auto user = std::ranges::find(state.centre.users, by.user, &model::User::name);
    if (user != state.centre.users.end() && std::ranges::find(user->projects, spec.project) != user->projects.end())
      return {};
  }
  return refuse("not-allowed", "job",
                fmt::format("job {} belongs to user {}, project {}", job.id.raw(), spec.user, spec.project),
                "its owner, the project's lead and operators may do this");
}

/// Sorts a submission's dependencies into those still open, and those that can never be met any more.
struct Dependencies {
  std::vector<model::Dependency> open;
  std::string failed;  ///< why the job can never start; empty: it may
};

Expected<Dependencies> resolve(const State& state, const SubmitJob& command) {
  Dependencies result;
  for (const model::Dependency& dependency : command.spec->dependencies) {
    const JobId target = dependency.job;
    if (target >= state.next_job || target == JobId{0}) {
      return refuse("unknown-job", "after", fmt::format("there is no job {} to wait for", target.raw()),
                    "submit the job that comes first, first");
    }
    const auto array = state.arrays.find(target);
    if (array != state.arrays.end()) {
      if (dependency.kind == DependencyKind::after_ok && array->second.failed) {
        result.failed = fmt::format("an element of job {} did not succeed", target.raw());
      } else if (dependency.kind != DependencyKind::after || array->second.unstarted > 0) {
        result.open.push_back(dependency);
      }
      continue;
    }
    if (const Job* job = state.find(target)) {
      const bool ran = job->attempts > 1 || (job->attempts == 1 && job->state != JobState::starting);
      if (dependency.kind != DependencyKind::after || !ran) result.open.push_back(dependency);
      continue;
    }
    // It has ended; history knows how.
    const auto ended = std::ranges::find(command.ended_targets, target, &EndedTarget::job);
    if (ended == command.ended_targets.end()) {
      // It ended between the caller's look into history and now: to guess would cancel a job whose target succeeded.
      return refuse("target-ended", "after", fmt::format("job {} has just ended", target.raw()), "submit again");
    }
    if (dependency.kind == DependencyKind::after_ok && !ended->succeeded) {
      result.failed = fmt::format("job {} did not succeed", target.raw());
    }
  }
  std::ranges::sort(result.open);
  result.open.erase(std::unique(result.open.begin(), result.open.end()), result.open.end());
  return result;
}

Expected<void> check_reservation(const State& state, const model::JobSpec& spec) {
  const model::Reservation* reservation = find_reservation(state, spec.reservation);
  if (reservation == nullptr)
    return refuse("unknown-reservation", "reservation",
                  fmt::format("there is no reservation {}", shown(spec.reservation)), "see: mingyue reservations");
  if (!may_use(*reservation, spec))
    return refuse(
        "not-allowed", "reservation",
        fmt::format("reservation {} is not for user {}, project {}", reservation->name, spec.user, spec.project),
        "see for whom it is: mingyue reservations");
  if (reservation->partition != spec.partition)
    return refuse("other-partition", "partition",
                  fmt::format("reservation {} is in partition {}", reservation->name, reservation->partition),
                  fmt::format("use partition: {}", reservation->partition));
  if (const Duration window = reservation->end - reservation->start; spec.wall > window)
    return refuse("wall-too-long", "wall",
                  fmt::format("job asks for {}, reservation {} lasts {}", print_duration(spec.wall), reservation->name,
                              print_duration(window)),
                  fmt::format("wall: {}", print_duration(window)));
  return {};
}

Expected<void> check_submission(const State& state, const SubmitJob& command, Instant now) {
  const model::JobSpec& spec = command.spec;
  if (command.by.role == model::Role::auditor) {
    return refuse("not-allowed", "", "an auditor's token may not submit jobs", "use a member's token");
  }
  if (command.by.role != model::Role::operator_ && command.by.user != spec.user) {
    return refuse("not-allowed", "user", fmt::format("user {} may not submit for user {}", command.by.user, spec.user),
                  "leave the user out");
  }
  if (command.idempotency_key.size() > key_size_max || command.idempotency_key.find('\n') != std::string::npos) {
    return refuse("bad-key", "Idempotency-Key", "an idempotency key has 1 to 200 characters and no line break",
                  "use a UUID");
  }
  if (spec.deadline && *spec.deadline <= now) {
    return refuse("deadline-past", "deadline", fmt::format("{} is past", print_instant(*spec.deadline)),
                  "give a later one, or none");
  }
  if (spec.deadline && *spec.deadline - now < spec.wall) {
    return refuse("deadline-unreachable", "deadline",
                  fmt::format("it could not end by {} if it started now: its wall limit is {}",
                              print_instant(*spec.deadline), print_duration(spec.wall)),
                  "give a shorter wall limit or a later deadline, or none");
  }
  if (spec.where == model::Where::allies) {
    return refuse("no-allies", "where", "this centre has no allies", "use where: here, or any");
  }
  auto refusals = model::validate(spec, state.centre, state.kinds);
  if (!refusals.empty()) return Unexpected<Refusal>(std::move(refusals.front()));
  CHECK_OK(require_qpu(state, spec));
  if (auto refusal = why_never_together(spec, state.centre)) return Unexpected<Refusal>(std::move(*refusal));
  if (!spec.reservation.empty()) return check_reservation(state, spec);
  return {};
}

}  // namespace

Decision decide_one(const State& state, const SubmitJob& command, Instant now) {
  if (!command.idempotency_key.empty()) {
    const auto known = state.keys.find(command.spec->user + "\n" + command.idempotency_key);
    if (known != state.keys.end() && known->second.at + key_life >= now) return Events{};
  }
  CHECK_OK(check_submission(state, command, now));
  TRY(dependencies, resolve(state, command));
  JobSubmitted submitted{state.next_job, command.spec, command.idempotency_key};
  if (!dependencies.failed.empty()) dependencies.open.clear();
  if (submitted.spec->dependencies != dependencies.open)
    submitted.spec.edit().dependencies = std::move(dependencies.open);
  const auto count = std::max<std::size_t>(1, command.spec->indices.size());
  Events events;
  events.emplace_back(std::move(submitted));
  if (!dependencies.failed.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      events.emplace_back(JobEnded{JobId{state.next_job.raw() + i}, JobState::cancelled, dependencies.failed});
    }
  }
  return events;
}

Decision decide_one(const State& state, const CancelJob& command, Instant) {
  TRY(jobs, find_jobs(state, command.job));
  Events events;
  for (const Job* job : jobs) {
    CHECK_OK(require_rights(state, command.by, *job));
    const auto attempt = state.attempts.find(job->id);
    if (attempt == state.attempts.end()) {
      end_job(state, events, job->id, JobState::cancelled, "cancelled by " + command.by.user);
    } else if (attempt->second.end_reason != EndReason::cancelled) {
      events.emplace_back(EndRequested{attempt->second.id, EndReason::cancelled, command.by.user, end_grace});
    }
  }
  return events;
}

Decision decide_one(const State& state, const HoldJob& command, Instant) {
  TRY(jobs, find_jobs(state, command.job));
  Events events;
  for (const Job* job : jobs) {
    CHECK_OK(require_rights(state, command.by, *job));
    if (job->state == JobState::queued) events.emplace_back(JobHeld{job->id, command.by.user});
  }
  if (events.empty() && jobs.front()->state != JobState::held) {
    return refuse("job-runs", "job",
                  fmt::format("job {} is already {}", command.job.raw(),
                              jobs.front()->state == JobState::running ? "running" : "starting"),
                  "only a waiting job can be held; cancel ends it");
  }
  return events;
}

Decision decide_one(const State& state, const ReleaseJob& command, Instant) {
  TRY(jobs, find_jobs(state, command.job));
  Events events;
  for (const Job* job : jobs) {
    CHECK_OK(require_rights(state, command.by, *job));
    if (job->state == JobState::held) events.emplace_back(JobReleased{job->id, command.by.user});
  }
  return events;
}

void end_job(const State& state, Events& events, JobId job, JobState outcome, std::string reason) {
  if (outcome == JobState::succeeded || state.dependents.empty()) {
    // Nobody ends with it, and it ends once.
    const bool again = std::ranges::any_of(events, [&](const EventBody& event) {
      const auto* end = std::get_if<JobEnded>(&event);
      return end != nullptr && end->job == job;
    });
    if (!again) events.emplace_back(JobEnded{job, outcome, std::move(reason)});
    return;
  }
  // Jobs that end in this decision, so that each ends once: a job may wait for several of them.
  std::set<JobId> ended;
  for (const EventBody& event : events) {
    if (const auto* end = std::get_if<JobEnded>(&event)) ended.insert(end->job);
  }
  if (!ended.insert(job).second) return;
  events.emplace_back(JobEnded{job, outcome, std::move(reason)});
  std::vector<std::pair<JobId, JobState>> open{{job, outcome}};
  while (!open.empty()) {
    const auto [cause, how] = open.back();
    open.pop_back();
    if (how == JobState::succeeded) continue;
    std::set<JobId> unmet;
    const auto collect = [&](JobId target) {
      const auto it = state.dependents.find(target);
      if (it == state.dependents.end()) return;
      for (const JobId waits : it->second) {
        const auto& dependencies = *state.jobs.at(waits).dependencies;
        const model::Dependency needs{DependencyKind::after_ok, target};
        if (std::ranges::find(dependencies, needs) != dependencies.end()) unmet.insert(waits);
      }
    };
    collect(cause);
    const JobId first = state.jobs.at(cause).first;
    if (first != cause) collect(first);
    for (const JobId waits : unmet) {
      if (!ended.insert(waits).second) continue;
      events.emplace_back(JobEnded{waits, JobState::cancelled, fmt::format("job {} did not succeed", cause.raw())});
      open.emplace_back(waits, JobState::cancelled);
    }
  }
}

}  // namespace mingyue::core
