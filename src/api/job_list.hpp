#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/parts.hpp"
#include "wire/views.hpp"

/// One page of jobs, newest first, merged from the state (live ones) and the read tables (ended ones).
namespace mingyue::api {

/// What a question about jobs asks for.
struct JobQuestion {
  ports::JobFilter filter;  ///< `states` holds what was asked for; empty: live ones, or all with `all`
  bool all = false;
  Language language = Language::en;

  [[nodiscard]] bool wants_live() const;
  [[nodiscard]] bool wants_ended() const;
};

/// By what jobs are chosen, in the query of a route.
[[nodiscard]] std::vector<Param> job_filter_params();
[[nodiscard]] Expected<JobQuestion, http::Problem> job_question_of(const Call& call);

/// On the core's thread: the live jobs of the page.
[[nodiscard]] std::vector<wire::JobView> live_page(const runtime::View& view, const JobQuestion& question);

/// On the core's thread: how many of the live jobs are in each state.
[[nodiscard]] std::map<model::JobState, std::int64_t> live_counts(const core::State& state,
                                                                  const JobQuestion& question);

/// Adds the ended ones. A job that ended in between is in both: the live one, as of the question's moment, counts.
[[nodiscard]] Expected<std::vector<wire::JobView>, Fault> whole_page(
    std::vector<wire::JobView> live, const JobQuestion& question, const ports::History& history,
    const std::set<std::string, std::less<>>& virtual_ones);

}  // namespace mingyue::api
