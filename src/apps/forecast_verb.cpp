#include "apps/forecast_verb.hpp"

#include "client/columns.hpp"

namespace mingyue::apps {
namespace {

using client::Exit;

/// What `forecast --calibration --json` prints, a row for each supposed wait and one for all.
struct CalibrationView {
  Duration supposed_under;  ///< 0: any
  std::int64_t stated = 0;
  std::int64_t settled = 0;
  std::int64_t covered = 0;
  std::int64_t early = 0;
  std::int64_t late = 0;
  std::int64_t near = 0;  ///< within ten minutes of the point
};
DESCRIBE(CalibrationView, supposed_under, stated, settled, covered, early, late, near)

struct ForecastView {
  std::int64_t started_at_once = 0;
  std::vector<CalibrationView> forecasts;
};
DESCRIBE(ForecastView, started_at_once, forecasts)

std::string percent(std::int64_t part, std::int64_t of) {
  return of == 0 ? "-" : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(of));
}

}  // namespace

Exit forecast_calibration_verb(client::Session& session, const TwinRunOptions& options, const std::string& version) {
  auto prepared = prepare_run(session, options.world, options.centre, options.policy, version);
  if (!prepared) return Exit::usage;
  TwinProgress progress(session);
  prepared->options.tell = [&](double share, Instant now) { progress.tell(share, now); };
  prepared->options.forecast = true;
  const auto done = twin::run_trace(*prepared->source, prepared->options);
  progress.clear();
  if (!done) return tell_refusal(session, "--trace", done.error());
  if (session.json) {
    ForecastView view{.started_at_once = static_cast<std::int64_t>(done->started_at_once), .forecasts = {}};
    for (const twin::ForecastRow& row : done->forecasts) {
      const auto& count = row.count;
      view.forecasts.push_back(
          {row.supposed_under, count.stated, count.settled, count.covered, count.early, count.late, count.near});
    }
    client::print_json(view);
    return Exit::ok;
  }
  using enum client::Table::Align;
  client::Table table = client::titled(session, {{"supposed", right},
                                                 {"forecasts", right},
                                                 {"covered", right},
                                                 {"early", right},
                                                 {"late", right},
                                                 {"near", right}});
  for (const twin::ForecastRow& row : done->forecasts) {
    const auto& count = row.count;
    const std::string under =
        row.supposed_under == Duration{} ? session.text("twin.all") : "< " + print_duration(row.supposed_under);
    table.add({under, std::to_string(count.settled), percent(count.covered, count.settled),
               percent(count.early, count.settled), percent(count.late, count.settled),
               percent(count.near, count.settled)});
  }
  client::out(client::printed(session, table));
  const auto& all = done->forecasts.back().count;
  const auto at_once = static_cast<std::int64_t>(done->started_at_once);
  client::out(session.text("forecast.at.once", at_once, percent(at_once + all.near, at_once + all.settled)) + "\n");
  return Exit::ok;
}

}  // namespace mingyue::apps
