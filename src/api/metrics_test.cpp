#include "api/metrics.hpp"

#include <cstdlib>
#include <fstream>

#include "api/api_testing.hpp"

namespace mingyue::api::testing {
namespace {

TEST(MetricsText, EscapesLabelsAndWritesWholeNumbersAsSuch) {
  MetricsText text;
  text.family("a_total", "counter", "Help.");
  text.sample({{"name", "a\"b\\c\nd"}}, 12'345'678'901'234.0);
  text.sample({}, 0.25, "_sum");
  EXPECT_EQ(text.take(),
            "# HELP a_total Help.\n# TYPE a_total counter\na_total{name=\"a\\\"b\\\\c\\nd\"} "
            "12345678901234\na_total_sum 0.25\n");
}

TEST(Metrics, ShowTheCentreToThisMachineWithoutAToken) {
  TestService service;
  (void)service.running();
  const TestAnswer answer = service.ask("", "GET", "/metrics");
  ASSERT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.headers.get("content-type").starts_with("text/plain; version=0.0.4"));
  for (const char* line :
       {"mingyue_build_info{version=\"1.2.3\"} 1", "mingyue_jobs{state=\"running\"} 1",
        "mingyue_resource_capacity{partition=\"main\",resource=\"cores\"} 16",
        "mingyue_resource_now{partition=\"main\",resource=\"cores\",class=\"busy\"} 1", "mingyue_log_stalled 0",
        "mingyue_http_requests_total{route=\"POST /v1/jobs\",status=\"201\"} 1",
        "mingyue_http_request_seconds_bucket{route=\"POST /v1/jobs\",le=\"+Inf\"} 1"}) {
    EXPECT_NE(answer.body.find(std::string(line) + "\n"), std::string::npos) << line << "\n" << answer.body;
  }
}

TEST(Metrics, OfTheLedgerSumToItsCapacity) {
  TestService service;
  const auto attempt = service.running();
  service.engine.finish(attempt);
  EXPECT_TRUE(service.wait_for(attempt.job, "succeeded"));
  (void)service.running();
  const std::string text = service.ask("", "GET", "/metrics").body;
  const auto sum_of = [&](std::string_view begin) {
    double sum = 0;
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1))
      sum += std::stod(text.substr(text.find("} ", at) + 2));
    return sum;
  };
  const double parts = sum_of("mingyue_ledger_seconds_total{partition=\"main\",resource=\"cores\"") +
                       sum_of("mingyue_ledger_open_seconds{partition=\"main\",resource=\"cores\"");
  EXPECT_NE(text.find("mingyue_resource_now{partition=\"main\",resource=\"cores\",class=\"others\"} 0"),
            std::string::npos)
      << "what others use of shared nodes is a class of its own";
  EXPECT_EQ(sum_of("mingyue_resource_now{partition=\"main\",resource=\"cores\""),
            sum_of("mingyue_resource_capacity{partition=\"main\",resource=\"cores\""));
  EXPECT_NEAR(parts, sum_of("mingyue_ledger_capacity_seconds_total{partition=\"main\",resource=\"cores\""), 0.001);
}

TEST(Metrics, PassPrometheusOwnCheck) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  TestService service;
  (void)service.running();
  const std::string path = std::filesystem::temp_directory_path() / ("mingyue-metrics-" + std::to_string(::getpid()));
  std::ofstream(path) << service.ask("", "GET", "/metrics").body;
  EXPECT_EQ(std::system(("promtool check metrics < " + path).c_str()), 0);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace mingyue::api::testing
