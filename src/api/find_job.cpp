#include "api/find_job.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/history.hpp"

namespace mingyue::api {

Expected<model::JobId, http::Problem> job_id_of(const Call& call) {
  const auto number = parse_integer(call.param("id"), 1, INT64_MAX);
  if (number) return model::JobId(static_cast<std::uint64_t>(*number));
  return Unexpected<http::Problem>(http::problems::malformed(
      "id", fmt::format("\"{}\" is no job's number", shown(call.param("id"))), "give a number from 1"));
}

void find_job(Parts& parts, Call call, std::move_only_function<void(Call, FoundJob)> then) {
  const auto id = job_id_of(call);
  if (!id) return call.refuse(id.error());
  const auto look = [&parts, id = *id](const runtime::View& view, const Call& on) -> Expected<FoundJob, http::Problem> {
    FoundJob found{.centre = parts.described.renew(view.state.centre)};
    if (const core::Job* job = view.state.find(id)) {
      found.is_live = true;
      found.row = ledger::job_row(view.state, *job);
      if (const auto attempt = view.state.attempts.find(id); attempt != view.state.attempts.end())
        found.attempt = attempt->second;
    } else if (id >= view.state.next_job) {
      return Unexpected<http::Problem>(unknown_job(on.param("id")));
    }
    return found;
  };
  look_then_read(parts, std::move(call), look,
                 [&parts, id = *id, then = std::move(then)](Call on, FoundJob found, Durable::Reached) mutable {
                   if (!found.is_live) {
                     auto row = parts.history.job(id);
                     if (!row) return on.refuse(problem_of(row.error()));
                     if (!*row) return on.refuse(unknown_job(on.param("id")));
                     found.row = std::move(**row);
                   }
                   then(std::move(on), std::move(found));
                 });
}

bool may_read_output(const Caller& caller, const FoundJob& job) {
  if (caller.role == model::Role::operator_ || caller.role == model::Role::auditor) return true;
  if (caller.user == job.row.user) return true;
  if (caller.role != model::Role::lead) return false;
  const auto& users = job.centre->users;
  const auto user = std::ranges::find(users, caller.user, &model::User::name);
  return user != users.end() && std::ranges::find(user->projects, job.row.project) != user->projects.end();
}

}  // namespace mingyue::api
