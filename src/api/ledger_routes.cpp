#include <fmt/format.h>

#include <algorithm>

#include "api/ledger_view.hpp"
#include "api/parts.hpp"
#include "base/text.hpp"

/// The ledger's sums and postings.
namespace mingyue::api {
namespace {

constexpr std::int64_t steps_default = 100;
constexpr std::int64_t steps_max = 500;
constexpr const char* by_words[] = {"project", "user", "kind", "job"};

http::Problem bad_period(Instant from, Instant to) {
  return http::problems::malformed(
      "to", fmt::format("the period from {} to {} is empty", print_instant(from), print_instant(to)),
      "give a `to` after `from`");
}

LedgerQuestion question_of(const Call& call) {
  LedgerQuestion question{.from = call.query.instant("from").value_or(Instant{0}),
                          .to = call.query.instant("to").value_or(never)};
  question.partition = call.query.text("partition");
  question.project = call.query.text("project");
  question.user = call.query.text("user");
  if (const auto kind = call.query.text("kind")) question.kind = enum_from_word<model::WorkKind>(*kind);
  if (const auto by = call.query.text("by")) {
    for (std::size_t i = 0; i < std::size(by_words); ++i) {
      if (*by == by_words[i]) question.by = static_cast<LedgerBy>(i + 1);
    }
  }
  return question;
}

/// The book at one moment; and the centre's name beside it.
struct Seen {
  OpenLedger open;
  std::string centre;
};

Expected<Seen, http::Problem> look_at_book(const runtime::View& view, const Call& call) {
  if (const auto partition = call.query.text("partition")) {
    const auto& all = view.state.centre.partitions;
    if (*partition != model::qpu_partition &&
        std::ranges::find(all, *partition, &model::Partition::name) == all.end()) {
      return Unexpected<http::Problem>(http::problems::malformed(
          "partition", fmt::format("there is no partition {}", shown(*partition)), "see: mingyue nodes"));
    }
  }
  return Seen{{.seq = view.head_seq,
               .now = view.now,
               .rows = ledger::open_rows(view.book, view.now),
               .sums = ledger::sums(view.book, view.now)},
              view.state.centre.name};
}

/// When the first record was written: where the whole life begins.
Instant beginning(const Parts& parts, Instant otherwise) {
  Instant first = otherwise;
  (void)parts.log.read(1, [&](const ports::Record& record) {
    first = record.at;
    return false;
  });
  return first;
}

void send_ledger(Parts& parts, Call call, const Seen& seen) {
  LedgerQuestion question = question_of(call);
  const bool is_whole_life = !call.query.instant("from") && question.to >= seen.open.now && !question.is_narrowed();
  question.to = std::min(question.to, seen.open.now);
  if (!call.query.instant("from")) question.from = std::min(beginning(parts, question.to), question.to);
  if (question.from > question.to || (question.from == question.to && call.query.instant("from"))) {
    return call.refuse(bad_period(question.from, question.to));
  }
  const auto stored = parts.history.usage({.from = question.from,
                                           .to = question.to,
                                           .partition = question.partition,
                                           .project = question.project,
                                           .user = question.user,
                                           .kind = question.kind,
                                           .job = {},
                                           .as_of = seen.open.seq,
                                           .by_job = question.by == LedgerBy::job});
  if (!stored) return call.refuse(problem_of(stored.error()));
  LedgerLines answer = ledger_lines(question, seen.open, *stored);
  if (answer.usage.size() > groups_max) {
    return call.refuse(
        {.status = 422,
         .refusal = {"too-many-groups", "by", fmt::format("the answer would have {} lines", answer.usage.size()),
                     "ask about a shorter period, or one project", 0}});
  }
  if (is_whole_life && !question.partition) {
    if (const std::string what = disagreement(answer.lines, seen.open); !what.empty()) {
      const Fault fault{"ledger-mismatch", what + "; rebuild the read tables from the log"};
      parts.report(fault);
      return call.refuse(problem_of(fault));
    }
  }
  call.send(
      wire::LedgerView{seen.centre, question.from, question.to, std::move(answer.lines), std::move(answer.usage)});
}

/// Neighbouring periods of equal length, each answered like one question.
void send_series(Parts& parts, Call call, const Seen& seen) {
  LedgerQuestion question = question_of(call);
  question.to = std::min(question.to, seen.open.now);
  if (!call.query.instant("from")) question.from = std::min(beginning(parts, question.to), question.to);
  if (question.from >= question.to) return call.refuse(bad_period(question.from, question.to));
  const std::int64_t length = (question.to - question.from).raw();
  const std::int64_t steps = std::min(call.query.number("steps").value_or(steps_default), length);
  const Instant begin = question.from;
  std::vector<wire::LedgerView> series;
  for (std::int64_t i = 0; i < steps && !call.reply.gone(); ++i) {
    question.from = begin + Duration{length / steps * i + length % steps * i / steps};
    question.to = begin + Duration{length / steps * (i + 1) + length % steps * (i + 1) / steps};
    const auto stored = parts.history.usage({.from = question.from,
                                             .to = question.to,
                                             .partition = question.partition,
                                             .project = question.project,
                                             .user = question.user,
                                             .kind = question.kind,
                                             .job = {},
                                             .as_of = seen.open.seq});
    if (!stored) return call.refuse(problem_of(stored.error()));
    LedgerLines lines = ledger_lines(question, seen.open, *stored);
    series.push_back({seen.centre, question.from, question.to, std::move(lines.lines), std::move(lines.usage)});
  }
  call.send(series);
}

http::Problem log_is_behind() {
  return problem_of(Refusal{"log-stalled", "", "the log cannot be written, so the ledger is behind",
                            "try again when the disk has room", 0});
}

void show_series(Parts& parts, Call call) {
  look_then_read(parts, std::move(call), look_at_book, [&parts](Call on, const Seen& seen, Durable::Reached reached) {
    if (reached == Durable::Reached::Late) return on.refuse(log_is_behind());
    send_series(parts, std::move(on), seen);
  });
}

void show_ledger(Parts& parts, Call call) {
  look_then_read(parts, std::move(call), look_at_book, [&parts](Call on, const Seen& seen, Durable::Reached reached) {
    if (reached == Durable::Reached::Late) return on.refuse(log_is_behind());
    send_ledger(parts, std::move(on), seen);
  });
}

struct Nothing {};

void list_postings(Parts& parts, Call call) {
  const auto look = [](const runtime::View&, const Call&) -> Expected<Nothing, http::Problem> { return Nothing{}; };
  look_then_read(parts, std::move(call), look, [&parts](Call on, Nothing, Durable::Reached) {
    const Instant from = on.query.instant("from").value_or(Instant{0});
    const Instant to = on.query.instant("to").value_or(never);
    if (from >= to) return on.refuse(bad_period(from, to));
    const auto rows = parts.history.postings(on.query.text("account").value_or(""), from, to,
                                             static_cast<std::int32_t>(on.query.number("limit").value_or(100)));
    if (!rows) return on.refuse(problem_of(rows.error()));
    on.send(*rows);
  });
}

}  // namespace

void add_ledger_routes(Parts& parts, Routes& routes) {
  routes.add(
      {.method = "GET",
       .pattern = "/v1/ledger",
       .id = "showLedger",
       .summary = "Capacity × time by class, exact at one moment; narrowed to a project, user or kind: what it used",
       .query = {instant_param("from", "default: the beginning"), instant_param("to", "default: now"),
                 text_param("partition", "only this one"), text_param("project", "what it used"),
                 text_param("user", "what they used"),
                 word_param("kind", enum_words<model::WorkKind>(), "what this kind of work used"),
                 word_param("by", {by_words[0], by_words[1], by_words[2], by_words[3]}, "used time, grouped")},
       .answers = {json_of<wire::LedgerView>()},
       .errors = {422, 503}},
      [&parts](Call call) { show_ledger(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/ledger/series",
              .id = "showLedgerSeries",
              .summary = "The ledger over time: neighbouring periods of equal length, each as /v1/ledger tells it, all "
                         "of one moment",
              .query = {instant_param("from", "default: the beginning"), instant_param("to", "default: now"),
                        number_param("steps", 1, steps_max, "so many periods; default 100"),
                        text_param("partition", "only this one"), text_param("project", "what it used"),
                        text_param("user", "what they used"),
                        word_param("kind", enum_words<model::WorkKind>(), "what this kind of work used"),
                        word_param("by", {by_words[0], by_words[1], by_words[2]}, "used time, grouped")},
              .answers = {json_of<std::vector<wire::LedgerView>>()},
              .errors = {422, 503}},
             [&parts](Call call) { show_series(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/postings",
              .id = "listPostings",
              .summary = "Debits and credits, newest first",
              .query = {text_param("account", "`project:demo`, `centre:income`; default all"),
                        instant_param("from", "default: the beginning"), instant_param("to", "default: now"),
                        number_param("limit", 1, 10'000, "at most so many; default 100")},
              .answers = {json_of<std::vector<ledger::PostingRow>>()}},
             [&parts](Call call) { list_postings(parts, std::move(call)); });
}

}  // namespace mingyue::api
