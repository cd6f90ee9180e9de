#include "ledger/history.hpp"

#include <algorithm>
#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

namespace mingyue::ledger {
namespace {

using model::JobState;

template <class E>
std::string word(E value) {
  std::string text = "unknown";
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value) text = d.name;
  });
  std::ranges::replace(text, '_', '-');
  return text;
}

/// With so many tasks: of an elastic job those of its attempt.
void describe_spec(JobRow& row, const model::JobSpec& spec, std::int32_t tasks) {
  row.name = spec.name;
  row.user = spec.user;
  row.project = spec.project;
  row.partition = spec.partition;
  row.kind = spec.kind;
  row.priority_class = spec.priority_class;
  row.tasks = tasks;
  for (const model::Part& part : spec.parts) {
    row.cores += part.need.cores.raw() * spec.tasks_of(part, tasks);
    row.cards += part.need.cards.raw() * spec.tasks_of(part, tasks);
  }
  row.workdir = spec.workdir;
  row.comment = spec.comment;
}

std::vector<std::string> names_by_rank(const model::Centre& centre, const model::Lease& lease) {
  std::vector<std::string> names;
  for (const model::NodeShare& share : lease.shares())
    names.insert(names.end(), static_cast<std::size_t>(share.tasks), centre.nodes.at(share.node.raw()).name);
  return names;
}

struct Folder {
  const core::State& before;
  Instant now;
  std::vector<Row>& rows;

  JobRow changed(model::JobId id, JobState next) const {
    JobRow row = job_row(before, before.jobs.at(id));
    row.state = next;
    return row;
  }

  void on(const core::JobSubmitted& event) {
    const model::JobSpec& spec = *event.spec;
    JobRow row{.array = event.first, .state = spec.hold ? JobState::held : JobState::queued, .submitted_at = now};
    describe_spec(row, spec, spec.tasks());
    const std::size_t count = std::max<std::size_t>(1, spec.indices.size());
    for (std::size_t i = 0; i < count; ++i) {
      row.id = model::JobId{event.first.raw() + i};
      row.array_index = spec.indices.empty() ? -1 : spec.indices[i];
      rows.emplace_back(row);
    }
  }
  void on(const core::JobHeld& event) { rows.emplace_back(changed(event.job, JobState::held)); }
  void on(const core::JobReleased& event) { rows.emplace_back(changed(event.job, JobState::queued)); }

