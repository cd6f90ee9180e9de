#include "api/api_testing.hpp"

namespace mingyue::api::testing {
namespace {

Tree check(TestService& service, std::string_view document, std::string_view more = {},
           const std::string& user = "alice", std::string_view query = {}) {
  const TestAnswer answer =
      service.ask(user, "POST", "/v1/jobs/check" + std::string(query), document,
                  more.empty() ? std::string("Content-Type: application/yaml\r\n") : std::string(more));
  EXPECT_EQ(answer.status, 200) << answer.body;
  return TestService::json(answer.body);
}

TEST(Check, SaysWhatAJobIsWhatItCostsAndWhenItStartsAndTakesNothing) {
  TestService service;
  const std::uint64_t before = service.store.head().seq;
  const Tree seen =
      check(service, "name: sweep\ncommand: ['true']\ntasks: 2\ncores: 3\ncards: 1\nwall: 2h\nkind: ai\n");
  EXPECT_EQ(seen.text("good"), "true");
  EXPECT_EQ(seen.text("job.name"), "sweep");
  EXPECT_EQ(seen.text("job.project"), "demo");
  EXPECT_EQ(seen.text("job.kind"), "ai");
  EXPECT_EQ(seen.text("job.tasks"), "2");
  EXPECT_EQ(seen.text("job.cores"), "6");
  EXPECT_EQ(seen.text("job.cards"), "2");
  EXPECT_EQ(seen.text("job.wall_ms"), "7200000");
  EXPECT_EQ(seen.text("credits_at_most"), "12") << "six cores for two hours, one credit an hour";
  EXPECT_EQ(seen.text("covered"), "true");
  EXPECT_EQ(seen.text("start_sentence"), "it would start at once");
  EXPECT_FALSE(seen.text("promised").empty());
  EXPECT_EQ(service.get("alice", "/v1/jobs?all=true").items.size(), 0U);
  EXPECT_EQ(service.store.head().seq, before);
}

TEST(Check, ListsEverythingThatIsWrongWithStatus200) {
  TestService service;
  const Tree wrong = check(service, "nam: x\ncores: many\ncommand: ['true']\nwall: 10m\n");
  EXPECT_EQ(wrong.text("good"), "false");
  ASSERT_GE(wrong.find("errors")->items.size(), 2U);
  EXPECT_EQ(wrong.text("errors[0].field"), "nam");
  EXPECT_EQ(wrong.text("errors[0].line"), "1");
  EXPECT_FALSE(wrong.text("errors[0].hint").empty());
  // What only the core knows.
  const Tree past = check(service, "command: ['true']\nwall: 10m\ndeadline: 2020-01-01T00:00:00Z\n");
  EXPECT_EQ(past.text("errors[0].code"), "deadline-past");
  EXPECT_EQ(past.text("job.name"), "job") << "it was understood all the same";
  const TestAnswer type = service.ask("alice", "POST", "/v1/jobs/check", "x", "Content-Type: text/html\r\n");
  EXPECT_EQ(type.status, 415);
  EXPECT_EQ(service.ask("audrey", "POST", "/v1/jobs/check", "x", "Content-Type: application/yaml\r\n").status, 403);
}

TEST(Check, ReadsScriptsAndCircuitsToo) {
  TestService service;
  const Tree script =
      check(service, "#!/bin/bash\n#SBATCH --time=10\n#SBATCH --ntasks=2\n#SBATCH --mail-user=me\ntrue\n",
            "Content-Type: text/x-shellscript\r\n", "alice", "?name=run.sh");
  EXPECT_EQ(script.text("good"), "true");
  EXPECT_EQ(script.text("job.tasks"), "1") << "a script runs once";
  EXPECT_EQ(script.text("job.cores"), "2");
  EXPECT_FALSE(script.text("notes[0]").empty());
  const Tree broken = check(service, "OPENQASM 3;\nqubit[2] q;\nnonsense q[0];\n", "Content-Type: text/x-qasm\r\n");
  EXPECT_EQ(broken.text("good"), "false");
  EXPECT_EQ(broken.text("errors[0].line"), "3");
  // This centre has no device.
  const Tree circuit =
      check(service, "OPENQASM 3;\ninclude \"stdgates.inc\";\nqubit[2] q;\nh q[0];\n", "Content-Type: text/x-qasm\r\n");
  EXPECT_EQ(circuit.text("good"), "false");
  EXPECT_EQ(circuit.text("errors[0].field"), "qpu") << circuit.text("errors[0].message");
}

TEST(Check, PromisesAStartBehindWhatRuns) {
  TestService service;
  (void)service.running("alice", "command: ['true']\nwall: 2h\ncores: 8\ntasks: 2\n");
  const Instant now = *parse_instant(service.get("alice", "/v1/centre").text("now"));
  const Tree waits = check(service, "command: ['true']\nwall: 1h\ncores: 8\n",
                           "Content-Type: application/yaml\r\nAccept-Language: zh\r\n");
  const auto promised = parse_instant(waits.text("promised"));
  ASSERT_TRUE(promised);
  EXPECT_GT(*promised, now + hours(1));
  EXPECT_LE(*promised, now + hours(2) + minutes(1));
  EXPECT_NE(waits.text("start_sentence").find("若运行中与排队中的作业都用满时限"), std::string::npos);
  const Tree held = check(service, "command: ['true']\nwall: 1h\nhold: true\n");
  EXPECT_EQ(held.text("promised"), "");
  EXPECT_NE(held.text("start_sentence").find("held"), std::string::npos);
}

TEST(Check, SaysWhetherTheBudgetCoversIt) {
  TestService service;
  ASSERT_EQ(service.ask("otto", "PUT", "/v1/projects/demo", R"({"has_budget": true})").status, 200);
  ASSERT_LT(service.ask("otto", "POST", "/v1/projects/demo/credits", R"({"amount": "5"})").status, 300);
  const Tree small = check(service, "command: ['true']\nwall: 1h\ncores: 4\n");
  EXPECT_EQ(small.text("covered"), "true");
  EXPECT_EQ(small.text("available"), "5");
  const Tree large = check(service, "command: ['true']\nwall: 1h\ncores: 8\n");
  EXPECT_EQ(large.text("good"), "true") << "it may wait for credits";
  EXPECT_EQ(large.text("covered"), "false");
  EXPECT_EQ(large.text("credits_at_most"), "8");
  EXPECT_NE(large.text("start_sentence").find("demo"), std::string::npos) << large.text("start_sentence");
}

}  // namespace
}  // namespace mingyue::api::testing
