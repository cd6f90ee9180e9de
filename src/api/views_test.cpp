#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "api/api_testing.hpp"
#include "api/card_view.hpp"
#include "core/command.hpp"
#include "core/planner_input.hpp"
#include "formats/json.hpp"
#include "sched/plan.hpp"

/// What pages show that are no list of jobs.
namespace mingyue::api::testing {
namespace {

TEST(Partitions, SayWhatAJobMayAskFor) {
  TestService service;
  const Tree all = service.get("alice", "/v1/partitions");
  ASSERT_EQ(all.items.size(), 1U);
  EXPECT_EQ(all.text("[0].name"), "main");
  EXPECT_EQ(all.text("[0].is_default"), "true");
  EXPECT_EQ(all.text("[0].wall_ms"), "86400000");
  EXPECT_EQ(all.text("[0].nodes"), "2");
  EXPECT_EQ(all.text("[0].nodes_up"), "2");
  EXPECT_EQ(all.text("[0].cores"), "16");
  EXPECT_EQ(all.text("[0].cores_on_a_node"), "8");
  EXPECT_EQ(all.text("[0].core_per_hour"), "1");
  EXPECT_EQ(all.text("[0].cards[0].type"), "a100");
  EXPECT_EQ(all.text("[0].cards[0].count"), "2");
  EXPECT_EQ(service.ask("otto", "POST", "/v1/nodes/n0/drain", R"({"reason": "fan"})").status, 200);
  EXPECT_EQ(service.get("alice", "/v1/partitions").text("[0].nodes_up"), "1");
  EXPECT_EQ(service.get("alice", "/v1/switches").items.size(), 0U);
}

TEST(Cards, SayWhatEveryCardAndCoreDoes) {
  TestService service;
  const auto attempt = service.running("alice", "name: train\ncommand: ['true']\nwall: 1h\ncores: 3\ncards: 1\n");
  const Tree seen = service.get("bob", "/v1/cards");
  EXPECT_EQ(seen.text("idle_words[0]"), "idle");
  ASSERT_EQ(seen.find("nodes")->items.size(), 2U);
  EXPECT_EQ(seen.text("nodes[1].name"), "n1");
  EXPECT_EQ(seen.text("nodes[1].card_type"), "a100");
  EXPECT_EQ(seen.text("nodes[1].cards[0]"), "0") << "the first job of the table";
  EXPECT_EQ(seen.text("nodes[1].cards[1]"), "-1");
  EXPECT_EQ(seen.text("nodes[1].cores[0].what"), "0");
  EXPECT_EQ(seen.text("nodes[1].cores[0].count"), "3");
  EXPECT_EQ(seen.text("nodes[1].cores[1].what"), "-1");
  EXPECT_EQ(seen.text("nodes[1].cores[1].count"), "5");
  EXPECT_EQ(seen.text("jobs[0].id"), std::to_string(attempt.job.raw()));
  EXPECT_EQ(seen.text("jobs[0].name"), "train");
  EXPECT_EQ(seen.text("jobs[0].use"), "productive");
  EXPECT_EQ(service.ask("otto", "POST", "/v1/nodes/n1/drain", R"({"reason": "fan"})").status, 200);
  const Tree drained = service.get("bob", "/v1/cards");
  EXPECT_EQ(drained.text("nodes[1].state"), "draining");
  EXPECT_EQ(drained.text("nodes[1].cards[1]"), "-3");
  EXPECT_EQ(drained.text("nodes[1].cards[0]"), "0") << "what runs there still holds its card";
}

/// 1,250 nodes of eight cards, each with a job of its own: the answer stays small enough to be asked for every second.
TEST(Cards, OfTenThousandFitInOneSmallAnswer) {
  model::Centre centre{.name = "large"};
  centre.card_types = {{.name = "ascend910b", .vendor = "Huawei", .visible_variable = "ASCEND_RT_VISIBLE_DEVICES"}};
  centre.partitions = {{"train", hours(24)}};
  for (int i = 0; i < 1'250; ++i) {
    centre.nodes.push_back({.name = fmt::format("node{:04}", i),
                            .partition = "train",
                            .switch_name = fmt::format("leaf{:02}", i / 32),
                            .cores = CoreCount{192},
                            .memory = Bytes{1LL << 40},
                            .card_type = "ascend910b",
                            .cards = CardCount{8}});
  }
  for (int i = 0; i < 40; ++i) centre.switches.push_back({fmt::format("leaf{:02}", i), ""});
  centre.classes = {{"normal", 100, false}};
  centre.projects = {{.name = "demo"}};
  centre.users = {{"alice", model::Role::member, {"demo"}}};
  core::State state;
  const Instant now{1'790'000'000'000};
  const auto run = [&](const core::Command& command) {
    auto decided = core::decide(state, command, now);
    ASSERT_TRUE(decided.has_value()) << decided.error().message;
    for (core::EventBody& body : *decided) core::apply(state, core::Event{now, std::move(body)});
  };
  const core::Actor root{"root", model::Role::operator_};
  run(core::ConfigureCentre{centre, {}});
  model::JobSpec spec{.name = "pretraining", .user = "alice", .project = "demo", .partition = "train"};
  spec.priority_class = "normal";
  spec.wall = hours(20);
  spec.parts = {
      {.name = "main", .need = {CoreCount{96}, Bytes{1LL << 30}, CardCount{4}, "ascend910b"}, .command = {"true"}}};
  for (int i = 0; i < 1'250; ++i) run(core::SubmitJob{root, spec, "", {}});
  const core::PlannerInput input = core::planner_input(state, now);
  const sched::Plan plan = sched::plan(input.snapshot);
  run(core::AdoptPlan{plan.starts, plan.preemptions, plan.idle, {}, false});
  const auto begin = std::chrono::steady_clock::now();
  const wire::CardsView view = cards_view(state);
  const auto looked = std::chrono::steady_clock::now();
  const std::string json = formats::write_json(view, formats::JsonStyle::api);
  const auto written = std::chrono::steady_clock::now();
  const auto ms = [](auto from, auto to) { return std::chrono::duration<double, std::milli>(to - from).count(); };
  fmt::print("cards of 1,250 nodes with 8 each and {} jobs: {} bytes; looked in {:.1f} ms, written in {:.1f} ms\n",
             view.jobs.size(), json.size(), ms(begin, looked), ms(looked, written));
  ASSERT_EQ(view.nodes.size(), 1'250U);
  EXPECT_EQ(view.jobs.size(), 1'250U);
  std::int64_t cards = 0;
  std::int64_t cores = 0;
  for (const wire::CardsNode& node : view.nodes) {
    for (const std::int32_t what : node.cards) cards += what >= 0 ? 1 : 0;
    for (const wire::CoresDo& part : node.cores) cores += part.count;
  }
  EXPECT_EQ(cards, 1'250 * 4);
  EXPECT_EQ(cores, 1'250 * 192);
  EXPECT_LT(json.size(), 512U * 1024);
}

TEST(Picture, HasBarsForWhatRunsAndWhatIsPromised) {
  TestService service;
  const auto runs = service.running("alice", "name: wide\ncommand: ['true']\nwall: 2h\ncores: 8\ntasks: 2\n");
  const auto waits = service.job("bob", "name: next\ncommand: ['true']\nwall: 1h\ncores: 8\n");
  ASSERT_TRUE(eventually([&] { return !service.get("bob", path_of(waits)).text("job.expected_start").empty(); }));
  const Tree picture = service.get("alice", "/v1/plan/picture");
  ASSERT_EQ(picture.find("bars")->items.size(), 2U);
  EXPECT_EQ(picture.text("bars[0].state"), "running");
  EXPECT_EQ(picture.text("bars[0].job"), std::to_string(runs.job.raw()));
  EXPECT_EQ(picture.text("bars[0].nodes[0]"), "n0");
  EXPECT_EQ(picture.text("bars[0].nodes[1]"), "n1");
  EXPECT_EQ(picture.text("bars[0].cores"), "16");
  EXPECT_EQ(picture.text("bars[1].state"), "promised");
  EXPECT_EQ(picture.text("bars[1].name"), "next");
  EXPECT_EQ(picture.text("bars[1].is_backfill"), "false");
  EXPECT_FALSE(picture.text("bars[1].why").empty());
  const auto start = parse_instant(picture.text("bars[1].start"));
  const auto end = parse_instant(picture.text("bars[1].end"));
  ASSERT_TRUE(start && end);
  EXPECT_EQ(*end - *start, hours(1));
  EXPECT_GE(*start, *parse_instant(picture.text("bars[0].start")));
  const Tree one = service.get("alice", "/v1/plan/picture?limit=1");
  EXPECT_EQ(one.find("bars")->items.size(), 1U);
  EXPECT_EQ(one.text("left_off"), "1");
  EXPECT_EQ(service.get("alice", "/v1/plan/picture?partition=none").find("bars")->items.size(), 0U);
}

TEST(Picture, HasTheWindowsOfReservations) {
  TestService service;
  const Instant soon = *parse_instant(service.get("otto", "/v1/centre").text("now")) + days(3);
  const TestAnswer made =
      service.ask("otto", "POST", "/v1/reservations",
                  fmt::format(R"({{"name": "course", "nodes": ["n0"], "start": "{}", "lasts_ms": 3600000, )"
                              R"("projects": ["demo"], "why": "lesson"}})",
                              print_instant(soon)));
  ASSERT_EQ(made.status, 201) << made.body;
  const Tree inside = service.get("alice", "/v1/plan/picture");
  ASSERT_EQ(inside.find("windows")->items.size(), 1U);
  EXPECT_EQ(inside.text("windows[0].name"), "course");
  EXPECT_EQ(inside.text("windows[0].nodes[0]"), "n0");
  EXPECT_EQ(inside.text("windows[0].why"), "lesson");
  EXPECT_EQ(service.get("bob", "/v1/plan/picture").text("windows[0].why"), "") << "it is not for bob";
}

TEST(Jobs, AreCountedByStateWithTheFiltersOfTheList) {
  TestService service;
  const auto first = service.running();
  (void)service.running();
  (void)service.job("bob", "command: ['true']\nwall: 1h\nhold: true\n");
  const Tree live = service.get("alice", "/v1/jobs/count");
  EXPECT_EQ(live.text("all"), "3");
  EXPECT_EQ(live.text("by_state.running"), "2");
  EXPECT_EQ(live.text("by_state.held"), "1");
  EXPECT_EQ(live.find("by_state")->find("succeeded"), nullptr);
  service.engine.finish(first);
  EXPECT_TRUE(service.wait_for(first.job, "succeeded"));
  const Tree all = service.get("alice", "/v1/jobs/count?all=true");
  EXPECT_EQ(all.text("by_state.succeeded"), "1");
  EXPECT_EQ(all.text("by_state.running"), "1");
  EXPECT_EQ(all.text("all"), "3");
  EXPECT_EQ(service.get("alice", "/v1/jobs/count?user=bob").text("all"), "1");
  EXPECT_EQ(service.get("alice", "/v1/jobs/count?state=succeeded").text("all"), "1");
}

TEST(Jobs, GiveTheDocumentThatMakesThemAgain) {
  TestService service;
  const auto job =
      service.job("alice", "name: sweep\ncommand: [echo, 'a b']\nwall: 90m\ncores: 3\narray: 0-4\nhold: true\n");
  const TestAnswer answer = service.ask("lena", "GET", path_of(job, "/document"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(answer.headers.get("content-type").starts_with("application/yaml"));
  EXPECT_NE(answer.body.find("array: \"0-4\""), std::string::npos) << answer.body;
  const TestAnswer again = service.submit("alice", answer.body);
  ASSERT_EQ(again.status, 201) << again.body;
  EXPECT_EQ(service.json(again.body).text("count"), "5");
  const model::JobId copy(std::stoull(service.json(again.body).text("id")));
  EXPECT_EQ(service.ask("alice", "GET", path_of(copy, "/document")).body, answer.body);
  const TestAnswer element = service.ask("alice", "GET", path_of(model::JobId(job.raw() + 3), "/document"));
  EXPECT_NE(element.body.find("array: \"3\""), std::string::npos) << element.body;
  EXPECT_EQ(service.ask("bob", "GET", path_of(job, "/document")).status, 403);
  EXPECT_EQ(service.ask("alice", "GET", "/v1/jobs/999999/document").status, 404);
}

TEST(Incidents, SayWhatToDoAndAreFiltered) {
  TestService service;
  const auto attempt = service.running("alice", "command: ['true']\nwall: 1h\nretry: {attempts: 1}\n");
  service.engine.finish(attempt, {.cause = model::EndCause::signalled, .signal = 9});
  ASSERT_TRUE(eventually([&] { return !service.get("otto", "/v1/incidents").items.empty(); }));
  const Tree all = service.get("otto", "/v1/incidents");
  const std::string kind = all.text("[0].kind");
  EXPECT_FALSE(all.text("[0].what_to_do").empty()) << kind;
  const TestAnswer chinese = service.ask("otto", "GET", "/v1/incidents", "", "Accept-Language: zh\r\n");
  EXPECT_NE(service.json(chinese.body).text("[0].what_to_do"), all.text("[0].what_to_do"));
  EXPECT_EQ(service.get("otto", "/v1/incidents?kind=" + kind).items.size(), 1U);
  EXPECT_EQ(service.get("otto", "/v1/incidents?kind=qpu-lied").items.size(), 0U);
  EXPECT_EQ(service.get("otto", "/v1/incidents?job=" + std::to_string(attempt.job.raw())).items.size(), 1U);
  EXPECT_EQ(service.get("otto", "/v1/incidents?before=" + all.text("[0].id")).items.size(), 0U);
  EXPECT_EQ(service.ask("otto", "GET", "/v1/incidents?kind=storm").status, 400);
}

TEST(Who, IsToldWhatTheRoleMayDo) {
  TestService service;
  const auto can = [&](const std::string& user, std::string_view what) {
    const Tree who = service.get(user, "/v1/whoami");
    return std::ranges::any_of(who.find("can")->items, [&](const Tree& word) { return word.scalar == what; });
  };
  EXPECT_TRUE(can("alice", "submitJob"));
  EXPECT_TRUE(can("alice", "cancelJob"));
  EXPECT_FALSE(can("alice", "drainNode"));
  EXPECT_TRUE(can("otto", "drainNode"));
  EXPECT_FALSE(can("audrey", "submitJob"));
  EXPECT_TRUE(can("audrey", "readLog"));
  EXPECT_FALSE(can("alice", "readLog"));
}

TEST(Recipes, AreReadFromTheirFolderInTheCallersLanguage) {
  TestService service;
  EXPECT_EQ(service.get("alice", "/v1/recipes").items.size(), 0U);
  const std::string folder = service.folder() + "/recipes/pi";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/recipe.yaml")
      << "name: pi\ntitle: {en: Pi, zh: 圆周率}\nabout: {en: counts}\nkind: general\n"
         "time: 2s\nneeds: {packages: [awk], programs: [awk]}\n"
         "jobs: [{file: pi.yaml, as: pi}]\n"
         "results: [{quantity: pi, key: pi, unit: '', reference: 3.14, tolerance: 0.01, source: known}]\n";
  std::ofstream(folder + "/pi.yaml") << "command: [awk]\nwall: 1m\n";
  const std::string odd = service.folder() + "/recipes/odd";
  std::filesystem::create_directories(odd);
  std::ofstream(odd + "/recipe.yaml") << "name: odd\njobs: [{file: ../../secret, as: x}]\n";
  const Tree all = service.get("alice", "/v1/recipes");
  ASSERT_EQ(all.items.size(), 1U) << "one that reaches out of its folder is none";
  EXPECT_EQ(all.text("[0].title"), "Pi");
  EXPECT_EQ(all.text("[0].time_ms"), "2000");
  EXPECT_EQ(all.text("[0].jobs[0].text"), "command: [awk]\nwall: 1m\n");
  EXPECT_EQ(all.text("[0].results[0].reference"), "3.14");
  const TestAnswer chinese = service.ask("alice", "GET", "/v1/recipes/pi", "", "Accept-Language: zh-CN\r\n");
  EXPECT_EQ(service.json(chinese.body).text("title"), "圆周率");
  EXPECT_EQ(service.json(chinese.body).text("about"), "counts") << "where there is no Chinese, English";
  const TestAnswer near = service.ask("alice", "GET", "/v1/recipes/pj");
  EXPECT_EQ(near.status, 404);
}

TEST(Reports, ArePagesThatCanAskNobody) {
  TestService service;
  const std::string folder = service.folder() + "/reports";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/five-weeks.html") << "<!doctype html><title>five weeks</title><script>1</script>";
  std::ofstream(service.folder() + "/secret.html") << "secret";
  std::filesystem::create_symlink(service.folder() + "/secret.html", folder + "/link.html");
  const Tree all = service.get("alice", "/v1/reports");
  ASSERT_EQ(all.items.size(), 1U);
  EXPECT_EQ(all.text("[0].name"), "five-weeks.html");
  EXPECT_EQ(all.text("[0].title"), "five weeks");
  const TestAnswer page = service.ask("alice", "GET", "/v1/reports/five-weeks.html");
  EXPECT_EQ(page.status, 200);
  const std::string policy(page.headers.get("content-security-policy"));
  EXPECT_TRUE(policy.starts_with("sandbox allow-scripts; default-src 'none'")) << policy;
  EXPECT_EQ(policy.find("allow-same-origin"), std::string::npos);
  EXPECT_EQ(service.ask("alice", "GET", "/v1/reports/link.html").status, 404);
  EXPECT_EQ(service.ask("alice", "GET", "/v1/reports/..%2Fsecret.html").status, 400);
  EXPECT_EQ(service.ask("", "GET", "/v1/reports/five-weeks.html").status, 401);
}

}  // namespace
}  // namespace mingyue::api::testing
