#include <fmt/format.h>

#include <algorithm>

#include "api/find_job.hpp"
#include "api/find_submission.hpp"
#include "api/parts.hpp"
#include "api/posted_job.hpp"
#include "wire/views.hpp"

/// POST /v1/jobs: from a document to a job in the queue.
///
///   1. the document is read and checked against the centre's description, with all its faults at once;
///   2. targets of dependencies that have ended already are looked up in the read tables;
///   3. the command goes to the core, which checks again what may have changed since;
///   4. a known idempotency key gives the answer of then.
namespace mingyue::api {
namespace {

/// Documents larger than this are read by a reader and not by the server's own thread.
constexpr std::size_t small_document = 32 * 1024;
/// A target may end between the look at the read tables and the command; then we look again.
constexpr int target_attempts_max = 5;

void send_submitted(Call call, const wire::Submitted& body) {
  http::Response response =
      http::Response::json(formats::write_json(body, formats::JsonStyle::api), body.repeated ? 200 : 201);
  response.headers.add("Location", fmt::format("/v1/jobs/{}", body.id.raw()));
  call.reply.send(std::move(response));
}

/// The key was known: what it led to, as far as it is still known.
void send_repeated(Parts& parts, Call call, const core::SubmitJob& wish, std::vector<std::string> notes) {
  struct Seen {
    wire::Submitted body;
    bool is_live = false;
  };
  Seen seen{.body = {.count = static_cast<std::int64_t>(std::max<std::size_t>(1, wish.spec->indices.size())),
                     .name = wish.spec->name,
                     .repeated = true,
                     .notes = std::move(notes)}};
  const auto look = [key = wish.spec->user + "\n" + wish.idempotency_key, seen = std::move(seen)](
                        const runtime::View& view, const Call&) mutable -> Expected<Seen, http::Problem> {
    const auto known = view.state.keys.find(key);
    if (known == view.state.keys.end()) {
      return Unexpected<http::Problem>(
          problem_of(Refusal{"busy", "Idempotency-Key", "the key's day ended just now", "send the job again", 0}));
    }
    seen.body.id = known->second.first;
    if (const core::Job* job = view.state.find(seen.body.id)) {
      const model::JobSpec& spec = view.state.spec(*job);
      seen.is_live = true;
      seen.body.state = job->state;
      seen.body.name = spec.name;
      seen.body.count = static_cast<std::int64_t>(std::max<std::size_t>(1, spec.indices.size()));
    }
    return std::move(seen);
  };
  look_then_read(parts, std::move(call), look, [&parts](Call on, Seen found, Durable::Reached) {
    if (!found.is_live) {
      const auto row = parts.history.job(found.body.id);
      if (!row) return on.refuse(problem_of(row.error()));
      if (*row) {
        found.body.name = (**row).name;
        found.body.state = (**row).state;
      }
    }
    send_submitted(std::move(on), found.body);
  });
}

wire::Submitted submitted_of(const core::JobSubmitted& event, const runtime::Done& done,
                             std::vector<std::string> notes) {
  wire::Submitted body{.id = event.first,
                       .count = static_cast<std::int64_t>(std::max<std::size_t>(1, event.spec->indices.size())),
                       .name = event.spec->name,
                       .state = event.spec->hold ? model::JobState::held : model::JobState::queued,
                       .notes = std::move(notes)};
  for (const core::Event& each : done.events) {
    if (const auto* ended = std::get_if<core::JobEnded>(&each.body); ended != nullptr && ended->job == event.first)
      body.state = ended->state;
  }
  return body;
}

void submit(Parts& parts, Call call, core::SubmitJob wish, std::vector<std::string> notes, int attempt);

void submit_again(Parts& parts, Call call, core::SubmitJob wish, std::vector<std::string> notes, int attempt) {
  later(parts, std::move(call), [&parts, wish = std::move(wish), notes = std::move(notes), attempt](Call on) mutable {
    // What has ended in the state is in the tables once they have caught up with it.
    parts.centre.ask([&parts, on = std::move(on), wish = std::move(wish), notes = std::move(notes),
                      attempt](const runtime::View& view) mutable {
      parts.durable.when(view.head_seq, [&parts, on = std::move(on), wish = std::move(wish), notes = std::move(notes),
                                         attempt](Durable::Reached) mutable {
        later(parts, std::move(on),
              [&parts, wish = std::move(wish), notes = std::move(notes), attempt](Call last) mutable {
                submit(parts, std::move(last), std::move(wish), std::move(notes), attempt);
              });
      });
    });
  });
}

void submit(Parts& parts, Call call, core::SubmitJob wish, std::vector<std::string> notes, int attempt) {
  if (!wish.spec->dependencies.empty()) {
    auto targets = ended_targets(wish.spec, parts.history);
    if (!targets) return call.refuse(problem_of(targets.error()));
    wish.ended_targets = std::move(*targets);
  }
  const auto box = std::make_shared<Call>(std::move(call));
  core::SubmitJob sent = wish;
  parts.centre.submit(std::move(sent), [&parts, box, wish = std::move(wish), notes = std::move(notes),
                                        attempt](runtime::Answer answer) mutable {
    if (!answer) {
      if (answer.error().code == "target-ended" && attempt < target_attempts_max) {
        return submit_again(parts, std::move(*box), std::move(wish), std::move(notes), attempt + 1);
      }
      http::Problem problem = problem_of(std::move(answer).error());
      // What the document names and is not there is the document's fault, not the path's.
      if (problem.status == 404) problem.status = 422;
      return box->refuse(problem);
    }
    for (const core::Event& event : answer->events) {
      if (const auto* submitted = std::get_if<core::JobSubmitted>(&event.body)) {
        return send_submitted(std::move(*box), submitted_of(*submitted, *answer, std::move(notes)));
      }
    }
    send_repeated(parts, std::move(*box), wish, std::move(notes));
  });
}

/// With the centre's description at hand, on a thread that may take its time for a large document.
void read_and_submit(Parts& parts, Call call, const model::Centre& centre) {
  auto read = read_posted(call, centre);
  if (!read) return call.reply.send(problems_response(422, read.error()));
  core::SubmitJob wish{.by = call.caller.actor(),
                       .spec = std::move(read->spec),
                       .idempotency_key = std::string(call.request.header("idempotency-key"))};
  if (wish.spec->dependencies.empty())
    return submit(parts, std::move(call), std::move(wish), std::move(read->notes), 1);
  submit_again(parts, std::move(call), std::move(wish), std::move(read->notes), 1);
}

void submit_job(Parts& parts, Call call) {
  if (const auto checked = check_posted(call); !checked) return call.refuse(checked.error());
  const auto centre = parts.described.get();
  // The loops of a small circuit may be long.
  const bool is_quick =
      call.request.body.size() <= small_document && job_type_of(call.request.header("content-type")) != job_types[3];
  if (centre && is_quick) return read_and_submit(parts, std::move(call), *centre);
  const auto look = [&parts](const runtime::View& view,
                             const Call&) -> Expected<std::shared_ptr<const model::Centre>, http::Problem> {
    return parts.described.renew(view.state.centre);
  };
  look_then(parts, std::move(call), look, [&parts](Call on, const std::shared_ptr<const model::Centre>& now) {
    read_and_submit(parts, std::move(on), *now);
  });
}

/// The same work as a job of its own, in the name of who asks: what it waited for is over, and a deadline that has
/// passed would only have it refused. Of an element of an array, that element alone.
core::SubmitJob wish_again(const Call& call, model::JobSpec spec, const FoundJob& job, Instant now) {
  spec.user = call.caller.user;
  spec.dependencies.clear();
  spec.hold = false;
  if (spec.deadline && *spec.deadline <= now) spec.deadline.reset();
  if (job.row.array_index >= 0) spec.indices = {job.row.array_index};
  return {.by = call.caller.actor(),
          .spec = std::move(spec),
          .idempotency_key = std::string(call.request.header("idempotency-key"))};
}

void submit_same(Parts& parts, Call call, const FoundJob& job) {
  auto spec = find_submission(parts.log, parts.durable.seq(), job.row.id, job.row.submitted_at);
  if (!spec) return call.refuse(problem_of(spec.error()));
  if (!*spec) return call.refuse(unknown_job(call.param("id")));
  const auto look = [](const runtime::View& view, const Call&) -> Expected<Instant, http::Problem> { return view.now; };
  look_then(parts, std::move(call), look, [&parts, job, spec = std::move(**spec)](Call on, Instant now) mutable {
    core::SubmitJob wish = wish_again(on, std::move(spec), job, now);
    submit(parts, std::move(on), std::move(wish), {}, 1);
  });
}

}  // namespace

void add_submit_routes(Parts& parts, Routes& routes) {
  routes.add(
      {.method = "POST",
       .pattern = "/v1/jobs",
       .id = "submitJob",
       .summary = "Submit a job: a document, a script or a circuit; 200 when the idempotency key was known, else 201",
       .access = Access::submitters,
       .query = posted_params(),
       .headers = {{"Idempotency-Key", "the same key within a day gives the same job; 1 to 200 characters"}},
       .bodies = posted_bodies(),
       .status = 201,
       .answers = {json_of<wire::Submitted>()},
       .also = {200},
       .errors = {415, 422},
       .options = {.needs_body = true}},
      [&parts](Call call) { submit_job(parts, std::move(call)); });
  routes.add(
      {.method = "POST",
       .pattern = "/v1/jobs/{id}/again",
       .id = "submitJobAgain",
       .summary = "Submit the same work as a new job, in the name of who asks; without its dependencies, and without a "
                  "deadline that has passed",
       .access = Access::submitters,
       .headers = {{"Idempotency-Key", "the same key within a day gives the same job; 1 to 200 characters"}},
       .status = 201,
       .answers = {json_of<wire::Submitted>()},
       .also = {200},
       .errors = {422}},
      [&parts](Call call) {
        find_job(parts, std::move(call),
                 [&parts](Call on, const FoundJob& job) { submit_same(parts, std::move(on), job); });
      });
}

}  // namespace mingyue::api
