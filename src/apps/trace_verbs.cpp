#include "apps/trace_verbs.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>

#include "base/text.hpp"
#include "client/columns.hpp"
#include "workload/fitted.hpp"
#include "workload/lines.hpp"
#include "workload/mix.hpp"
#include "workload/read.hpp"
#include "workload/summary.hpp"
#include "workload/write.hpp"

namespace mingyue::apps {
namespace {

using client::Exit;
using workload::Account;
using workload::Remark;
using workload::Source;
using workload::Summary;
using workload::Trace;
using workload::TraceFacts;
using workload::TraceJob;
using workload::Treatment;
using workload::Unit;

/// What --json prints of a trace.
struct PartView {
  std::string up_to;  ///< cards or cores; milliseconds; the word of an end
  std::uint64_t jobs = 0;
  double time_hours = 0;
};
DESCRIBE(PartView, up_to, jobs, time_hours)

struct RemarkView {
  Treatment treatment = Treatment::dropped;
  Remark reason = Remark::no_run_time;
  std::uint64_t rows = 0;
};
DESCRIBE(RemarkView, treatment, reason, rows)

struct TraceView {
  std::string from;
  Unit unit = Unit::cards;
  std::int32_t machine = 0;  ///< 0: unknown
  std::optional<Instant> start;
  std::uint64_t jobs = 0;
  Duration span;
  std::optional<double> offered_load;
  std::optional<double> recorded_load;  ///< before the format's rule; null where that changes nothing
  double time_hours = 0;                ///< card- or core-hours
  std::int64_t largest = 0;
  double gap_variation = 0;
  std::uint64_t rows = 0;
  std::vector<RemarkView> remarks;
  std::vector<PartView> by_size, by_run, by_end;
};
DESCRIBE(TraceView, from, unit, machine, start, jobs, span, offered_load, recorded_load, time_hours, largest,
         gap_variation, rows, remarks, by_size, by_run, by_end)

double hours_of(Int128 time_ms) { return static_cast<double>(time_ms) / static_cast<double>(hours(1).raw()); }

/// The refusal in the reader's language: its code says in Chinese what it is, the detail stays as it is.
Exit tell(const client::Session& session, Refusal refusal, const std::string& file) {
  const int status = refusal.code == "cannot-read" || refusal.code == "cannot-write" ? 404 : 422;
  const std::string key = "trace.refusal." + refusal.code;
  if (client::message(session.language, key) != key) refusal.message = session.text(key, refusal.message);
  return client::tell(session, client::Failure{status, {std::move(refusal)}}, file);
}

/// A bar on standard error while a source is read, from the moment that it takes longer than a blink.
class Progress {
 public:
  void tell(const Source& source) {
    if (++jobs_ % 16'384 != 0 || !shown_) return;
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    drawn_ = true;
    fmt::print(stderr, "\r\033[K{}", client::progress_bar(source.progress(), 50));
  }
  ~Progress() {
    if (drawn_) fmt::print(stderr, "\r\033[K");
  }
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_ = isatty(STDERR_FILENO) != 0;
  bool drawn_ = false;
  std::uint64_t jobs_ = 0;
  Clock::time_point next_ = Clock::now() + std::chrono::milliseconds(300);
};

/// Reads the source to its end; `act` gets every job.
Expected<Summary> run_through(Source& source, const std::function<Expected<void>(const TraceJob&)>& act) {
  Summary summary(source.facts().unit);
  Progress progress;
  for (TraceJob job; source.next(job);) {
    summary.add(job);
    if (act) CHECK_OK(act(job));
    progress.tell(source);
  }
  CHECK_OK(source.status());
  return summary;
}

TraceView view_of(const Summary& summary, const TraceFacts& facts, const Account& account) {
  TraceView view{.from = facts.from,
                 .unit = facts.unit,
                 .machine = facts.machine(),
                 .start = facts.start,
                 .jobs = summary.jobs(),
                 .span = summary.span(facts),
                 .offered_load = summary.offered_load(facts),
                 .time_hours = hours_of(summary.time_ms()),
                 .largest = summary.largest(),
                 .gap_variation = summary.gap_variation(),
                 .rows = account.rows};
  if (account.recorded_ms != 0)
    view.recorded_load = Summary::load_of(account.recorded_ms, facts.machine(), summary.span(facts));
  for (std::size_t i = 0; i < workload::remarks; ++i) {
    const auto reason = static_cast<Remark>(i);
    if (account[reason] > 0) view.remarks.push_back({treatment_of(reason), reason, account[reason]});
  }
  const auto part = [](std::string name, const Summary::Part& p) {
    return PartView{std::move(name), p.jobs, hours_of(p.time_ms)};
  };
  for (std::size_t i = 0; i < Summary::size_classes; ++i) {
    if (const auto& p = summary.by_size()[i]; p.jobs > 0)
      view.by_size.push_back(part(std::to_string(Summary::size_limit(i)), p));
  }
  for (std::size_t i = 0; i < Summary::run_classes; ++i) {
    if (const auto& p = summary.by_run()[i]; p.jobs > 0)
      view.by_run.push_back(part(std::to_string(Summary::run_limit(i).raw()), p));
  }
  for (std::size_t i = 0; i < summary.by_end().size(); ++i) {
    if (const auto& p = summary.by_end()[i]; p.jobs > 0)
      view.by_end.push_back(part(enum_word(static_cast<workload::End>(i)), p));
  }
  return view;
}

std::string percent(double share) { return fmt::format("{:.1f}", 100 * share); }

/// A distribution, and what of all lies up to each of its rows.
std::string table_of(const client::Session& session, const TraceView& view, const std::string& title,
                     const std::vector<PartView>& parts, const std::function<std::string(const PartView&)>& name) {
  using enum client::Table::Align;
  const bool ordered = title != "ending";
  std::vector<client::Table::Column> columns{
      {title, ordered ? right : left}, {"jobs", right}, {"of.jobs", right}, {"of.time", right}};
  if (ordered) {
    columns.insert(columns.begin() + 3, {"to.here", right});
    columns.push_back({"to.here", right});
  }
  auto table = client::titled(session, std::move(columns));
  const double jobs_all = std::max(1.0, static_cast<double>(view.jobs));
  const double time_all = view.time_hours > 0 ? view.time_hours : 1;
  double jobs = 0, time = 0;
  for (const PartView& part : parts) {
    jobs += static_cast<double>(part.jobs);
    time += part.time_hours;
    std::vector<client::Cell> cells{name(part), fmt::format("{}", part.jobs),
                                    percent(static_cast<double>(part.jobs) / jobs_all),
                                    percent(part.time_hours / time_all)};
    if (ordered) {
      cells.insert(cells.begin() + 3, client::Cell(percent(jobs / jobs_all)));
      cells.emplace_back(percent(time / time_all));
    }
    table.add(std::move(cells));
  }
  return "\n" + client::printed(session, table);
}

/// The trace in a few lines: jobs, span, load, and what became of the rows.
std::string head_of(const client::Session& session, const TraceView& view) {
  const std::string unit = enum_word(view.unit);
  const std::string time = fmt::format("{:.0f}", view.time_hours);
  const std::string of_time = session.text("trace.hours." + unit);
  std::string text = session.text("trace.jobs", view.jobs, print_duration(view.span), view.from) + "\n";
  text += view.offered_load ? session.text("trace.load", fmt::format("{:.4f}", *view.offered_load), view.machine,
                                           session.text("trace.unit." + unit), time, of_time)
                            : session.text("trace.load.unknown", time, of_time);
  text += "\n";
  if (view.recorded_load) text += session.text("trace.recorded", fmt::format("{:.4f}", *view.recorded_load)) + "\n";
  for (const RemarkView& remark : view.remarks) {
    text += session.text("trace.treatment." + enum_word(remark.treatment),
                         session.text("trace.remark." + enum_word(remark.reason)), remark.rows) +
            "\n";
  }
  return text;
}

std::string tables_of(const client::Session& session, const TraceView& view) {
  std::string text = session.text("trace.gaps", fmt::format("{:.1f}", view.gap_variation)) + "\n";
  text += table_of(session, view, enum_word(view.unit), view.by_size, [](const PartView& part) { return part.up_to; });
  text += table_of(session, view, "run", view.by_run,
                   [](const PartView& part) { return print_duration(Duration(std::atoll(part.up_to.c_str()))); });
  text += table_of(session, view, "ending", view.by_end,
                   [&](const PartView& part) { return session.text("trace.end." + part.up_to); });
  return text;
}

/// Writes a source to a file and says what it was. What is printed goes to standard error where the trace itself goes
/// to standard output.
Exit write_out(const client::Session& session, Source& source, const std::string& file, const std::string& out) {
  auto sink = workload::create_file(out);
  if (!sink) return tell(session, sink.error(), "");
  workload::TraceWriter writer(std::move(*sink));
  TraceFacts facts = source.facts();
  const auto written = [&]() -> Expected<Summary> {
    // A reader may know its start only from its first job.
    bool begun = false;
    auto all = run_through(source, [&](const TraceJob& job) -> Expected<void> {
      if (!begun) CHECK_OK(writer.begin(facts = source.facts()));
      begun = true;
      return writer.put(job);
    });
    if (!all) return all;
    if (all->jobs() == 0)
      return refuse("bad-document", "", session.text("trace.no.jobs"), session.text("trace.no.jobs.hint"));
    CHECK_OK(writer.finish());
    return all;
  }();
  if (!written) {
    const Refusal& refusal = written.error();
    // `mingyue trace ... -o - | head`: nobody reads any more, and that is no error.
    if (out == "-" && refusal.message.ends_with(std::strerror(EPIPE))) return static_cast<Exit>(128 + SIGPIPE);
    return tell(session, refusal, refusal.code == "cannot-write" ? "" : file);
  }
  const TraceView view = view_of(*written, facts, source.account());
  if (session.json && out != "-") {
    client::print_json(view);
    return Exit::ok;
  }
  const std::string text = session.text("trace.written", out) + "\n" + head_of(session, view);
  if (out == "-")
    fmt::print(stderr, "{}", text);
  else
    client::out(text);
  return Exit::ok;
}

std::optional<std::uint64_t> seed_of(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const std::uint64_t seed = std::strtoull(text.c_str(), &end, 0);
  const bool sound = !text.empty() && text.front() != '-' && *end == '\0' && errno == 0;
  return sound ? std::optional(seed) : std::nullopt;
}

Exit misused(const client::Session& session, std::string_view key, const std::string& value) {
  fmt::print(stderr, "mingyue: {}\n", session.text(key, shown(value)));
  return Exit::usage;
}

workload::Format format_of(const std::string& word) {
  return enum_from_word<workload::Format>(word).value_or(workload::Format::guess);
}

/// A recorded trace for a generator, in memory.
Expected<Trace> load_recorded(const TraceGenerateOptions& options, std::uint64_t seed) {
  TRY(source, workload::read_trace_file(options.from, {.format = format_of(options.format), .seed = seed}));
  return workload::load(*source);
}

}  // namespace

Exit import_trace(client::Session& session, const TraceImportOptions& options) {
  const auto seed = seed_of(options.seed);
  if (!seed) return misused(session, "trace.seed", options.seed);
  auto source = workload::read_trace_file(
      options.file, {.format = format_of(options.format),
                     .machine = options.cards > 0 ? options.cards : options.processors,
                     .bad_rows = options.skip ? workload::BadRows::skip : workload::BadRows::refuse,
                     .seed = *seed});
  if (!source) return tell(session, source.error(), options.file);
  return write_out(session, **source, options.file, options.out);
}

Exit generate_trace(client::Session& session, const TraceGenerateOptions& options) {
  const auto seed = seed_of(options.seed);
  if (!seed) return misused(session, "trace.seed", options.seed);
  // Times a million by its exponent: read_decimal gives thousandths.
  const workload::Decimal load = workload::read_decimal(options.load + "e3");
  if (load.kind != workload::Decimal::Kind::number || !load.exact)
    return misused(session, "trace.bad.load", options.load);

  workload::MixOptions mix{
      .cards = options.cards, .load = workload::Load(load.thousandths), .window = days(options.days), .seed = *seed};
  if (options.kind == "giant-mix") workload::use_giants(mix);
  if (options.giants_share) mix.pretraining_percent = *options.giants_share;
  if (!options.giants_cards.empty()) mix.pretraining.cards = options.giants_cards;
  const auto made = [&]() -> Expected<std::unique_ptr<Source>> {
    if (options.kind == "fitted") {
      return workload::fitted({.cluster = *enum_from_word<workload::Cluster>(options.cluster),
                               .cards = options.cards,
                               .load = mix.load,
                               .window = mix.window,
                               .seed = *seed});
    }
    std::optional<Trace> recorded;
    if (!options.from.empty()) {
      TRY(trace, load_recorded(options, *seed));
      recorded = std::move(trace);
    } else {
      fmt::print(stderr, "{}\n", session.text("trace.no.from"));
    }
    return options.kind == "venus-mix" ? workload::venus_mix(std::move(recorded), mix)
                                       : workload::llm_mix(std::move(recorded), mix);
  }();
  if (!made) return tell(session, made.error(), options.from);
  return write_out(session, **made, options.from, options.out);
}

Exit show_trace(client::Session& session, const TraceShowOptions& options) {
  auto source = workload::read_trace_file(
      options.file, {.format = format_of(options.format),
                     .machine = options.cards > 0 ? options.cards : options.processors,
                     .bad_rows = options.skip ? workload::BadRows::skip : workload::BadRows::refuse});
  if (!source) return tell(session, source.error(), options.file);
  const auto summary = run_through(**source, {});
  if (!summary) return tell(session, summary.error(), options.file);
  const TraceView view = view_of(*summary, (*source)->facts(), (*source)->account());
  if (session.json)
    client::print_json(view);
  else
    client::out(head_of(session, view) + tables_of(session, view));
  return Exit::ok;
}

}  // namespace mingyue::apps
