#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/invariant.hpp"
#include "formats/json.hpp"
#include "report/collector.hpp"
#include "report/metrics.hpp"
#include "report/numbers.hpp"
#include "report/scale.hpp"
#include "report/write.hpp"

/// A small run in every format against tests/golden/report. MINGYUE_RENEW=1 writes the files anew; review them like
/// code, and look at the pages in a browser.
namespace mingyue::report {
namespace {

constexpr Instant monday{1'772'409'600'000};  // 2026-03-02
constexpr PoolIndex train{0};
constexpr PoolIndex general{1};

/// Three days of four nodes with eight cards, and of 128 cores. `patience` is how long the wide job waits.
Collector a_small_run(const std::string& policy, Duration patience) {
  CollectorSetup setup;
  setup.header = {.centre = "golden \"<&>\"",
                  .trace = "by-hand",
                  .policy = policy,
                  .faults = "3.79 per 1,000 node-days",
                  .checkpoint = "hourly",
                  .seed = 18'446'744'073'709'551'615U,
                  .version = "0.1.0",
                  .from = monday,
                  .to = monday + days(3),
                  .offered_load = 0.75};
  setup.pools = {{.pool = {.partition = "train", .card_type = "a100"}, .count = 32},
                 {.pool = {.partition = "general", .card_type = ""}, .count = 128}};
  for (const char* name : {"gpu1", "gpu2", "gpu3", "gpu4"})
    setup.nodes.push_back(
        {.name = name, .partition = "train", .group = name < std::string("gpu3") ? "leaf1" : "leaf2", .count = 8});
  setup.bounds.bins_max = 100;
  setup.gantt_from = monday;
  setup.gantt_span = days(3);
  Collector run(std::move(setup));

  const auto at = [](Duration since) { return monday + since; };
  const auto cards = [&](Duration since, std::int64_t productive, std::int64_t promised, std::int64_t down) {
    ClassCounts counts{};
    counts[place(UseClass::start)] = productive / 8;
    counts[place(UseClass::productive)] = productive - productive / 8;
    counts[place(UseClass::promised)] = promised;
    counts[place(UseClass::down)] = down;
    counts[place(UseClass::unwanted)] = 32 - productive - promised - down;
    run.classes(at(since), train, counts);
  };
  std::uint64_t job = 0;
  const auto runs = [&](std::int64_t size, Duration submitted, Duration wait, Duration length,
                        std::initializer_list<std::uint32_t> nodes, model::JobState state) {
    ++job;
    const Instant started = at(submitted + wait);
    run.job_started(size, at(submitted), started);
    for (const std::uint32_t node : nodes) {
      const model::NodeId id(node);
      const auto count = size / static_cast<std::int64_t>(nodes.size());
      run.node_use(id, UseClass::productive, count, started, started + length);
      run.occupied(std::span(&id, 1), model::JobId(job), size, UseClass::productive, started, started + length);
    }
    run.job_ended({.job = model::JobId(job),
                   .size = size,
                   .submitted_at = at(submitted),
                   .started_at = started,
                   .ended_at = started + length,
                   .state = state});
  };

  cards(hours(0), 0, 0, 0);
  cards(hours(1), 16, 0, 0);
  runs(16, hours(1), hours(0), hours(30), {0, 1}, model::JobState::succeeded);
  runs(4, hours(2), minutes(7), hours(3), {2}, model::JobState::succeeded);
  runs(4, hours(2), seconds(90), hours(1), {2}, model::JobState::failed);
  cards(hours(20), 16, 16, 0);
  run.queue(at(hours(20)), 1, 32);
  runs(32, hours(20), patience, hours(20), {0, 1, 2, 3}, model::JobState::succeeded);
  cards(hours(20) + patience, 32, 0, 0);
  run.queue(at(hours(20) + patience), 0, 0);
  cards(hours(40) + patience, 0, 0, 8);
  const model::NodeId broken(3);
  run.reclassify(train, 8, at(hours(39) + patience), at(hours(40) + patience), UseClass::productive, UseClass::lost);
  run.node_use(broken, UseClass::down, 8, at(hours(40) + patience), at(hours(46) + patience));
  run.occupied(std::span(&broken, 1), model::JobId(0), 8, UseClass::down, at(hours(40) + patience),
               at(hours(46) + patience));
  run.incident({.at = at(hours(40) + patience),
                .node = "gpu4",
                .kind = "node-lost",
                .until = at(hours(46) + patience),
                .jobs = 1,
                .lost_resource_ms = held(8, hours(1)),
                .restart = minutes(12)},
               broken);
  run.incident({.at = at(hours(66)), .node = "gpu1", .kind = "card-fault"}, model::NodeId(0));
  cards(hours(46) + patience, 0, 0, 0);
  run.job_ended({.job = model::JobId(9),
                 .size = 1,
                 .submitted_at = at(hours(3)),
                 .ended_at = at(hours(4)),
                 .state = model::JobState::cancelled});
  run.jobs_left(model::JobState::queued, 2);
  run.job_lived({.size = 16,
                 .submitted_at = at(hours(1)),
                 .interruptions = 2,
                 .productive = hours(26),
                 .lost_work = minutes(70),
                 .detection = seconds(30),
                 .restart = minutes(3),
                 .checkpoint = minutes(26),
                 .waiting = hours(2)});
  run.job_lived({.size = 32, .submitted_at = at(hours(20)), .productive = hours(20)});

  ClassCounts cores{};
  cores[place(UseClass::unwanted)] = 128;
  run.classes(monday, general, cores);
  run.reclassify(general, 100, at(hours(5)), at(hours(9)) + milliseconds(1), UseClass::unwanted, UseClass::stranded);
  run.reclassify(general, 128, at(hours(60)), at(hours(72)), UseClass::unwanted, UseClass::drained);
  for (int i = 0; i < 20; ++i) run.forecast(i % 2 == 0 ? 50 : 90, i % 4 != 1);
  run.law_checked("no card is in two leases at once", "任何卡不同时属于两个租约", 1234);
  return run;
}

RunReport a_small_report(const std::string& policy = "conservative", Duration patience = hours(11)) {
  return a_small_run(policy, patience).finish(monday + days(4));
}

std::vector<RunReport> some_reports() { return {a_small_report(), a_small_report("in order", hours(15))}; }

std::vector<TextFile> all_files() {
  const RunReport report = a_small_report();
  const std::vector<RunReport> reports = some_reports();
  std::vector<TextFile> files = write_csv(report);
  files.push_back({"report.json", write_json(report)});
  files.push_back({"report.html", write_html(report)});
  files.push_back({"compare.html", write_compare_html(reports)});
  files.push_back({"compare.csv", write_compare_csv(reports)});
  files.push_back({"compare.en.txt", write_compare_text(reports, Language::en)});
  files.push_back({"compare.zh.txt", write_compare_text(reports, Language::zh)});
  return files;
}

TEST(Report, IsAsItWasReviewed) {
  for (const TextFile& file : all_files()) {
    const std::filesystem::path path = std::filesystem::path(MINGYUE_GOLDEN) / file.name;
    if (std::getenv("MINGYUE_RENEW") != nullptr) {
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << file.text;
      continue;
    }
    std::ifstream in(path, std::ios::binary);
    const std::string expected(std::istreambuf_iterator<char>(in), {});
    EXPECT_TRUE(file.text == expected) << "MINGYUE_RENEW=1 renews " << path;
  }
}

TEST(Report, GivesTheSameBytesTwice) {
  const std::vector<TextFile> once = all_files();
  const std::vector<TextFile> again = all_files();
  ASSERT_EQ(once.size(), again.size());
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].text, again[i].text) << once[i].name;
}

