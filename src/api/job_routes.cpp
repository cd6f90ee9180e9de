#include <fmt/format.h>

#include <algorithm>

#include "api/find_job.hpp"
#include "api/job_list.hpp"
#include "api/job_view.hpp"
#include "api/parts.hpp"
#include "api/qpu_access.hpp"
#include "ledger/history.hpp"
#include "sched/sentence.hpp"
#include "sched/what_would_help.hpp"

/// Jobs: lists, one of them, why it waits; cancel, hold, release. (Submission: submit_routes.cpp.)
namespace mingyue::api {
namespace {

std::vector<Param> list_params() {
  std::vector<Param> params = job_filter_params();
  params.push_back(
      number_param("before", 1, INT64_MAX, "older than this job: the id of the last one of the page before"));
  params.push_back(number_param("limit", 1, 10'000, "at most so many; default 100"));
  return params;
}

void list_jobs(Parts& parts, Call call) {
  auto question = job_question_of(call);
  if (!question) return call.refuse(question.error());
  struct Seen {
    std::vector<wire::JobView> live;
    std::shared_ptr<const model::Centre> centre;
  };
  const auto look = [&parts, question = *question](const runtime::View& view,
                                                   const Call&) -> Expected<Seen, http::Problem> {
    return Seen{live_page(view, question), parts.described.renew(view.state.centre)};
  };
  if (!question->wants_ended()) {
    return look_then(parts, std::move(call), look, [](Call on, Seen seen) { on.send(seen.live); });
  }
  look_then_read(parts, std::move(call), look, [&parts, question = *question](Call on, Seen seen, Durable::Reached) {
    auto page = whole_page(std::move(seen.live), question, parts.history, virtual_partitions(*seen.centre));
    if (!page) return on.refuse(problem_of(page.error()));
    on.send(*page);
  });
}

/// A job in detail, as it was at one moment.
struct Detail {
  wire::JobDetail body;
  std::optional<ledger::AttemptRow> in_force;
  bool is_live = false;
  Instant now;
  std::shared_ptr<const model::Centre> centre;
};

Expected<Detail, http::Problem> look_at_job(Parts& parts, const runtime::View& view, const Call& call,
                                            model::JobId id) {
  Detail detail{.now = view.now, .centre = parts.described.renew(view.state.centre)};
  const core::Job* job = view.state.find(id);
  if (job == nullptr) {
    if (id >= view.state.next_job) return Unexpected<http::Problem>(unknown_job(call.param("id")));
    return detail;
  }
  const model::JobSpec& spec = view.state.spec(*job);
  detail.is_live = true;
  detail.body = {.job = live_view(view, *job, wait_of(view.plan(), id), call.language),
                 .workdir = spec.workdir,
                 .comment = spec.comment,
                 .wall = spec.wall};
  const bool waits = job->state == model::JobState::held || job->state == model::JobState::queued;
  if (waits && spec.tasks_least() < spec.tasks()) detail.body.tasks_least = spec.tasks_least();
  if (const auto attempt = view.state.attempts.find(id); attempt != view.state.attempts.end()) {
    detail.in_force = ledger::attempt_row(view.state, attempt->second);
    if (detail.body.job.progress && detail.body.job.progress->step > detail.in_force->last_step) {
      detail.in_force->last_step = detail.body.job.progress->step;
      detail.in_force->steps = detail.body.job.progress->of;
    }
  }
  return detail;
}

/// Adds what the read tables know: earlier attempts, and of an ended job everything.
Expected<wire::JobDetail, http::Problem> complete(Parts& parts, Detail detail, const Call& call, model::JobId id) {
  if (!detail.is_live) {
    auto row = parts.history.job(id);
    if (!row) return Unexpected<http::Problem>(problem_of(row.error()));
    if (!*row) return Unexpected<http::Problem>(unknown_job(call.param("id")));
    detail.body.job = past_view(**row, virtual_partitions(*detail.centre));
    detail.body.workdir = (**row).workdir;
    detail.body.comment = (**row).comment;
  }
  auto attempts = parts.history.attempts(id);
  if (!attempts) return Unexpected<http::Problem>(problem_of(attempts.error()));
  detail.body.attempts = std::move(*attempts);
  if (detail.in_force) {
    for (const ledger::AttemptRow& row : detail.body.attempts) {
      // The state does not keep how the attempt was granted; its row does.
      if (row.attempt == detail.in_force->attempt) detail.in_force->backfill = row.backfill;
    }
    std::erase_if(detail.body.attempts,
                  [&](const auto& row) { return row.attempt.number >= detail.in_force->attempt.number; });
    detail.body.attempts.push_back(std::move(*detail.in_force));
  }
  for (const ledger::AttemptRow& row : detail.body.attempts) {
    if (row.started_at) detail.body.ran += row.ended_at.value_or(detail.now) - *row.started_at;
  }
  return std::move(detail.body);
}

/// Answers with the job; `whole`: with all that is known, otherwise as in a list.
enum class Shape { Whole, Brief };

void send_job(Parts& parts, Call call, model::JobId id, Shape shape) {
  look_then_read(
      parts, std::move(call),
      [&parts, id](const runtime::View& view, const Call& on) { return look_at_job(parts, view, on, id); },
      [&parts, id, shape](Call on, Detail detail, Durable::Reached) {
        auto body = complete(parts, std::move(detail), on, id);
        if (!body) return on.refuse(body.error());
        if (shape == Shape::Whole)
          on.send(*body);
        else
          on.send(body->job);
      });
}

void show_job(Parts& parts, Call call) {
  const auto id = job_id_of(call);
  if (!id) return call.refuse(id.error());
  send_job(parts, std::move(call), *id, Shape::Whole);
}

/// Tries what would help, on a thread of its own: one question at a time, so that the core is asked for the planner's
/// input no oftener than such a question takes. Where too many wait, the answer goes without.
void add_sooner(Parts& parts, Call call, wire::WhyView why) {
  const auto box = std::make_shared<std::pair<Call, wire::WhyView>>(std::move(call), std::move(why));
  const bool taken = parts.explainers.post([&parts, box] {
    auto& [on, view] = *box;
    core::PlannerInput input;
    parts.centre.ask_and_wait([&](const runtime::View& now) { input = core::planner_input(now.state, now.now); });
    for (const sched::Sooner& one : sched::what_would_help(input.snapshot, view.id)) {
      // A plan that is kept may promise more than one that is made anew.
      if (view.expected_start && one.start >= *view.expected_start) continue;
      view.sooner.push_back({one.code, one.to, one.instead_of, one.start, one.start <= input.snapshot.now,
                             sched::sentence(one, on.language)});
    }
    on.send(view);
  });
  if (!taken) box->first.send(box->second);
}

void explain_job(Parts& parts, Call call) {
  const auto id = job_id_of(call);
  if (!id) return call.refuse(id.error());
  using Why = std::optional<wire::WhyView>;
  const auto look = [id = *id](const runtime::View& view, const Call& on) -> Expected<Why, http::Problem> {
    const core::Job* job = view.state.find(id);
    if (job == nullptr) {
      if (id >= view.state.next_job) return Unexpected<http::Problem>(unknown_job(on.param("id")));
      return Why{};
    }
    wire::WhyView why{.id = id, .state = job->state, .sentence = waiting_sentence(*job, nullptr, on.language)};
    const sched::Wait* wait = wait_of(view.plan(), id);
    const bool is_waiting = job->state == model::JobState::queued || job->state == model::JobState::held;
    if (!is_waiting) {
      const auto attempt = view.state.attempts.find(id);
      if (attempt != view.state.attempts.end()) why.sentence = room_sentence(attempt->second, on.language);
      if (why.sentence.empty()) why.sentence = handed_over_sentence(view.state, *job, on.language);
      if (why.sentence.empty()) why.sentence = state_sentence(job->state, "", on.language);
    } else if (wait != nullptr) {
      why.sentence = waiting_sentence(*job, wait, on.language);
      why.advice = sched::advice(*wait, on.language);
      why.expected_start = wait->promised;
      why.place = wait->place;
      why.priority = wait->priority;
    }
    why.start = start_view(view, *job);
    why.start_sentence = start_sentence(view, *job, on.language);
    why.deadline = core::State::spec(*job).deadline;
    why.deadline_sentence = deadline_sentence(view.state, *job, wait, on.language);
    return Why(std::move(why));
  };
  look_then_read(parts, std::move(call), look, [&parts, id = *id](Call on, Why why, Durable::Reached) {
    if (why && why->place > 0 && why->state == model::JobState::queued) {
      return add_sooner(parts, std::move(on), std::move(*why));
    }
    if (why && why->state == model::JobState::running && parts.options.qpus != nullptr)
      why->qpu = parts.options.qpus->loop_of(id);
    if (why) return on.send(*why);
    const auto row = parts.history.job(id);
    if (!row) return on.refuse(problem_of(row.error()));
    if (!*row) return on.refuse(unknown_job(on.param("id")));
    on.send(wire::WhyView{
        .id = id, .state = (**row).state, .sentence = state_sentence((**row).state, (**row).reason, on.language)});
  });
}

template <class Wish>
Handler changing_job(Parts& parts) {
  return [&parts](Call call) {
    const auto id = job_id_of(call);
    if (!id) return call.refuse(id.error());
    Wish wish{call.caller.actor(), *id};
    command(parts, std::move(call), std::move(wish),
            [&parts, id = *id](Call on, const runtime::Done&) { send_job(parts, std::move(on), id, Shape::Brief); });
  };
}

RouteInfo change_info(std::string pattern, std::string id, std::string summary) {
  return {.method = "POST",
          .pattern = std::move(pattern),
          .id = std::move(id),
          .summary = std::move(summary),
          .access = Access::job_people,
          .answers = {json_of<wire::JobView>()},
          .errors = {409}};
}

}  // namespace

void add_job_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/jobs",
              .id = "listJobs",
              .summary = "Jobs, newest first, live ones unless asked otherwise",
              .query = list_params(),
              .answers = {json_of<std::vector<wire::JobView>>()}},
             [&parts](Call call) { list_jobs(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/jobs/{id}",
              .id = "showJob",
              .summary = "One job and its attempts",
              .answers = {json_of<wire::JobDetail>()}},
             [&parts](Call call) { show_job(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/jobs/{id}/why",
              .id = "explainJob",
              .summary = "Why a job waits, term by term",
              .answers = {json_of<wire::WhyView>()}},
             [&parts](Call call) { explain_job(parts, std::move(call)); });
  routes.add(change_info("/v1/jobs/{id}/cancel", "cancelJob", "End a job, or all of an array by its first id"),
             changing_job<core::CancelJob>(parts));
  routes.add(change_info("/v1/jobs/{id}/hold", "holdJob", "Keep a waiting job from starting"),
             changing_job<core::HoldJob>(parts));
  routes.add(change_info("/v1/jobs/{id}/release", "releaseJob", "Let a held job start"),
             changing_job<core::ReleaseJob>(parts));
}

}  // namespace mingyue::api
