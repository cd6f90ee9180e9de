#include "formats/json.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "formats/json_read.hpp"
#include "formats/parse.hpp"
#include "model/attempt.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"

namespace mingyue::formats {

enum class Phase : std::uint8_t { calm = 1, launch_failed = 2, operator_ = 3 };
DESCRIBE_ENUM(Phase, calm, launch_failed, operator_)

struct JobStarted {
  model::JobId job;
  std::int32_t tasks = 0;
  friend bool operator==(const JobStarted&, const JobStarted&) = default;
};
DESCRIBE(JobStarted, job, tasks)

struct Rested {
  friend bool operator==(const Rested&, const Rested&) = default;
};
DESCRIBE(Rested)

struct Everything {
  bool yes = true;
  std::int32_t small = -3;
  std::int64_t large = 1'000'000'000'000;
  std::uint64_t largest = UINT64_MAX;
  double ratio = 0.1;
  std::string text_ = "a\"b";
  Phase phase = Phase::launch_failed;
  model::JobId job{4711};
  model::NodeId node{7};
  model::AttemptId attempt{model::JobId(4711), 2};
  Duration wall = seconds(90);
  std::optional<Duration> grace;
  Bytes memory{1024};
  Instant at{1'796'112'000'000};
  Credits cost{12'500'000};
  ResourceTime used{5};
  CoreCount cores{8};
  std::optional<std::int32_t> none;
  std::vector<std::int32_t> list{1, 2};
  std::vector<std::pair<std::string, std::int32_t>> names{{"b", 1}, {"a", 2}};
  std::map<std::string, Phase> moods{{"x", Phase::operator_}};
  std::map<model::JobId, std::int32_t> by_job{{model::JobId(3), 1}};
  std::variant<JobStarted, Rested> event = JobStarted{model::JobId(5), 2};
  friend bool operator==(const Everything&, const Everything&) = default;
};
DESCRIBE(Everything, yes, small, large, largest, ratio, text_, phase, job, node, attempt, wall, grace, memory, at, cost,
         used, cores, none, list, names, moods, by_job, event)

namespace {

TEST(Json, FollowsItsRulesForPrograms) {
  EXPECT_EQ(
      write_json(Everything{}, JsonStyle::api),
      R"({"yes":true,"small":-3,"large":"1000000000000","largest":"18446744073709551615","ratio":0.1,"text":"a\"b",)"
      R"("phase":"launch-failed","job":"4711","node":7,"attempt":"4711.2","wall_ms":"90000","grace_ms":null,)"
      R"("memory_bytes":"1024","at":"2026-12-01T08:00:00.000Z","cost":"12.5","used":"5","cores":8,"none":null,)"
      R"("list":[1,2],"names":{"b":1,"a":2},"moods":{"x":"operator"},"by_job":{"3":1},)"
      R"("event":{"type":"job-started","job":"5","tasks":2}})");
}

TEST(Json, WritesNumbersForTheCommandLine) {
  const std::string text = write_json(Everything{}, JsonStyle::cli);
  EXPECT_NE(text.find(R"("large":1000000000000,"largest":18446744073709551615,)"), std::string::npos);
  EXPECT_NE(text.find(R"("wall_ms":90000,)"), std::string::npos);
  EXPECT_NE(text.find(R"("cost":"12.5")"), std::string::npos);
}

TEST(Json, PrettyIsForPeople) {
  EXPECT_EQ(write_json(JobStarted{model::JobId(5), 2}, JsonStyle::cli, JsonLayout::pretty),
            "{\n  \"job\": 5,\n  \"tasks\": 2\n}");
  EXPECT_EQ(write_json(std::vector<Rested>{{}}, JsonStyle::cli, JsonLayout::pretty), "[\n  {}\n]");
  EXPECT_EQ(write_json(std::vector<int>{}, JsonStyle::cli, JsonLayout::pretty), "[]");
}

TEST(Json, TextIsAlwaysValid) {
  EXPECT_EQ(write_json(std::string("\x01\n\t\r\\/\x7f明\xff"), JsonStyle::api),
            "\"\\u0001\\n\\t\\r\\\\/\\u007f明\xef\xbf\xbd\"");
  EXPECT_EQ(write_json("literal", JsonStyle::api), "\"literal\"");
  EXPECT_EQ(write_json(std::string("\0x", 2), JsonStyle::api), "\"\\u0000x\"");
}

TEST(Json, RealNumbersReadBackAndAreFinite) {
  EXPECT_EQ(write_json(std::vector<double>{0.1, 1e300, -0.0, std::numeric_limits<double>::infinity()}, JsonStyle::api),
            "[0.1,1e+300,-0,null]");
}

TEST(Json, RefusalsAreDescribed) {
  EXPECT_EQ(write_json(Refusal{"unknown-field", "core", "m", "h", 3}, JsonStyle::api),
            R"({"code":"unknown-field","field":"core","message":"m","hint":"h","line":3})");
}

TEST(Json, AVariantsTypeIsItsName) {
  EXPECT_EQ(write_json(std::variant<JobStarted, Rested>(Rested{}), JsonStyle::api), R"({"type":"rested"})");
  EXPECT_EQ(json_type_name<model::LaunchOrder>(), "launch-order");
}

TEST(Json, TheModelCanBeWritten) {
  model::JobSpec job;
  job.name = "j";
  job.parts.resize(1);
  const std::string text = write_json(job, JsonStyle::api);
  EXPECT_NE(text.find(R"("wall_ms":"0")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("need":{"cores":1,"memory_bytes":"0")"), std::string::npos) << text;
  EXPECT_FALSE(write_json(model::Centre{}, JsonStyle::cli).empty());
}

TEST(Json, TheWriterHelpsWhereThereIsNoStruct) {
  JsonWriter writer(JsonStyle::cli);
  writer.begin_object();
  writer.field("a", 1);
  writer.key("b");
  writer.begin_array();
  writer.value(true);
  writer.null();
  writer.raw("{}");
  writer.end_array();
  writer.field("c", std::string("x"));
  writer.end_object();
  EXPECT_EQ(writer.take(), R"({"a":1,"b":[true,null,{}],"c":"x"})");
}

TEST(Json, ReadsBackWhatItWritesInEitherStyle) {
  Everything value;
  value.grace = seconds(3);
  value.event = Rested{};
  for (const JsonStyle style : {JsonStyle::api, JsonStyle::cli}) {
    const auto tree = parse_json(write_json(value, style, JsonLayout::pretty));
    ASSERT_TRUE(tree) << tree.error().message;
    const auto read = read_json<Everything>(*tree);
    ASSERT_TRUE(read) << read.error().field << ": " << read.error().message;
    EXPECT_EQ(*read, value);
  }
}

TEST(Json, AMissingMemberKeepsItsDefault) {
  const auto read = read_json<Everything>(*parse_json(R"({"small": 5, "list": null})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->small, 5);
  EXPECT_EQ(read->list, (std::vector<std::int32_t>{1, 2}));
}

struct Bad {
  const char* json;
  const char* code;
  const char* field;
};

TEST(Json, ReadingRefusesByField) {
  const Bad cases[] = {
      {"[]", "bad-value", ""},
      {R"({"smal": 1})", "unknown-field", "smal"},
      {R"({"small": 99999999999})", "out-of-range", "small"},
      {R"({"small": "x"})", "bad-value", "small"},
      {R"({"small": [1]})", "bad-value", "small"},
      {R"({"largest": -1})", "bad-value", "largest"},
      {R"({"largest": 18446744073709551616})", "bad-value", "largest"},
      {R"({"yes": 1})", "bad-value", "yes"},
      {R"({"ratio": "nan"})", "bad-value", "ratio"},
      {R"({"phase": "wild"})", "bad-value", "phase"},
      {R"({"attempt": "4711"})", "bad-value", "attempt"},
      {R"({"attempt": "x.1"})", "bad-value", "attempt"},
      {R"({"at": "now"})", "bad-value", "at"},
      {R"({"cost": "much"})", "bad-value", "cost"},
      {R"({"list": 1})", "bad-value", "list"},
      {R"({"list": [1, "x"]})", "bad-value", "list[1]"},
      {R"({"names": {"a": "x"}})", "bad-value", "names.a"},
      {R"({"names": []})", "bad-value", "names"},
      {R"({"by_job": {"x": 1}})", "bad-value", "by_job.x"},
      {R"({"event": {"type": "flown"}})", "bad-value", "event.type"},
      {R"({"event": {}})", "bad-value", "event.type"},
      {R"({"event": {"type": "rested", "more": 1}})", "unknown-field", "event.more"},
  };
  for (const Bad& bad : cases) {
    const auto read = read_json<Everything>(*parse_json(bad.json));
    ASSERT_FALSE(read) << bad.json;
    EXPECT_EQ(read.error().code, bad.code) << bad.json;
    EXPECT_EQ(read.error().field, bad.field) << bad.json;
    EXPECT_EQ(read.error().line, 1) << bad.json;
  }
}

TEST(Json, AClientPassesOverFieldsOfANewerServer) {
  EXPECT_TRUE(read_json<Everything>(*parse_json(R"({"brand_new": {"a": [1]}})"), UnknownFields::ignore));
}

}  // namespace
}  // namespace mingyue::formats