TEST(Report, SumsToCapacityTimesTimeInEveryBinAndPool) {
  const RunReport report = a_small_report();
  ASSERT_EQ(report.totals.size(), 2U);
  for (std::size_t pool = 0; pool < report.totals.size(); ++pool) {
    const PoolTotals& totals = report.totals[pool];
    EXPECT_EQ(totals.resource_ms.sum(), held(totals.count, days(3)));
    ResourceTime of_bins;
    for (const UseClass use : use_classes)
      for (const ResourceTime time : report.series.pools[pool].of(use)) of_bins += time;
    EXPECT_EQ(of_bins, totals.capacity_resource_ms);
  }
  EXPECT_EQ(report.totals[0].resource_ms.lost, held(8, hours(1)));
}

TEST(Report, IsReadAsItWasWritten) {
  const RunReport report = a_small_report();
  const std::string json = write_json(report);
  const auto read = read_report(json);
  ASSERT_TRUE(read) << read.error().field << ": " << read.error().message;
  EXPECT_EQ(write_json(*read), json);
  EXPECT_EQ(write_html(*read), write_html(report));
}

TEST(Report, OfAnotherKindIsRefused) {
  EXPECT_EQ(read_report("{\"jobs\": []}").error().message, "this is no report of a run");
  EXPECT_EQ(read_report("{\"header\": {\"format\": 99}}").error().field, "header.format");
  EXPECT_FALSE(read_report("no JSON"));
}