  void on(const core::LeaseGranted& event) {
    AttemptRow row{.attempt = event.attempt, .granted_at = now, .outcome = "starting", .backfill = event.backfill};
    row.nodes = names_by_rank(before.centre, event.lease);
    rows.emplace_back(std::move(row));
  }
  void on(const core::AttemptPlaced& event) {
    AttemptRow row = attempt_row(before, before.attempts.at(event.attempt.job));
    row.nodes = names_by_rank(before.centre, event.lease);
    rows.emplace_back(std::move(row));
  }
  void on(const core::AttemptStarted& event) {
    AttemptRow row = attempt_row(before, before.attempts.at(event.attempt.job));
    row.started_at = now;
    row.outcome = "running";
    rows.emplace_back(std::move(row));
    JobRow job = changed(event.attempt.job, JobState::running);
    if (!job.started_at) job.started_at = now;
    rows.emplace_back(std::move(job));
  }
  void on(const core::AttemptEnded& event) {
    const core::Attempt& attempt = before.attempts.at(event.attempt.job);
    AttemptRow row = attempt_row(before, attempt);
    row.ended_at = now;
    row.outcome = attempt.end_reason ? word(*attempt.end_reason) : word(event.end.cause);
    if (event.end.cause == model::EndCause::exited && event.end.exit_code == 0) row.outcome = "succeeded";
    row.exit_code = event.end.exit_code;
    row.signal = event.end.signal;
    row.message = event.end.message;
    row.last_step = std::max(row.last_step, event.end.last_step);
    row.cpu_ms = event.end.cpu_ms;
    row.memory_peak = event.end.memory_peak;
    if (event.verdict == core::Verdict::lost && attempt.started_at) {
      row.lost = now - std::max(*attempt.started_at, attempt.checkpoint_at.value_or(*attempt.started_at));
    }
    rows.emplace_back(std::move(row));
  }
  void on(const core::JobRequeued& event) {
    JobRow row = changed(event.job, JobState::queued);
    row.reason = event.reason;
    rows.emplace_back(std::move(row));
  }
  void on(const core::JobEnded& event) {
    JobRow row = changed(event.job, event.state);
    row.reason = event.reason;
    row.ended_at = now;
    rows.emplace_back(std::move(row));
  }
  void on(const core::IncidentOpened& event) {
    rows.emplace_back(IncidentRow{.incident = event.incident,
                                  .kind = word(event.kind),
                                  .attempt = event.attempt,
                                  .node = event.node ? before.centre.nodes.at(event.node->raw()).name : "",
                                  .message = event.message,
                                  .opened_at = now});
  }
  void on(const core::IncidentClosed& event) {
    const core::Incident& incident = before.incidents.at(event.incident);
    rows.emplace_back(IncidentRow{.incident = event.incident,
                                  .kind = word(incident.kind),
                                  .attempt = incident.attempt,
                                  .node = incident.node ? before.centre.nodes.at(incident.node->raw()).name : "",
                                  .message = incident.message,
                                  .opened_at = incident.opened_at,
                                  .closed_at = now,
                                  .how = event.how});
  }
  void on(const core::ChargePosted& event) {
    const std::string text = "attempt " + model::print(event.attempt);
    if (event.amount != Credits{0})
      rows.emplace_back(
          PostingRow{now, "project:" + event.project, "centre:income", event.amount, event.attempt, text});
    if (event.waived != Credits{0})
      rows.emplace_back(
          PostingRow{now, "centre:losses", "centre:income", event.waived, event.attempt, text + ", lost by a fault"});
  }
  void on(const core::CreditsGranted& event) {
    rows.emplace_back(
        PostingRow{now, "centre:grants", "project:" + event.project, event.amount, {}, "granted by " + event.by});
  }
  template <class T>
  void on(const T&) {}
};

}  // namespace

JobRow job_row(const core::State& state, const core::Job& job) {
  JobRow row{.id = job.id,
             .array = job.first,
             .array_index = job.array_index,
             .state = job.state,
             .reason = job.past->reason,
             .attempts = job.attempts,
             .submitted_at = job.submitted_at,
             .started_at = job.past->started_at,
             .exit_code = job.past->exit_code,
             .charged = job.past->charged};
  const model::JobSpec& spec = state.spec(job);
  const auto attempt = state.attempts.find(job.id);
  const bool waits = job.state == JobState::held || job.state == JobState::queued;
  std::int32_t tasks = spec.tasks();
  if (attempt != state.attempts.end())
    tasks = attempt->second.handed_over() ? spec.tasks_least() : attempt->second.lease.tasks();
  else if (!waits && job.past->tasks_last > 0)
    tasks = job.past->tasks_last;
  describe_spec(row, spec, tasks);
  return row;
}

AttemptRow attempt_row(const core::State& state, const core::Attempt& attempt) {
  AttemptRow row{.attempt = attempt.id,
                 .granted_at = attempt.granted_at,
                 .started_at = attempt.started_at,
                 .outcome = attempt.started_at ? "running" : "starting",
                 .last_step = attempt.last.step,
                 .steps = attempt.last.of,
                 .checkpoint = state.jobs.at(attempt.id.job).past->checkpoint_last};
  row.nodes = names_by_rank(state.centre, attempt.lease);
  return row;
}

void history_rows(const core::State& before, const core::Event& event, std::vector<Row>& rows) {
  Folder folder{before, event.at, rows};
  std::visit([&](const auto& body) { folder.on(body); }, event.body);
}

}  // namespace mingyue::ledger
