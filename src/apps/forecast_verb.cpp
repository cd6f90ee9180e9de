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

/// What a centre may expect of its forecasts: of a hundred intervals as many hold as are stated, give or take two; and
/// three quarters of all jobs start within ten minutes of the point.
constexpr std::int64_t covered_least = 880;
constexpr std::int64_t covered_most = 920;
constexpr std::int64_t near_least = 750;
/// Waits from here on are called long: run times and arrivals that nobody knows add up.
constexpr Duration long_wait = hours(1);

std::int64_t permille(std::int64_t part, std::int64_t of) { return of == 0 ? 1'000 : part * 1'000 / of; }
std::string points(std::int64_t permille) { return fmt::format("{}.{}", permille / 10, permille % 10); }

/// How far the forecasts are from that, and why; nothing where they are not.
void tell_what_is_missed(const client::Session& session, const twin::TraceRun& run) {
  const auto& all = run.forecasts.back().count;
  const std::int64_t covered = permille(all.covered, all.settled);
  if (covered < covered_least || covered > covered_most) {
    const bool narrow = covered < covered_least;
    client::out(session.text(narrow ? "forecast.narrow" : "forecast.wide", points(covered),
                             points(narrow ? covered_least - covered : covered - covered_most),
                             percent(all.early, all.settled), percent(all.late, all.settled)) +
                "\n");
  }
  const auto jobs = static_cast<std::int64_t>(run.started_at_once) + all.settled;
  const std::int64_t near = permille(static_cast<std::int64_t>(run.started_at_once) + all.near, jobs);
  if (near >= near_least) return;
  forecast::CalibrationCount longer;
  for (const twin::ForecastRow& row : run.forecasts) {
    if (row.supposed_under <= long_wait) continue;  // of all together it is 0
    longer.settled += row.count.settled;
    longer.near += row.count.near;
  }
  client::out(session.text("forecast.far", points(near), points(near_least - near),
                           percent(longer.settled - longer.near, all.settled - all.near),
                           percent(longer.near, longer.settled)) +
              "\n");
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
  tell_what_is_missed(session, *done);
  return Exit::ok;
}

}  // namespace mingyue::apps
