#include <set>

#include "base/text.hpp"
#include "client/columns.hpp"
#include "client/job_verbs.hpp"
#include "client/job_words.hpp"

/// One job in full, and why it waits.
namespace mingyue::client {
namespace {

using Align = Table::Align;

/// A key of the catalogue and its value, in two columns; nothing for an empty value.
void line(const Session& session, std::string_view key, const std::string& value) {
  if (value.empty()) return;
  const std::string title = session.text("job." + std::string(key));
  out("  " + title + std::string(static_cast<std::size_t>(std::max(1, 14 - display_width(title))), ' ') + value + "\n");
}

std::string asks(const Session& session, const wire::JobDetail& detail) {
  const wire::JobView& job = detail.job;
  std::string text = detail.tasks_least > 0 ? session.text("job.asks.range", detail.tasks_least, job.tasks, job.cores)
                                            : session.text("job.asks.value", job.tasks, job.cores);
  if (job.cards > 0) text += ", " + session.text("job.asks.cards", job.cards);
  if (detail.wall) text += ", " + session.text("job.asks.wall", print_duration(*detail.wall));
  return text;
}

std::string attempts_table(const Session& session, const std::vector<ledger::AttemptRow>& attempts) {
  Table table = titled(session, {{"attempt", Align::right},
                                 {"outcome"},
                                 {"exit", Align::right},
                                 {"started"},
                                 {"ended"},
                                 {"lost", Align::right},
                                 {"cpu", Align::right},
                                 {"memory", Align::right},
                                 {"nodes"},
                                 {"message"}});
  for (const ledger::AttemptRow& attempt : attempts) {
    std::string nodes;
    for (const auto& node : std::set<std::string>(attempt.nodes.begin(), attempt.nodes.end()))
      nodes += (nodes.empty() ? "" : " ") + node;
    const bool is_bad = attempt.outcome != "running" && attempt.outcome != "succeeded";
    table.add({std::to_string(attempt.attempt.number), Cell(attempt.outcome, is_bad ? Tone::bad : Tone::plain),
               attempt.signal != 0 ? fmt::format("SIG{}", attempt.signal) : std::to_string(attempt.exit_code),
               short_time(attempt.started_at), short_time(attempt.ended_at),
               attempt.lost > Duration{0} ? print_duration(attempt.lost) : "-",
               print_duration(Duration{attempt.cpu_ms}),
               attempt.memory_peak > Bytes{0} ? print_bytes(attempt.memory_peak) : "-", nodes, attempt.message});
  }
  return printed(session, table);
}

/// "about 14:20, between 13:50 and 16:05 (90 %)", in the reader's time.
std::string start_text(const Session& session, const wire::StartView& start) {
  return session.text("job.start.value", short_time(start.likely), short_time(start.earliest), short_time(start.latest),
                      start.confidence_percent);
}

}  // namespace

Exit show_job(Session& session, const std::string& text) {
  const auto id = id_of(text);
  if (!id) return tell(session, id.error());
  const auto detail = get_one<wire::JobDetail>(session, "/v1/jobs/" + *id);
  if (!detail) return tell(session, detail.error());
  if (session.json) {
    print_json(*detail);
    return Exit::ok;
  }
  const wire::JobView& job = detail->job;
  out(session.text("job", *id, shown(job.name)) + "\n");
  if (job.array_index >= 0) line(session, "array", session.text("job.array.value", job.array_index, job.array.raw()));
  line(session, "state",
       state_cell(session, job.state).text + (job.reason.empty() ? "" : ": " + shown(job.reason, 500)));
  line(session, "progress", progress_text(job));
  line(session, "owner",
       session.text("job.owner.value", job.user, job.project, job.partition, enum_word(job.kind), job.priority_class));
  line(session, "asks", asks(session, *detail));
  line(session, "submitted", short_time(job.submitted_at));
  if (job.started_at)
    line(session, "started", short_time(job.started_at));
  else if (job.start)
    line(session, "starts", start_text(session, *job.start));
  if (!job.started_at && job.expected_start) line(session, "expected", short_time(job.expected_start));
  if (job.ended_at) line(session, "ended", short_time(job.ended_at));
  if (job.ended_at && job.started_at) line(session, "took", print_duration(*job.ended_at - *job.started_at));
  line(session, "charged", session.text("credits", print_credits(job.charged)));
  line(session, "workdir", shown(detail->workdir, 500));
  line(session, "comment", shown(detail->comment, 500));
  if (!detail->attempts.empty()) out(attempts_table(session, detail->attempts));
  return Exit::ok;
}

/// How each device was weighed, and what was chosen.
void tell_loop(Session& session, const wire::LoopView& loop) {
  out("  " + session.text("why.loop", loop.batches, print_duration(loop.held), loop.waiting) + "\n");
  if (loop.place > 0) out("  " + session.text("why.loop.place", loop.place, short_time(loop.start)) + "\n");
  if (loop.weighed.empty()) return;
  Table table = titled(session, {{"device"},
                                 {"success", Table::Align::right},
                                 {"wait", Table::Align::right},
                                 {"held", Table::Align::right},
                                 {"choice"}});
  for (const wire::WeighedView& one : loop.weighed) {
    const bool can = one.why_not.empty();
    table.add({one.device, can ? fmt::format("{:.1f} %", 100 * one.success) : "-", can ? print_duration(one.wait) : "-",
               can ? print_duration(one.run) : "-",
               one.chosen ? session.text("why.chosen", enum_word(loop.prefer)) : one.why_not});
  }
  out(printed(session, table));
}

Exit why(Session& session, const std::string& text) {
  const auto id = id_of(text);
  if (!id) return tell(session, id.error());
  const auto view = get_one<wire::WhyView>(session, "/v1/jobs/" + *id + "/why");
  if (!view) return tell(session, view.error());
  if (session.json) {
    print_json(*view);
    return Exit::ok;
  }
  out(session.text("why", *id, state_cell(session, view->state).text, shown(view->sentence, 1'000)) + "\n");
  line(session, "advice", shown(view->advice, 1'000));
  for (const wire::SoonerView& one : view->sooner) {
    line(session, "sooner",
         one.now ? session.text("job.sooner.now", one.sentence)
                 : session.text("job.sooner.at", short_time(one.starts_at), one.sentence));
  }
  line(session, "starts", view->start ? start_text(session, *view->start) : shown(view->start_sentence, 1'000));
  if (view->expected_start) line(session, "expected", short_time(view->expected_start));
  if (view->deadline) line(session, "deadline", short_time(view->deadline) + ": " + view->deadline_sentence);
  if (view->place > 0) {
    const sched::PriorityTerms& p = view->priority;
    line(session, "place", std::to_string(view->place));
    line(session, "priority",
         session.text("job.priority.value", p.total, p.class_term, p.fair_share_term, p.age_term, p.size_term,
                      p.merit_term, p.deadline_term));
  }
  if (view->qpu) tell_loop(session, *view->qpu);
  return Exit::ok;
}

}  // namespace mingyue::client
