#include "api/job_list.hpp"

#include <algorithm>

#include "api/job_view.hpp"
#include "base/text.hpp"

namespace mingyue::api {
namespace {

bool matches(const ports::JobFilter& filter, const core::Job& job, const model::JobSpec& spec) {
  const auto equal = [](const std::optional<std::string>& wanted, const std::string& is) {
    return !wanted || *wanted == is;
  };
  return equal(filter.user, spec.user) && equal(filter.project, spec.project) &&
         equal(filter.partition, spec.partition) && equal(filter.name, spec.name) &&
         (!filter.kind || *filter.kind == spec.kind) && (!filter.array || *filter.array == job.first) &&
         (filter.states.empty() || std::ranges::find(filter.states, job.state) != filter.states.end());
}

}  // namespace

bool JobQuestion::wants_live() const {
  return filter.states.empty() || !std::ranges::all_of(filter.states, model::ended);
}

bool JobQuestion::wants_ended() const {
  return filter.states.empty() ? all : std::ranges::any_of(filter.states, model::ended);
}

std::vector<Param> job_filter_params() {
  return {flag_param("all", "with ended jobs"),
          list_of(word_param("state", enum_words<model::JobState>(),
                             "only jobs in these states; ended ones too when one is named")),
          text_param("user", "of this user"),
          text_param("project", "of this project"),
          text_param("partition", "of this partition"),
          text_param("name", "of this name"),
          word_param("kind", enum_words<model::WorkKind>(), "of this kind of work"),
          number_param("array", 1, INT64_MAX, "elements of the array with this first job")};
}

Expected<JobQuestion, http::Problem> job_question_of(const Call& call) {
  JobQuestion question{.all = call.query.flag("all"), .language = call.language};
  ports::JobFilter& filter = question.filter;
  filter.user = call.query.text("user");
  filter.project = call.query.text("project");
  filter.partition = call.query.text("partition");
  filter.name = call.query.text("name");
  if (const auto kind = call.query.text("kind")) filter.kind = enum_from_word<model::WorkKind>(*kind);
  if (const auto array = call.query.number("array")) filter.array = model::JobId(static_cast<std::uint64_t>(*array));
  if (const auto before = call.query.number("before"))
    filter.before = model::JobId(static_cast<std::uint64_t>(*before));
  for (const std::string& word : call.query.list("state"))
    filter.states.push_back(*enum_from_word<model::JobState>(word));
  filter.limit = static_cast<std::int32_t>(call.query.number("limit").value_or(100));
  return question;
}

std::vector<wire::JobView> live_page(const runtime::View& view, const JobQuestion& question) {
  std::vector<const core::Job*> jobs;
  std::vector<model::JobId> ids;
  if (question.wants_live()) {
    const auto limit = static_cast<std::size_t>(question.filter.limit);
    auto it = view.state.jobs.lower_bound(question.filter.before);
    while (it != view.state.jobs.begin() && jobs.size() < limit) {
      const core::Job& job = (--it)->second;
      if (!matches(question.filter, job, view.state.spec(job))) continue;
      jobs.push_back(&job);
      ids.push_back(job.id);
    }
  }
  const Waits waits = waits_of(view.plan(), ids);
  std::vector<wire::JobView> page;
  page.reserve(jobs.size());
  for (const core::Job* job : jobs) page.push_back(live_view(view, *job, waits.at(job->id), question.language));
  return page;
}

std::map<model::JobState, std::int64_t> live_counts(const core::State& state, const JobQuestion& question) {
  std::map<model::JobState, std::int64_t> counts;
  if (!question.wants_live()) return counts;
  for (const auto& [id, job] : state.jobs)
    if (matches(question.filter, job, state.spec(job))) ++counts[job.state];
  return counts;
}

Expected<std::vector<wire::JobView>, Fault> whole_page(std::vector<wire::JobView> live, const JobQuestion& question,
                                                       const ports::History& history,
                                                       const std::set<std::string, std::less<>>& virtual_ones) {
  if (!question.wants_ended()) return live;
  ports::JobFilter filter = question.filter;
  std::erase_if(filter.states, [](model::JobState state) { return !model::ended(state); });
  if (filter.states.empty()) {
    filter.states = {model::JobState::succeeded, model::JobState::failed, model::JobState::cancelled,
                     model::JobState::timed_out};
  }
  TRY(rows, history.jobs(filter));
  std::vector<wire::JobView> page;
  auto next = live.begin();
  for (const ledger::JobRow& row : rows) {
    while (next != live.end() && next->id > row.id) page.push_back(std::move(*next++));
    if (next != live.end() && next->id == row.id) continue;
    page.push_back(past_view(row, virtual_ones));
  }
  std::move(next, live.end(), std::back_inserter(page));
  if (page.size() > static_cast<std::size_t>(filter.limit)) page.resize(static_cast<std::size_t>(filter.limit));
  return page;
}

}  // namespace mingyue::api
