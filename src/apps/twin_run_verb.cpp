#include "apps/twin_run_verb.hpp"

#include <array>

#include "client/columns.hpp"
#include "report/write.hpp"

namespace mingyue::apps {
namespace {

using client::Exit;

std::string percent(ResourceTime time, ResourceTime of) { return fmt::format("{:.2f}", 100 * report::share(time, of)); }

/// How jobs were kept alive, by size: where the time went in which they held their cards. Empty where nothing was
/// interrupted and no checkpoint took any time.
std::string keep_alive_table(const client::Session& session, const report::KeepAlives& kept) {
  if (kept.overall.interruptions == 0 && kept.overall.resource_ms.checkpoint == ResourceTime{0}) return {};
  using enum client::Table::Align;
  client::Table table = client::titled(session, {{"sizes", right},
                                                 {"jobs", right},
                                                 {"interruptions", right},
                                                 {"mttf", right},
                                                 {"effective", right},
                                                 {"lost.work", right},
                                                 {"detection", right},
                                                 {"restart", right},
                                                 {"writing", right},
                                                 {"slowed", right},
                                                 {"for.nodes", right}});
  const auto row = [&](const std::string& sizes, const report::KeepAlive& one) {
    const report::KeepAliveTimes& times = one.resource_ms;
    const ResourceTime all = times.holding();
    table.add({sizes, fmt::format("{}", one.jobs), fmt::format("{}", one.interruptions),
               one.interruptions == 0 ? "-" : print_duration(one.mean_time_to_failure), percent(times.productive, all),
               percent(times.lost_work, all), percent(times.detection, all), percent(times.restart, all),
               percent(times.checkpoint, all), percent(times.slowed, all), percent(times.waiting, all)});
  };
  for (const report::KeepAlive& one : kept.by_size) {
    if (one.jobs == 0) continue;
    row(one.size_max == 0              ? fmt::format("{}-", one.size_min)
        : one.size_max == one.size_min ? fmt::format("{}", one.size_min)
                                       : fmt::format("{}-{}", one.size_min, one.size_max),
        one);
  }
  row(session.text("twin.all"), kept.overall);
  return "\n" + session.text("twin.kept.alive") + "\n" + client::printed(session, table);
}

Expected<void> write_report(const std::string& folder, const report::RunReport& report) {
  CHECK_OK(write_report_file(folder, "report.json", report::write_json(report)));
  CHECK_OK(write_report_file(folder, "report.html", report::write_html(report)));
  for (const report::TextFile& file : report::write_csv(report))
    CHECK_OK(write_report_file(folder, file.name, file.text));
  return {};
}

}  // namespace

Exit twin_run_verb(client::Session& session, const TwinRunOptions& options, const std::string& version) {
  auto prepared = prepare_run(session, options.world, options.centre, options.policy, version);
  if (!prepared) return Exit::usage;
  TwinProgress progress(session);
  prepared->options.tell = [&](double share, Instant now) { progress.tell(share, now); };
  auto done = twin::run_trace(*prepared->source, prepared->options);
  progress.clear();
  if (!done) return tell_refusal(session, "--trace", done.error());
  if (!options.report.empty()) {
    auto written = write_report(options.report, done->report);
    if (!written) return tell_refusal(session, "--report", written.error());
  }
  if (session.json) {
    client::out(report::write_json(done->report));
    return Exit::ok;
  }
  const std::array one{done->report};
  client::out(report::write_compare_text(one, session.language) + keep_alive_table(session, done->report.keep_alive));
  if (done->refused > 0) client::out(session.text("twin.refused", done->refused, done->jobs) + "\n");
  const workload::Account account = prepared->source->account();
  if (const auto skipped = account.sum(workload::Treatment::skipped); skipped > 0)
    client::out(session.text("twin.skipped", skipped, account.rows) + "\n");
  if (!options.report.empty()) client::out(session.text("twin.report", options.report + "/report.html") + "\n");
  return Exit::ok;
}

}  // namespace mingyue::apps