TEST(Report, ThatWasDamagedIsRefusedByTheFieldThatIsWrong) {
  const auto field_of = [](auto damage) {
    RunReport report = a_small_report();
    damage(report);
    const auto read = read_report(write_json(report));
    return read ? std::string("none") : read.error().field;
  };
  EXPECT_EQ(field_of([](RunReport&) {}), "none");
  EXPECT_EQ(field_of([](RunReport& r) { r.header.to = r.header.from; }), "header.to");
  EXPECT_EQ(field_of([](RunReport& r) { r.header.to = never; }), "header.to");
  EXPECT_EQ(field_of([](RunReport& r) { r.series.bins = 1'000'000'000'000; }), "series.bins");
  EXPECT_EQ(field_of([](RunReport& r) { r.series.bin = Duration(0); }), "series.bins");
  EXPECT_EQ(field_of([](RunReport& r) { r.series.pools.pop_back(); }), "series.pools");
  EXPECT_EQ(field_of([](RunReport& r) { r.series.pools[1].down.pop_back(); }), "series.pools[1].down");
  EXPECT_EQ(field_of([](RunReport& r) { r.series.pools[0].lost[3] = ResourceTime(1); }), "series.pools[0].lost");
  EXPECT_EQ(field_of([](RunReport& r) { r.totals[0].capacity_resource_ms = ResourceTime(1); }), "totals[0]");
  EXPECT_EQ(field_of([](RunReport& r) { r.incidents[0].kind = "none such"; }), "incident_totals");
  EXPECT_EQ(field_of([](RunReport& r) { r.gantt.bars[0].node = "none such"; }), "gantt.bars");
  EXPECT_EQ(field_of([](RunReport& r) { r.gantt.to = never; }), "gantt.to");
  EXPECT_EQ(field_of([](RunReport& r) { r.gantt.largest[0].ended_at = monday + days(200'000); }), "gantt.largest");
  EXPECT_EQ(field_of([](RunReport& r) { r.calibration[0].forecasts = 0; }), "calibration");
}

TEST(Report, SaysThatItIsSimulated) {
  const RunReport report = a_small_report();
  EXPECT_NE(write_html(report).find("<strong>Simulated.</strong>"), std::string::npos);
  EXPECT_NE(write_html(report).find("模拟结果"), std::string::npos);
  EXPECT_NE(write_json(report).find("\"simulated\":true"), std::string::npos);
  EXPECT_TRUE(write_compare_text({{report}}, Language::en).starts_with("SIMULATED"));
  EXPECT_NE(write_compare_csv({{report}}).find(",true,"), std::string::npos);
}

TEST(Page, HoldsNoMarkupFromNames) {
  const std::string html = write_html(a_small_report());
  EXPECT_EQ(html.find("golden \"<&>"), std::string::npos);
  EXPECT_NE(html.find("golden &quot;&lt;&amp;&gt;&quot;"), std::string::npos);
}

TEST(Page, ReachesForNothingOutsideItself) {
  for (const std::string& html : {write_html(a_small_report()), write_compare_html(some_reports())}) {
    for (const char* reach : {"http://", "https://", "src=", "href=", "@import", "//cdn"}) {
      std::size_t at = html.find(reach);
      if (std::string_view(reach) == "http://") at = html.find(reach, html.find("xhtml\">"));  // the name of XHTML
      EXPECT_EQ(at, std::string::npos) << reach;
    }
  }
}

TEST(Page, OfAnEmptyRunIsStillAPage) {
  CollectorSetup setup;
  setup.header = {.centre = "empty", .from = monday, .to = monday + hours(1)};
  const RunReport report = Collector(std::move(setup)).finish(monday + hours(1));
  EXPECT_NE(write_html(report).find("</html>"), std::string::npos);
  EXPECT_NE(write_compare_html({}).find("</html>"), std::string::npos);
  EXPECT_EQ(write_compare_text({}, Language::en), "");
  EXPECT_EQ(write_csv(report).size(), 10U);
}

TEST(Comparison, SaysWhatDiffersBesidesThePolicy) {
  std::vector<RunReport> reports = some_reports();
  EXPECT_TRUE(differences(reports).empty());
  reports[1].header.seed = 3;
  reports[1].header.trace = "another";
  ASSERT_EQ(differences(reports).size(), 2U);
  EXPECT_NE(write_compare_html(reports).find("Not like for like"), std::string::npos);
  EXPECT_NE(write_compare_text(reports, Language::en).find("these differ too: trace seed"), std::string::npos);
}

TEST(Comparison, MarksTheBestThatAReaderCanSee) {
  std::vector<RunReport> reports = some_reports();
  const auto best = [&](std::string_view key) {
    for (const Metric& metric : metrics())
      if (metric.key == key) return best_of(metric, reports);
    return std::vector<std::size_t>{99};
  };
  EXPECT_EQ(best("wait_longest_ms"), std::vector<std::size_t>{0});
  EXPECT_TRUE(best("jobs_ended").empty());
  EXPECT_TRUE(best("lost").empty()) << "both lost the same";
}

TEST(Comparison, NamesRunsByWhatTellsThemApart) {
  std::vector<RunReport> reports = some_reports();
  EXPECT_EQ(names_of(reports), (std::vector<std::string>{"conservative", "in order"}));
  reports[1].header.policy = "conservative";
  reports[1].header.seed = 3;
  EXPECT_EQ(names_of(reports).at(1), "conservative, seed 3");
}

TEST(Numbers, AreShortAndSayWhatIsSmall) {
  EXPECT_EQ(print_count(0), "0");
  EXPECT_EQ(print_count(999), "999");
  EXPECT_EQ(print_count(-1'234'567), "-1,234,567");
  EXPECT_EQ(print_percent(0), "0 %");
  EXPECT_EQ(print_percent(0.0001), "<0.1 %");
  EXPECT_EQ(print_percent(0.9999), ">99.9 %");
  EXPECT_EQ(print_percent(1), "100.0 %");
  EXPECT_EQ(print_number(86.44), "86.4");
  EXPECT_EQ(print_number(999.7), "1,000");
  EXPECT_EQ(print_hours(held(10'000, days(364))), "87,360,000");
}

TEST(Scale, PutsTicksWhereACalendarHasThem) {
  const std::vector<Tick> hours_of_a_day = time_ticks(monday, monday + days(1));
  EXPECT_EQ(hours_of_a_day.front().label, "03-02 00:00");
  EXPECT_EQ(hours_of_a_day.at(1).label, "03:00");
  const std::vector<Tick> months = time_ticks(monday, monday + days(365));
  EXPECT_EQ(months.front().label, "2026-05");
  EXPECT_LE(months.size(), 9U);
  for (const Duration span : {minutes(1), hours(5), days(9), days(100), days(4000)}) {
    const auto ticks = time_ticks(monday, monday + span);
    EXPECT_LE(ticks.size(), 12U);
    for (const Tick& tick : ticks) EXPECT_TRUE(0 <= tick.at && tick.at <= 1);
  }
}

TEST(Scale, OfWaitsHoldsNothingAndTheLongest) {
  const LogScale scale = wait_scale(days(3));
  EXPECT_EQ(scale.at(0), 0);
  EXPECT_EQ(scale.at(1e12), 1);
  EXPECT_EQ(wait_ticks(scale).front().label, "≤1 s");
  EXPECT_EQ(wait_ticks(scale).back().label, "4 d");
}

}  // namespace
}  // namespace mingyue::report
