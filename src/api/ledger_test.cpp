#include <atomic>
#include <thread>

#include "api/api_testing.hpp"

namespace mingyue::api::testing {
namespace {

std::int64_t number(const Tree& tree, std::string_view path) { return std::stoll(tree.text(path, "0")); }

std::int64_t sum_of(const Tree& line) {
  std::int64_t sum = 0;
  for (const auto& field : line.find("classes")->fields) sum += std::stoll(field.value.scalar);
  return sum;
}

/// Capacity × time, from outside: 16 cores and 2 cards since the period's beginning.
void expect_exact(const Tree& ledger) {
  const auto from = parse_instant(ledger.text("from"));
  const auto to = parse_instant(ledger.text("to"));
  ASSERT_TRUE(from && to);
  const auto& lines = ledger.find("lines")->items;
  ASSERT_EQ(lines.size(), 2U);
  for (const Tree& line : lines) {
    const std::int64_t count = line.text("resource") == "cores" ? 16 : 2;
    EXPECT_EQ(number(line, "capacity"), count * (*to - *from).raw());
    EXPECT_EQ(sum_of(line), number(line, "capacity"));
    EXPECT_EQ(line.find("classes")->fields.size(), 9U);
  }
}

TEST(Ledger, SumsToCapacityAndTime) {
  TestService service;
  const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\ncores: 4\ncards: 1\n");
  service.engine.finish(attempt);
  EXPECT_TRUE(service.wait_for(attempt.job, "succeeded"));
  (void)service.running("bob");
  expect_exact(service.get("audrey", "/v1/ledger"));
}

TEST(Ledger, OverTimeIsExactInEachPeriodAndSumsToTheWhole) {
  TestService service;
  const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\ncores: 4\n");
  service.engine.finish(attempt);
  EXPECT_TRUE(service.wait_for(attempt.job, "succeeded"));
  (void)service.running("bob");
  const Tree series = service.get("audrey", "/v1/ledger/series?steps=7");
  ASSERT_EQ(series.items.size(), 7U);
  std::int64_t used = 0;
  for (std::size_t i = 0; i < series.items.size(); ++i) {
    expect_exact(series.items[i]);
    if (i > 0) {
      EXPECT_EQ(series.items[i].text("from"), series.items[i - 1].text("to"));
    }
    used += number(series.items[i], "lines[0].classes.productive");
  }
  const Tree whole =
      service.get("audrey", "/v1/ledger?from=" + series.items[0].text("from") + "&to=" + series.items[6].text("to"));
  EXPECT_EQ(number(whole, "lines[0].classes.productive"), used);
  EXPECT_EQ(service.ask("audrey", "GET", "/v1/ledger/series?steps=501").status, 400);
}

TEST(Ledger, TellsWhatAProjectUsed) {
  TestService service;
  const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\ncores: 4\n");
  service.engine.finish(attempt);
  EXPECT_TRUE(service.wait_for(attempt.job, "succeeded"));
  const auto open = service.running("bob");
  const Tree demo = service.get("bob", "/v1/ledger?project=demo");
  EXPECT_EQ(demo.find("lines")->items.size(), 0U);
  ASSERT_EQ(demo.find("usage")->items.size(), 1U);
  EXPECT_EQ(demo.text("usage[0].group"), "demo");
  const Tree by_job = service.get("bob", "/v1/ledger?by=job");
  ASSERT_EQ(by_job.find("usage")->items.size(), 2U);
  EXPECT_EQ(by_job.text("usage[0].group"), std::to_string(attempt.job.raw()));
  EXPECT_EQ(by_job.text("usage[1].group"), std::to_string(open.job.raw()));
  EXPECT_EQ(sum_of(by_job.find("usage")->items[0]), sum_of(demo.find("usage")->items[0]));
  EXPECT_EQ(service.get("bob", "/v1/ledger?by=user&kind=general").find("usage")->items.size(), 2U);
}

TEST(Ledger, IsExactInEveryAnswerWhileTheCentreIsBusy) {
  TestService service;
  service.engine.end_at_once();
  const Instant begin = *parse_instant(service.get("otto", "/v1/ledger").text("from"));
  std::atomic<bool> stop = false;
  std::thread load([&] {
    TestClient client(service.port());
    for (int i = 0; !stop; ++i) {
      const std::string document = "command: ['true']\nwall: 1h\ncores: " + std::to_string(1 + i % 8) +
                                   "\ncards: " + std::to_string(i % 2) + "\n";
      EXPECT_EQ(client.ask("POST", "/v1/jobs", document, service.bearer("alice") + "Content-Type: application/yaml\r\n")
                    .status,
                201);
    }
  });
  TestClient client(service.port());
  std::int64_t used = 0;
  for (int i = 0; i < 150 || (used == 0 && i < 5'000); ++i) {
    // Every third question is about a part of the time: from some moment on, up to now.
    const Instant from = begin + milliseconds(i % 3 == 0 ? i : 0);
    const TestAnswer answer = client.ask("GET", "/v1/ledger?from=" + print_instant(from), "", service.bearer("otto"));
    if (answer.status == 400) continue;  // not yet
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Tree ledger = service.json(answer.body);
    expect_exact(ledger);
    if (i % 3 == 1) {
      const TestAnswer whole = client.ask("GET", "/v1/ledger", "", service.bearer("otto"));
      ASSERT_EQ(whole.status, 200) << whole.body;
      // Jobs that end at once may be productive for no whole millisecond, but they all wait to be started.
      const Tree tree = service.json(whole.body);
      used = std::max(used, number(tree, "lines[0].classes.productive") + number(tree, "lines[0].classes.start"));
    }
  }
  stop = true;
  load.join();
  EXPECT_GT(used, 0);
}

TEST(Ledger, OfAPastPeriodDoesNotChange) {
  TestService service;
  const Instant from = *parse_instant(service.get("otto", "/v1/ledger").text("from"));
  const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\ncores: 4\n");
  const Instant to = *parse_instant(service.get("otto", "/v1/ledger").text("to"));
  const std::string question = "/v1/ledger?from=" + print_instant(from) + "&to=" + print_instant(to);
  const Tree before = service.get("otto", question);
  service.engine.finish(attempt);
  EXPECT_TRUE(service.wait_for(attempt.job, "succeeded"));
  const Tree after = service.get("otto", question);
  expect_exact(after);
  EXPECT_EQ(before.text("lines[0].classes.productive"), after.text("lines[0].classes.productive"));
}

}  // namespace
}  // namespace mingyue::api::testing
