#include "engines/slurm/dialect.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "engines/slurm/recorded_testing.hpp"

namespace mingyue::engines::slurm {
namespace {

using ::testing::ElementsAre;

Submission a_gang() {
  return {.name = "gang",
          .partition = "batch",
          .comment = "mingyue:east:0a1b2c3d:4711.2",
          .script = "#!/bin/sh\n",
          .folder = "/",
          .environment = {{"PATH", "/usr/bin"}},
          .components = {{.nodes = {"n2", "n1"},
                          .node_count = 2,
                          .tasks = 4,
                          .tasks_a_node = 2,
                          .cpus_a_task = 4,
                          .memory_mb_a_node = 100,
                          .cards = "gpu:a100:2"}},
          .limit_min = 12};
}

TEST(Dialect, TheNewestThatBothSpeakIsChosen) {
  EXPECT_THAT(offered_versions(recorded("openapi.json")), ElementsAre(36, 37, 38));
  EXPECT_EQ(choose_dialect(recorded("openapi.json")), &dialect_38);
  EXPECT_EQ(choose_dialect(R"({"paths":{"/slurm/v0.0.40/jobs":{},"/slurm/v0.0.41/jobs":{},"/slurm/v0.0.39/x":{}}})"),
            &dialect_40);
  EXPECT_EQ(choose_dialect(R"({"paths":{"/slurm/v0.0.42/jobs/":{},"/slurm/v0.0.40/jobs/":{}}})"), &dialect_42);
  EXPECT_EQ(choose_dialect(R"({"paths":{"/slurmdb/v0.0.42/jobs/":{},"/slurm/v0.0.99/jobs/":{}}})"), nullptr);
  EXPECT_EQ(choose_dialect("<html>"), nullptr);
}

TEST(Dialect, Of2205HasPlainFields) {
  const auto body = boost::json::parse(dialect_38.submit_body(a_gang()));
  const auto& job = body.at("job").as_object();
  EXPECT_EQ(body.at("script").as_string(), "#!/bin/sh\n");
  EXPECT_EQ(job.at("nodelist").as_string(), "n2,n1");
  EXPECT_EQ(job.at("tasks_per_node").as_int64(), 2);
  EXPECT_EQ(job.at("environment").at("PATH").as_string(), "/usr/bin");
  EXPECT_EQ(job.at("gres").as_string(), "gpu:a100:2");
  EXPECT_EQ(job.at("time_limit").as_int64(), 12);
  EXPECT_EQ(job.at("nodes"), (boost::json::array{2, 2}));
  EXPECT_TRUE(job.at("no_requeue").as_bool());
}

TEST(Dialect, Of2311SaysThatNumbersAreSet) {
  const auto body = boost::json::parse(dialect_40.submit_body(a_gang()));
  const auto& job = body.at("job").as_object();
  EXPECT_EQ(job.at("required_nodes"), (boost::json::array{"n2", "n1"}));
  EXPECT_EQ(job.at("environment"), (boost::json::array{"PATH=/usr/bin"}));
  EXPECT_EQ(job.at("tres_per_node").as_string(), "gres/gpu:a100:2");
  EXPECT_EQ(job.at("time_limit").at("number").as_int64(), 12);
  EXPECT_TRUE(job.at("time_limit").at("set").as_bool());
}

TEST(Dialect, Of2411HasTheScriptInTheJob) {
  const auto body = boost::json::parse(dialect_42.submit_body(a_gang()));
  EXPECT_FALSE(body.as_object().contains("script"));
  EXPECT_EQ(body.at("job").at("script").as_string(), "#!/bin/sh\n");
}

TEST(Dialect, NodesThatGiveDifferentThingsAreComponents) {
  Submission mixed = a_gang();
  mixed.components.push_back({.nodes = {"n3"}, .node_count = 1, .cpus_a_task = 2});
  for (const Dialect* dialect : {&dialect_38, &dialect_40, &dialect_42}) {
    const auto body = boost::json::parse(dialect->submit_body(mixed));
    EXPECT_FALSE(body.as_object().contains("job"));
    ASSERT_EQ(body.at("jobs").as_array().size(), 2U);
    EXPECT_EQ(body.at("jobs").at(1).at("cpus_per_task").as_int64(), 2);
    EXPECT_EQ(dialect->version == 42, body.at("jobs").at(0).as_object().contains("script"));
    EXPECT_FALSE(body.at("jobs").at(1).as_object().contains("script"));
  }
}

TEST(Answer, AJobIdIsSuccessWhateverTheErrorsSay) {
  EXPECT_EQ(read_answer(recorded("submit-ok.json"))->job, 7);
  EXPECT_EQ(read_answer(recorded("submit-ok.json"))->release, "22.05.8");
  const auto held = read_answer(recorded("submit-held.json"));
  EXPECT_EQ(held->job, 8);
  EXPECT_EQ(held->code, 2015);
}

TEST(Answer, OfNewVersionsIsReadToo) {
  const auto said = read_answer(
      R"({"meta":{"slurm":{"version":{"major":"24"},"release":"24.11.1"}},"job_id":77,"errors":[],"warnings":[]})");
  EXPECT_EQ(said->job, 77);
  EXPECT_EQ(said->release, "24.11.1");
  EXPECT_EQ(read_answer(R"({"job_id":{"set":true,"number":78},"errors":[{"error_number":2018,"error":"no"}]})")->job,
            78);
}

TEST(Answer, RefusalsAreToldApart) {
  const auto meaning = [](const std::string& name) { return meaning_of(500, *read_answer(recorded(name))); };
  EXPECT_EQ(meaning("submit-bad-node.json"), Refused::for_good);
  EXPECT_EQ(meaning("submit-bad-partition.json"), Refused::for_good);
  EXPECT_EQ(meaning("submit-no-controller.json"), Refused::not_now);
  // A token that is not accepted looks like a connection that broke: it must not end anybody's job.
  EXPECT_EQ(meaning("bad-token.json"), Refused::unknown);
  EXPECT_EQ(meaning_of(503, {}), Refused::not_now);
  EXPECT_EQ(meaning_of(500, {}), Refused::unknown);
  EXPECT_NE(read_answer(recorded("submit-bad-node.json"))->error.find("Invalid node name"), std::string::npos);
}

TEST(Answer, OfGarbageIsNone) {
  for (const char* text : {"", "<html>", "[1]", "{", "{\"job_id\":", "null"})
    EXPECT_FALSE(read_answer(text).has_value()) << text;
  EXPECT_EQ(read_answer(R"({"job_id":"x","errors":{"a":1},"meta":[]})")->job, 0);
  EXPECT_EQ(read_answer(R"({"job_id":-5})")->job, 0);
}

}  // namespace
}  // namespace mingyue::engines::slurm
