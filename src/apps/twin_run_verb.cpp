#include "apps/twin_run_verb.hpp"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "apps/serve_setup.hpp"
#include "base/text.hpp"
#include "client/columns.hpp"
#include "report/write.hpp"
#include "twin/trace_run.hpp"
#include "workload/read.hpp"

namespace mingyue::apps {
namespace {

using client::Exit;
namespace fs = std::filesystem;

Exit say(const client::Session& session, std::string_view field, const Refusal& refusal) {
  Refusal one = refusal;
  if (one.field.empty()) one.field = field;
  (void)client::tell(session, client::Failure{0, {std::move(one)}});
  return Exit::usage;
}

/// `[#####....] 43 %  2026-03-02  1,000,000 × real time`, on standard error while it is a terminal.
class Progress {
 public:
  Progress(const client::Session& session, Instant begin)
      : shown_(::isatty(STDERR_FILENO) != 0 && !session.json), begin_(begin) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tell(double share, Instant now) {
    if (!shown_) return;
    const auto at = std::chrono::steady_clock::now();
    if (at - last_ < std::chrono::milliseconds(200)) return;
    last_ = at;
    if (begin_ == Instant{}) begin_ = now;
    const double real = std::chrono::duration<double>(at - started_).count();
    const double fast = static_cast<double>((now - begin_).raw()) / 1000.0 / std::max(real, 1e-3);
    fmt::print(stderr, "\r\033[K{} {}  {:.0f}x", client::progress_bar(share, 40), print_instant(now).substr(0, 10),
               fast);
    drawn_ = true;
  }
  void clear() {
    if (drawn_) fmt::print(stderr, "\r\033[K");
    drawn_ = false;
  }

 private:
  bool shown_;
  bool drawn_ = false;
  Instant begin_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_;
};

Expected<void> write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file.good()) return {};
  return refuse("bad-file", "report", fmt::format("{} cannot be written", path.string()),
                "name a folder that can be written to");
}

}  // namespace

Exit twin_run_verb(client::Session& session, const TwinRunOptions& options, const std::string& version) {
  twin::TraceRunOptions run;
  run.version = version;
  run.trace_name = fs::path(options.trace).filename().string();
  run.policy = *sched::parse_backfill(options.policy);  // the command line has checked it
  char* end = nullptr;
  run.seed = std::strtoull(options.seed.c_str(), &end, 0);
  if (options.seed.empty() || *end != '\0')
    return say(session, "--seed",
               {"bad-value", "--seed", fmt::format("\"{}\" is not a number", shown(options.seed)), "7, or 0x9f3c21"});
  if (!options.until.empty()) {
    const auto until = parse_duration(options.until);
    if (!until) return say(session, "--until", until.error());
    run.until = *until;
  }
  if (!options.faults.empty()) {
    const double rate = std::strtod(options.faults.c_str(), &end);
    if (*end != '\0' || !(rate > 0) || rate > 1'000) {
      return say(session, "--faults",
                 {"bad-value", "--faults",
                  fmt::format("\"{}\" is no rate of faults per 1,000 node-days", shown(options.faults)),
                  "above 0 and at most 1000; Llama 3 had 3.79"});
    }
    run.faults = twin::NodeFaults{.per_million_node_days = std::llround(rate * 1'000)};
  }
  if (!options.centre.empty()) {
    auto described = describe_centre(options.centre, "", {});
    if (!described) {
      (void)client::tell(session, client::Failure{0, described.error()}, options.centre);
      return Exit::usage;
    }
    run.centre = std::move(described->document.centre);
  } else if (options.nodes > 0) {
    run.centre = twin::plain_centre(options.nodes, options.cores, options.cards, 32);
  }
  const std::int32_t machine =
      run.centre.nodes.empty() ? 0 : options.nodes * std::max(options.cards, options.cards > 0 ? 0 : options.cores);
  auto source = workload::read_trace_file(
      options.trace, {.machine = machine,
                      .bad_rows = options.skip ? workload::BadRows::skip : workload::BadRows::refuse,
                      .seed = run.seed});
  if (!source) return say(session, "--trace", source.error());
  if (run.centre.nodes.empty()) {  // as large as the trace says its machine was
    const workload::TraceFacts& facts = (*source)->facts();
    const bool cards = facts.unit == workload::Unit::cards;
    const std::int32_t a_node = cards ? 8 : 1;
    if (facts.machine() < a_node) {
      return say(session, "--nodes",
                 {"bad-centre", "--nodes", "the trace does not say on how large a machine it ran",
                  "name the centre: --centre FILE, or --nodes with --cores and --cards"});
    }
    run.centre = twin::plain_centre(facts.machine() / a_node, cards ? 64 : 1, cards ? 8 : 0, 32);
  }
  Progress progress(session, (*source)->facts().start.value_or(Instant{}));
  run.tell = [&](double share, Instant now) { progress.tell(share, now); };
  auto done = twin::run_trace(**source, run);
  progress.clear();
  if (!done) return say(session, "--trace", done.error());
  if (!options.report.empty()) {
    std::error_code error;
    fs::create_directories(options.report, error);
    const fs::path folder = options.report;
    auto written = write_file(folder / "report.json", report::write_json(done->report));
    if (written) written = write_file(folder / "report.html", report::write_html(done->report));
    for (const report::TextFile& file : report::write_csv(done->report)) {
      if (written) written = write_file(folder / file.name, file.text);
    }
    if (!written) return say(session, "--report", written.error());
  }
  if (session.json) {
    client::out(report::write_json(done->report));
  } else {
    const std::array one{done->report};
    client::out(report::write_compare_text(one, session.language));
    if (done->refused > 0) client::out(session.text("twin.refused", done->refused, done->jobs) + "\n");
    const workload::Account account = (*source)->account();
    if (const auto skipped = account.sum(workload::Treatment::skipped); skipped > 0)
      client::out(session.text("twin.skipped", skipped, account.rows) + "\n");
    if (!options.report.empty())
      client::out(session.text("twin.report", (fs::path(options.report) / "report.html").string()) + "\n");
  }
  return Exit::ok;
}

}  // namespace mingyue::apps
