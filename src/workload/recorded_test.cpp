#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "workload/mix.hpp"
#include "workload/read.hpp"
#include "workload/summary.hpp"

/// The readers held against recorded traces and what others found in them. The traces are no part of the product;
/// MINGYUE_TRACES names their folder.
namespace mingyue::workload {
namespace {

class RecordedTraces : public testing::Test {
 protected:
  void SetUp() override {
    const char* set = std::getenv("MINGYUE_TRACES");
    folder_ = set != nullptr ? set : MINGYUE_TRACES;
    if (!std::filesystem::exists(folder_)) GTEST_SKIP() << "no recorded traces in " << folder_;
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }

  struct Figures {
    Summary summary{Unit::cores};
    TraceFacts facts;
    Account account;
  };
  Figures figures_of(const std::string& name, const ReadOptions& options = {}) {
    auto source = read_trace_file(file(name), options);
    EXPECT_TRUE(source.has_value()) << name;
    if (!source) return {};
    const auto summary = summarize(**source);
    EXPECT_TRUE(summary.has_value()) << name << " line " << (summary ? 0 : summary.error().line);
    return summary ? Figures{*summary, (*source)->facts(), (*source)->account()} : Figures{};
  }

 private:
  std::string folder_;
};

struct Log {
  const char* name;
  std::uint64_t jobs;
  int days;
  double recorded;  ///< load as the log has it: allocated processors, runs beyond their requests
  double offered;   ///< load of the jobs as the rule makes them
};

TEST_F(RecordedTraces, InTheStandardFormatHaveTheirKnownJobsAndLoads) {
  for (const Log& log :
       {Log{"KTH-SP2-1996-2.1-cln", 27'992, 333, 0.686, 0.684},
        Log{"SDSC-BLUE-2000-4.2-cln", 232'536, 974, 0.770, 0.767},
        Log{"HPC2N-2002-2.1-cln", 202'876, 1'268, 0.600, 0.591},
        Log{"NASA-iPSC-1993-3.1-cln", 18'066, 92, 0.466, 0.466}, Log{"lublin_256", 10'000, 89, 1.061, 1.061}}) {
    const Figures figures = figures_of("swf/" + std::string(log.name) + ".swf.gz");
    const Duration span = figures.summary.span(figures.facts);
    EXPECT_EQ(figures.summary.jobs(), log.jobs) << log.name;
    EXPECT_EQ((span.raw() + hours(12).raw()) / days(1).raw(), log.days) << log.name;
    EXPECT_NEAR(*figures.summary.offered_load(figures.facts), log.offered, 0.0005) << log.name;
    EXPECT_NEAR(*Summary::load_of(figures.account.recorded_ms, figures.facts.machine(), span), log.recorded, 0.0005)
        << log.name;
    EXPECT_EQ(figures.account.rows, figures.account.jobs + figures.account.sum(Treatment::dropped)) << log.name;
  }
}

TEST_F(RecordedTraces, OfVenusHaveTheirKnownJobs) {
  const Figures figures = figures_of("helios/venus_gpu_jobs_days_0_130.csv.gz", {.machine = 1'064});
  EXPECT_EQ(figures.summary.jobs(), 73'890U);
  EXPECT_EQ(figures.summary.largest(), 160);
  EXPECT_EQ(figures.summary.time_ms(), Int128{5'252'212'889'000});
  // Of the first two weeks the cut leaves nearly nothing; over the others the load is 0.49.
  const Duration span = figures.summary.span(figures.facts);
  EXPECT_NEAR(*figures.summary.offered_load(figures.facts), 0.4395, 0.0005);
  EXPECT_NEAR(*Summary::load_of(figures.summary.time_ms(), 1'064, span - days(14)), 0.49, 0.005);
}

TEST_F(RecordedTraces, OfAcmeAndAlibabaAreRead) {
  const Figures kalos = figures_of("acme/converted_kalos_trace_319jobs.csv");
  EXPECT_EQ(kalos.summary.jobs(), 319U);
  const Figures pods = figures_of("alibaba-openb/openb_pod_list_default.csv.gz");
  EXPECT_EQ(pods.account.rows, 8'152U);
  EXPECT_EQ(pods.account[Remark::never_started], 897U);
  EXPECT_GT(pods.account[Remark::fraction_rounded_up], 2'000U);
}

TEST_F(RecordedTraces, OfAcmeThatHoldNoJobsAreRefused) {
  for (const char* name : {"duration_cdf", "gpunum_cdf", "type_duration_queue_cdf", "cluster_summary"}) {
    const auto source = read_trace_file(file("acme/" + std::string(name) + ".csv"));
    ASSERT_FALSE(source.has_value()) << name;
    EXPECT_EQ(source.error().code, "bad-document") << name;
  }
  EXPECT_FALSE(read_trace_file(file("helios/helios_cluster_summary.csv")).has_value());
}

TEST_F(RecordedTraces, OfVenusMakeAYearOfTenThousandCards) {
  auto source = read_trace_file(file("helios/venus_gpu_jobs_days_0_130.csv.gz"));
  ASSERT_TRUE(source.has_value());
  const auto venus = load(**source);
  ASSERT_TRUE(venus.has_value());
  auto mix = venus_mix(*venus, {.window = days(364)});
  ASSERT_TRUE(mix.has_value());
  const auto year = summarize(**mix);
  ASSERT_TRUE(year.has_value());
  EXPECT_NEAR(static_cast<double>(year->jobs()), 4.3e6, 0.2e6);
  EXPECT_NEAR(*year->offered_load((*mix)->facts()), 0.955, 0.001);
  // Sizes are those of the recorded jobs: half of them one card, a quarter of the time on eight.
  EXPECT_NEAR(static_cast<double>(year->by_size()[1].jobs) / static_cast<double>(year->jobs()), 37'617.0 / 73'890,
              0.005);
  EXPECT_NEAR(static_cast<double>(year->by_end()[3].time_ms) / static_cast<double>(year->time_ms()), 0.40, 0.02);
}

}  // namespace
}  // namespace mingyue::workload
