#include "client/job_words.hpp"

#include <set>

#include "base/text.hpp"
#include "client/columns.hpp"
#include "client/recipe_watch.hpp"

namespace mingyue::client {
namespace {

using model::JobState;
using Align = Table::Align;

/// What is most worth a person's eye: why it waits, how far it is, why it ended.
std::string remark(const wire::JobView& job) {
  return job.state == JobState::running ? progress_text(job) : job.reason;
}

std::string nodes_text(const Session& session, const wire::JobView& job) {
  std::string nodes = job.nodes.empty() ? "" : job.nodes.front();
  const std::set<std::string> distinct(job.nodes.begin(), job.nodes.end());
  if (distinct.size() > 1) nodes += fmt::format("+{}", distinct.size() - 1);
  if (job.is_virtual) nodes += fmt::format("{}({})", nodes.empty() ? "" : " ", session.text("virtual"));
  return nodes;
}

std::string start_text(const wire::JobView& job) {
  if (job.started_at) return short_time(job.started_at);
  if (job.start) return "~" + short_time(job.start->likely);
  return job.expected_start ? "~" + short_time(job.expected_start) : "-";
}

}  // namespace

Expected<std::string, Failure> id_of(const std::string& text) {
  if (const auto number = parse_integer(text, 1, INT64_MAX)) return std::to_string(*number);
  return Unexpected<Failure>(
      Failure{404, {Refusal{"unknown-job", "", say("no.job.number", shown(text)), say("no.job.number.hint")}}});
}

Cell state_cell(const Session& session, JobState state) {
  Tone tone = Tone::plain;
  if (state == JobState::running || state == JobState::succeeded) tone = Tone::good;
  if (state == JobState::failed || state == JobState::timed_out) tone = Tone::bad;
  if (state == JobState::held || state == JobState::cancelled) tone = Tone::warning;
  return {state_words(state, session.language), tone};
}

std::string progress_text(const wire::JobView& job) {
  if (!job.progress || job.progress->step < 0) return "";
  if (job.progress->of <= 0) return fmt::format("step {}", job.progress->step);
  return progress_bar(static_cast<double>(job.progress->step) / static_cast<double>(job.progress->of), 24);
}

std::string job_table(const Session& session, const std::vector<wire::JobView>& jobs) {
  Table table = titled(session, {{"id", Align::right},
                                 {"name"},
                                 {"user"},
                                 {"project"},
                                 {"state"},
                                 {"attempt", Align::right},
                                 {"cores", Align::right},
                                 {"cards", Align::right},
                                 {"nodes"},
                                 {"start"},
                                 {"reason"}});
  for (const wire::JobView& job : jobs) {
    table.add({std::to_string(job.id.raw()),
               job.array_index >= 0 ? fmt::format("{}[{}]", job.name, job.array_index) : job.name, job.user,
               job.project, state_cell(session, job.state), std::to_string(job.attempts), std::to_string(job.cores),
               std::to_string(job.cards), nodes_text(session, job), start_text(job), remark(job)});
  }
  return printed(session, table);
}

}  // namespace mingyue::client
