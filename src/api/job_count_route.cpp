#include <algorithm>

#include "api/job_list.hpp"
#include "base/text.hpp"
#include "wire/counts.hpp"

/// GET /v1/jobs/count: how many jobs a list would have, by state, without the list.
namespace mingyue::api {
namespace {

using Counts = std::map<model::JobState, std::int64_t>;

wire::JobCounts view_of(const Counts& counts, const JobQuestion& question) {
  wire::JobCounts view;
  for (const std::string& word : enum_words<model::JobState>()) {
    const auto state = *enum_from_word<model::JobState>(word);
    const auto& asked = question.filter.states;
    const bool wanted =
        asked.empty() ? question.all || !model::ended(state) : std::ranges::find(asked, state) != asked.end();
    if (!wanted) continue;
    const auto found = counts.find(state);
    view.by_state.emplace_back(word, found == counts.end() ? 0 : found->second);
    view.all += view.by_state.back().second;
  }
  return view;
}

void count_jobs(Parts& parts, Call call) {
  auto question = job_question_of(call);
  if (!question) return call.refuse(question.error());
  const auto look = [question = *question](const runtime::View& view, const Call&) -> Expected<Counts, http::Problem> {
    return live_counts(view.state, question);
  };
  if (!question->wants_ended()) {
    return look_then(parts, std::move(call), look,
                     [question = *question](Call on, const Counts& counts) { on.send(view_of(counts, question)); });
  }
  look_then_read(parts, std::move(call), look,
                 [&parts, question = *question](Call on, Counts counts, Durable::Reached) {
                   const auto past = parts.history.job_counts(question.filter);
                   if (!past) return on.refuse(problem_of(past.error()));
                   for (const auto& [state, count] : *past)
                     if (model::ended(state)) counts[state] += count;
                   on.send(view_of(counts, question));
                 });
}

}  // namespace

void add_job_count_route(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/jobs/count",
              .id = "countJobs",
              .summary = "How many jobs are in each state: live ones, or with `all` or an ended state those that have "
                         "ended too. One that ends while the question is answered may be in both",
              .query = job_filter_params(),
              .answers = {json_of<wire::JobCounts>()}},
             [&parts](Call call) { count_jobs(parts, std::move(call)); });
}

}  // namespace mingyue::api
