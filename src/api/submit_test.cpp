#include "api/api_testing.hpp"

namespace mingyue::api::testing {
namespace {

constexpr auto document = "name: sweep\ncommand: ['true']\nwall: 10m\n";

TEST(Submit, TakesADocumentAsYamlAsJsonAndAScript) {
  TestService service;
  EXPECT_EQ(service.submit("alice", document).status, 201);
  const TestAnswer json =
      service.ask("alice", "POST", "/v1/jobs?name=folder/my-job.json&workdir=/data",
                  R"({"command": ["true"], "wall": "10m"})", "Content-Type: application/json; charset=utf-8\r\n");
  ASSERT_EQ(json.status, 201) << json.body;
  EXPECT_EQ(service.json(json.body).text("name"), "my-job");
  EXPECT_EQ(json.headers.get("location"), "/v1/jobs/2");
  EXPECT_EQ(service.get("alice", "/v1/jobs/2").text("workdir"), "/data");
  const TestAnswer script =
      service.ask("alice", "POST", "/v1/jobs?name=run.sh", "#!/bin/bash\n#SBATCH --time=10\n#SBATCH --ntasks=2\ntrue\n",
                  "Content-Type: text/x-shellscript\r\n");
  ASSERT_EQ(script.status, 201) << script.body;
  const TestAnswer other = service.ask("alice", "POST", "/v1/jobs", document, "Content-Type: text/html\r\n");
  EXPECT_EQ(other.status, 415);
  EXPECT_NE(other.body.find("text/x-shellscript"), std::string::npos);
  EXPECT_EQ(service.ask("alice", "POST", "/v1/jobs", document).status, 415);
  EXPECT_EQ(service.ask("alice", "POST", "/v1/jobs").status, 411);
}

TEST(Submit, ListsEverythingThatIsWrongWithADocument) {
  TestService service;
  const TestAnswer answer = service.submit("alice", "nam: x\ncores: many\ncommand: ['true']\nwall: 10m\n");
  EXPECT_EQ(answer.status, 422);
  const Tree problem = service.json(answer.body);
  ASSERT_GE(problem.find("errors")->items.size(), 2U) << answer.body;
  EXPECT_EQ(problem.text("line"), problem.text("errors[0].line"));
  EXPECT_NE(problem.text("errors[0].line"), "0");
  const TestAnswer large = service.submit("alice", "command: ['true']\nwall: 48h\ncores: 9\n");
  EXPECT_EQ(large.status, 422);
  EXPECT_EQ(service.json(large.body).find("errors")->items.size(), 2U) << large.body;
  EXPECT_EQ(service.json(large.body).text("errors[0].line"), "2") << large.body;
}

TEST(Submit, GivesTheSameJobForTheSameKey) {
  TestService service;
  const std::string key = "Idempotency-Key: 7f0c\r\n";
  const TestAnswer first = service.submit("alice", document, key);
  EXPECT_EQ(first.status, 201);
  const TestAnswer again = service.submit("alice", document, key);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(service.json(again.body).text("id"), service.json(first.body).text("id"));
  EXPECT_EQ(service.json(again.body).text("repeated"), "true");
  EXPECT_EQ(service.submit("bob", document, key).status, 201) << "a key is its user's own";
  EXPECT_EQ(service.submit("alice", document, "Idempotency-Key: " + std::string(201, 'k') + "\r\n").status, 422);

  EXPECT_EQ(service.ask("alice", "POST", "/v1/jobs/1/cancel").status, 200);
  EXPECT_TRUE(service.wait_for(model::JobId{1}, "cancelled"));
  const TestAnswer after = service.submit("alice", document, key);
  EXPECT_EQ(after.status, 200);
  EXPECT_EQ(service.json(after.body).text("state"), "cancelled");
}

TEST(Submit, AnswersForAWholeArray) {
  TestService service;
  const TestAnswer answer = service.submit("alice", "command: ['true']\nwall: 10m\narray: 0-9\nhold: true\n");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(service.json(answer.body).text("count"), "10");
  EXPECT_EQ(service.json(answer.body).text("state"), "held");
  EXPECT_EQ(service.get("alice", "/v1/jobs?array=1").items.size(), 10U);
}

TEST(Submit, KnowsHowTargetsOfDependenciesEnded) {
  TestService service;
  const auto good = service.running();
  const auto bad = service.running("alice", "command: ['true']\nwall: 1h\nretry: {attempts: 1}\n");
  service.engine.finish(good);
  service.engine.finish(bad, {.exit_code = 1});
  EXPECT_TRUE(service.wait_for(good.job, "succeeded"));
  EXPECT_TRUE(service.wait_for(bad.job, "failed"));
  const auto after = [&](model::JobId target) {
    return service.job("alice", "command: ['true']\nwall: 1h\nafter-ok: " + std::to_string(target.raw()) + "\n");
  };
  EXPECT_TRUE(service.wait_for(after(good.job), "running"));
  const auto never_starts = after(bad.job);
  EXPECT_EQ(service.state_of(never_starts), "cancelled");
  EXPECT_NE(service.get("alice", path_of(never_starts)).text("job.reason").find("did not succeed"), std::string::npos);
  const TestAnswer unknown = service.submit("alice", "command: ['true']\nwall: 1h\nafter-ok: 4711\n");
  EXPECT_EQ(unknown.status, 422);
}

TEST(Submit, TakesAnArrayAsSucceededOnlyAsAWhole) {
  TestService service;
  const auto first = service.job("alice", "command: ['true']\nwall: 1h\narray: 0-1\nretry: {attempts: 1}\n");
  const model::JobId second{first.raw() + 1};
  EXPECT_TRUE(service.wait_for(second, "running"));
  service.engine.finish({first, 1});
  service.engine.finish({second, 1}, {.exit_code = 3});
  EXPECT_TRUE(service.wait_for(first, "succeeded"));
  EXPECT_TRUE(service.wait_for(second, "failed"));
  const auto id = service.job("alice", "command: ['true']\nwall: 1h\nafter-ok: " + std::to_string(first.raw()) + "\n");
  EXPECT_EQ(service.state_of(id), "cancelled");
}

TEST(Submit, AgainIsTheSameWorkInTheNameOfWhoAsks) {
  TestService service;
  const auto first = service.running("alice", "name: crash\ncommand: ['true']\nwall: 1h\ncores: 3\n");
  for (int i = 0; i < 20; ++i) (void)service.job("bob");
  service.engine.finish(first);
  EXPECT_TRUE(service.wait_for(first.job, "succeeded"));
  const TestAnswer answer = service.ask("alice", "POST", path_of(first.job, "/again"));
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Tree again = service.get("alice", "/v1/jobs/" + service.json(answer.body).text("id"));
  EXPECT_NE(again.text("job.id"), std::to_string(first.job.raw()));
  EXPECT_EQ(again.text("job.name"), "crash");
  EXPECT_EQ(again.text("job.cores"), "3");
  EXPECT_EQ(again.text("job.user"), "alice");
  // It may be sent again as any submission may.
  const std::string key = "Idempotency-Key: k\r\n";
  const TestAnswer once = service.ask("alice", "POST", path_of(first.job, "/again"), "", key);
  const TestAnswer twice = service.ask("alice", "POST", path_of(first.job, "/again"), "", key);
  EXPECT_EQ(once.status, 201);
  EXPECT_EQ(twice.status, 200);
  EXPECT_EQ(service.json(once.body).text("id"), service.json(twice.body).text("id"));
  // Bob is not of alice's project.
  EXPECT_EQ(service.ask("bob", "POST", path_of(first.job, "/again")).status, 403);
  EXPECT_EQ(service.ask("audrey", "POST", path_of(first.job, "/again")).status, 403);
  EXPECT_EQ(service.ask("alice", "POST", "/v1/jobs/999999/again").status, 404);
}

TEST(Submit, AgainOfAnElementIsThatElementAlone) {
  TestService service;
  const auto first = service.job("alice", "command: ['true']\nwall: 1h\narray: 0-4\n");
  const TestAnswer answer = service.ask("alice", "POST", path_of(model::JobId(first.raw() + 3), "/again"));
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(service.json(answer.body).text("count"), "1");
  EXPECT_EQ(service.get("alice", "/v1/jobs/" + service.json(answer.body).text("id")).text("job.array_index"), "3");
}

}  // namespace
}  // namespace mingyue::api::testing
