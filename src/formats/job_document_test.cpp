#include "model/job_document.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "formats/parse.hpp"
#include "model/centre_document.hpp"

// The reader of jobs is in model; its tests are here, where documents can be written as people write them.
namespace mingyue::model {
namespace {

JobDefaults some_defaults() {
  JobDefaults defaults;
  defaults.name = "sweep";
  defaults.user = "ada";
  defaults.project = "demo";
  defaults.partition = "main";
  return defaults;
}

Expected<JobSpec, std::vector<Refusal>> read(const std::string& yaml) {
  const auto tree = formats::parse_yaml(yaml);
  if (!tree) return std::unexpected(std::vector{tree.error()});
  return read_job(*tree, some_defaults());
}

/// The least that a job says, and whatever a test adds.
std::string a_job(const std::string& more) { return "wall: 10m\ncommand: [./run]\n" + more; }

TEST(JobDocument, TheLeastIsAWallAndSomethingToRun) {
  const auto job = read("wall: 10m\ncommand: [./run, --speed, \"180\", NO]\n");
  ASSERT_TRUE(job);
  EXPECT_EQ(job->name, "sweep");
  EXPECT_EQ(job->user, "ada");
  EXPECT_EQ(job->project, "demo");
  EXPECT_EQ(job->partition, "main");
  EXPECT_EQ(job->priority_class, "normal");
  EXPECT_EQ(job->wall, minutes(10));
  EXPECT_EQ(job->retry, (Retry{3, Duration{}, true}));
  ASSERT_EQ(job->parts.size(), 1U);
  EXPECT_EQ(job->parts[0].name, "main");
  EXPECT_EQ(job->parts[0].need, (TaskNeed{CoreCount(1), Bytes(256 << 20), CardCount(0), ""}));
  EXPECT_EQ(job->parts[0].command, (std::vector<std::string>{"./run", "--speed", "180", "NO"}));
}

TEST(JobDocument, TasksMayBeARange) {
  for (const char* tasks : {"tasks: 4..16\n", "tasks: \"4..16\"\n", "tasks: {min: 4, max: 16}\n"}) {
    const auto job = read(a_job(tasks));
    ASSERT_TRUE(job) << tasks;
    EXPECT_TRUE(job->parts[0].elastic()) << tasks;
    EXPECT_EQ(job->tasks_least(), 4) << tasks;
    EXPECT_EQ(job->tasks(), 16) << tasks;
  }
  const auto one = read(a_job("tasks: 4..4\n"));
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->parts[0].elastic());
  EXPECT_EQ(one->tasks(), 4);
  const auto parts =
      read("wall: 1h\nparts:\n  - {name: head, tasks: 2, command: [a]}\n  - {name: rest, tasks: 1..8, command: [b]}\n");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->tasks_least(), 3);
  EXPECT_EQ(parts->tasks(), 10);
  EXPECT_EQ(parts->tasks_of(parts->parts[0], 7), 2);
  EXPECT_EQ(parts->tasks_of(parts->parts[1], 7), 5);
}

TEST(JobDocument, ARangeThatIsNoneIsRefused) {
  const auto refusal = [](const std::string& tasks) {
    const auto job = read(a_job(tasks));
    return job ? std::string("read") : job.error().front().field + ": " + job.error().front().message;
  };
  EXPECT_EQ(refusal("tasks: 8..4\n"), "tasks: the most tasks, 4, are fewer than the fewest, 8");
  EXPECT_EQ(refusal("tasks: 0..4\n"), "tasks: \"0..4\" is no range of tasks from 1 to 100000");
  EXPECT_EQ(refusal("tasks: 4..\n"), "tasks: \"4..\" is no range of tasks from 1 to 100000");
  EXPECT_EQ(refusal("tasks: {min: 4}\n"), "tasks.max: tasks.max is missing");
  EXPECT_EQ(refusal("tasks: {min: 4, max: 8, mean: 6}\n"), "tasks.mean: there is no field \"mean\" in tasks");
  const auto two =
      read("wall: 1h\nparts:\n  - {name: a, tasks: 1..2, command: [a]}\n  - {name: b, tasks: 1..8, command: [b]}\n");
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().front().field, "parts[1].tasks");
}

TEST(JobDocument, EveryFieldIsRead) {
  const auto job = read(R"(name: taylor
project: metals
partition: gpu
kind: ai
class: high
preemptible: true
wall: 1h30m
array: 0-9%4
after-ok: [13, 12, 13]
after: 14
after-any: [15]
hold: true
tasks: 2
cores: 4
memory: 2G
cards: {count: 2, type: a100}
placement: spread
script: |
  #!/bin/bash
  ./taylor
environment: {OMP_NUM_THREADS: 1, B: "", A: "x y"}
workdir: /data/sweep
output: logs/out-%A-%a.txt
retry: {attempts: 5, delay: 5s, on-exit: false}
checkpoint: {signal: SIGUSR1, grace: 1m}
hang-after: 10m
deadline: 2026-12-01T08:00:00Z
where: any
comment: "free: text"
)");
  ASSERT_TRUE(job) << job.error()[0].message;
  EXPECT_EQ(job->kind, WorkKind::ai);
  EXPECT_TRUE(job->preemptible);
  EXPECT_TRUE(job->hold);
  EXPECT_EQ(job->indices.size(), 10U);
  EXPECT_EQ(job->array_at_once, 4);
  EXPECT_EQ(job->dependencies, (std::vector<Dependency>{{DependencyKind::after, JobId(14)},
                                                        {DependencyKind::after_ok, JobId(12)},
                                                        {DependencyKind::after_ok, JobId(13)},
                                                        {DependencyKind::after_any, JobId(15)}}));
  const Part& part = job->parts[0];
  EXPECT_EQ(part.tasks, 2);
  EXPECT_EQ(part.need, (TaskNeed{CoreCount(4), Bytes(2LL << 30), CardCount(2), "a100"}));
  EXPECT_EQ(part.placement, Placement::spread);
  EXPECT_EQ(part.script, "#!/bin/bash\n./taylor\n");
  EXPECT_EQ(part.environment, (Environment{{"A", "x y"}, {"B", ""}, {"OMP_NUM_THREADS", "1"}}));
  EXPECT_EQ(job->output, "logs/out-%A-%a.txt");
  EXPECT_EQ(job->retry, (Retry{5, seconds(5), false}));
  EXPECT_EQ(job->checkpoint, (CheckpointContract{10, minutes(1)}));
  EXPECT_EQ(job->hang_after, minutes(10));
  EXPECT_EQ(job->deadline, parse_instant("2026-12-01T08:00:00Z"));
  EXPECT_EQ(job->where, Where::any);
  EXPECT_EQ(job->comment, "free: text");
}

TEST(JobDocument, PartsHaveTheirOwnNeeds) {
  const auto job = read(R"(wall: 1h
parts:
  - {name: leader, cores: 2, command: [./lead]}
  - {tasks: 8, cards: 1, command: [./work], environment: {A: 1}}
)");
  ASSERT_TRUE(job) << job.error()[0].message;
  ASSERT_EQ(job->parts.size(), 2U);
  EXPECT_EQ(job->parts[0].name, "leader");
  EXPECT_EQ(job->parts[1].name, "part1");
  EXPECT_EQ(job->parts[1].need.cards, CardCount(1));
  EXPECT_EQ(job->tasks(), 9);
}

TEST(JobDocument, IsTheSameInJson) {
  const auto tree =
      formats::parse_json(R"({"wall": "10m", "cores": 4, "hold": true, "after-ok": [12, "13"], "command": ["./run"]})");
  const auto job = read_job(*tree, some_defaults());
  ASSERT_TRUE(job);
  EXPECT_EQ(job, read("wall: 10m\ncores: 4\nhold: true\nafter-ok: [12, 13]\ncommand: [./run]\n"));
}

struct Bad {
  std::string yaml;
  const char* code;
  const char* field;
  int line;
  const char* message;  ///< a part of it
  const char* hint;     ///< a part of it
};

class BadJob : public testing::TestWithParam<Bad> {};

TEST_P(BadJob, IsRefusedByFieldAndLine) {
  const Bad& bad = GetParam();
  const auto job = read(bad.yaml);
  ASSERT_FALSE(job) << bad.yaml.substr(0, 200);
  ASSERT_EQ(job.error().size(), 1U) << job.error()[0].message << " and " << job.error()[1].message;
  const Refusal& refusal = job.error()[0];
  EXPECT_EQ(refusal.code, bad.code) << refusal.message;
  EXPECT_EQ(refusal.field, bad.field);
  EXPECT_EQ(refusal.line, bad.line);
  EXPECT_NE(refusal.message.find(bad.message), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.hint.find(bad.hint), std::string::npos) << refusal.hint;
  EXPECT_FALSE(refusal.hint.empty());
}

std::string variables(int count) {
  std::string out = "environment:\n";
  for (int i = 0; i < count; ++i) out += fmt::format("  V{}: 1\n", i);
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Jobs, BadJob,
    testing::Values(
        Bad{"", "bad-value", "", 1, "the document is nothing", "field: value"},
        Bad{"- a\n", "bad-value", "", 1, "the document is a list", "field: value"},
        Bad{"command: [./run]\n", "missing-field", "wall", 1, "wall is missing", "wall: 10m"},
        Bad{"wall: 10m\n", "missing-field", "script", 1, "the job says nothing to run", "#!"},
        Bad{"wall: 10m\nparts: [{tasks: 2}]\n", "missing-field", "parts[0].script", 2, "the part says nothing to run",
            "#!"},
        Bad{a_job("core: 4\n"), "unknown-field", "core", 3, "there is no field \"core\"", "did you mean \"cores\"?"},
        Bad{a_job("gpus-wanted: 4\n"), "unknown-field", "gpus-wanted", 3, "there is no field", "docs/formats"},
        Bad{a_job("retry: {atempts: 4}\n"), "unknown-field", "retry.atempts", 3, "in retry", "\"attempts\""},
        Bad{a_job("name: a b\n"), "bad-value", "name", 3, "\"a b\" is no name", "A-Z"},
        Bad{a_job("name: [a]\n"), "bad-value", "name", 3, "name is a list", "one value"},
        Bad{a_job("kind: hpc\n"), "bad-value", "kind", 3, "kind is \"hpc\"", "general, ai"},
        Bad{a_job("kind: generall\n"), "bad-value", "kind", 3, "", "did you mean \"general\"?"},
        Bad{a_job("preemptible: yes\n"), "bad-value", "preemptible", 3, "preemptible is \"yes\"", "true or false"},
        Bad{"command: [a]\nwall: 10\n", "bad-value", "wall", 2, "\"10\" is not a length of time", "10m"},
        Bad{"command: [a]\nwall: 11y\n", "bad-value", "wall", 2, "\"11y\"", "1h30m"},
        Bad{"command: [a]\nwall: 4000d\n", "out-of-range", "wall", 2, "longer than ten years", "3653d"},
        Bad{a_job("array: 9-0\n"), "bad-value", "array", 3, "\"9-0\" is no range", "0-9"},
        Bad{a_job("array: 0-9%0\n"), "bad-value", "array", 3, "no range", "%4"},
        Bad{a_job("array: 1,2,1\n"), "duplicate", "array", 3, "index 1 twice", "once"},
        Bad{a_job("array: 0-100000\n"), "too-large", "array", 3, "more than 100000", "split"},
        Bad{a_job("array: 0-2147483647:1,0-2147483647\n"), "too-large", "array", 3, "more than", "split"},
        Bad{a_job("array: -3\n"), "bad-value", "array", 3, "no range", "0-9"},
        Bad{a_job("array: 0:3\n"), "bad-value", "array", 3, "no range", "0-9"},
        Bad{a_job("after-ok: [1, x]\n"), "bad-value", "after-ok[1]", 3, "\"x\" is no job's number", "[12, 13]"},
        Bad{a_job("after: 0\n"), "bad-value", "after", 3, "\"0\"", "[12, 13]"},
        Bad{a_job("tasks: 100001\n"), "out-of-range", "tasks", 3, "100001", "1 to 100000"},
        Bad{a_job("tasks: 0\n"), "out-of-range", "tasks", 3, "0 is out", "1 to"},
        Bad{"wall: 1m\nparts: [{tasks: 60000, command: [a]}, {tasks: 60000, command: [a]}]\n", "too-large", "parts", 2,
            "120000 tasks together", "array"},
        Bad{"wall: 1m\nparts: []\n", "bad-value", "parts", 2, "parts is empty", "at least one"},
        Bad{"wall: 1m\nparts: [x]\n", "bad-value", "parts[0]", 2, "should be a map", "field"},
        Bad{"wall: 1m\ncores: 3\nparts: [{command: [a]}]\n", "not-allowed", "cores", 2, "cores stands beside parts",
            "each part"},
        Bad{"wall: 1m\nparts: [{name: a, command: [a]}, {name: a, command: [a]}]\n", "duplicate", "parts[1].name", 2,
            "\"a\"", "own"},
        Bad{a_job("cores: four\n"), "bad-value", "cores", 3, "cores: \"four\" is not a whole number", "1 to 65536"},
        Bad{a_job("cores: 1.5\n"), "bad-value", "cores", 3, "\"1.5\"", "1 to 65536"},
        Bad{a_job("memory: 0\n"), "out-of-range", "memory", 3, "no memory", "512M"},
        Bad{a_job("memory: lots\n"), "bad-value", "memory", 3, "\"lots\"", "512M"},
        Bad{a_job("cards: -1\n"), "out-of-range", "cards", 3, "-1", "0 to 1024"},
        Bad{a_job("cards: {count: 0}\n"), "out-of-range", "cards.count", 3, "0", "1 to 1024"},
        Bad{a_job("cards: {kind: a100}\n"), "unknown-field", "cards.kind", 3, "in cards", "docs"},
        Bad{a_job("placement: tight\n"), "bad-value", "placement", 3, "\"tight\"", "any, pack or spread"},
        Bad{a_job("script: '#!/bin/sh'\n"), "not-allowed", "command", 2, "both script and command", "one of them"},
        Bad{"wall: 1m\nscript: echo hi\n", "bad-value", "script", 2, "does not begin with #!", "#!/bin/bash"},
        Bad{"wall: 1m\nscript: \"#!/bin/sh\\r\\ntrue\\r\\n\"\n", "bad-value", "script", 2, "Windows", "sed"},
        Bad{"wall: 1m\nscript: \"#!/bin/sh\\n\\0\"\n", "bad-value", "script", 2, "NUL", "remove"},
        Bad{"wall: 1m\nscript: '#!" + std::string(1 << 20, 'x') + "'\n", "too-large", "script", 2,
            "the most is 1048576", "file"},
        Bad{"wall: 1m\ncommand: ./run --fast\n", "bad-value", "command", 2, "command is \"./run --fast\"",
            "write a list"},
        Bad{"wall: 1m\ncommand: []\n", "bad-value", "command", 2, "command is empty", "write a list"},
        Bad{"wall: 1m\ncommand: ['']\n", "bad-value", "command", 2, "program is empty", "program"},
        Bad{"wall: 1m\ncommand: [a, [b]]\n", "bad-value", "command[1]", 2, "is a list", "one value"},
        Bad{"wall: 1m\ncommand: [" + std::string(4097 * 2, '1') + "," + std::string(131073, 'x') + "]\n", "too-large",
            "command[1]", 2, "131073 bytes", "file"},
        Bad{a_job("environment: [A]\n"), "bad-value", "environment", 3, "environment is a list", "{NAME: value}"},
        Bad{a_job("environment: {1A: x}\n"), "bad-value", "environment.1A", 3, "no name of a variable",
            "no digit first"},
        Bad{a_job("environment: {A-B: x}\n"), "bad-value", "environment.A-B", 3, "no name", "A-Z"},
        Bad{a_job("environment: {A: {}}\n"), "bad-value", "environment.A", 3, "is a map", "one value"},
        Bad{a_job("environment: {A: \"x\\0\"}\n"), "bad-value", "environment.A", 3, "NUL", "remove"},
        Bad{a_job("environment: {MINGYUE_TASK: 1}\n"), "not-allowed", "environment.MINGYUE_TASK", 3, "the centre's",
            "MINGYUE_"},
        Bad{a_job(variables(1001)), "too-large", "environment", 3, "1001 variables", "file"},
        Bad{a_job("workdir: data\n"), "bad-value", "workdir", 3, "\"data\" is no absolute path", "from /"},
        Bad{a_job("workdir: /data/../etc\n"), "bad-value", "workdir", 3, "without ..", "from /"},
        Bad{a_job("output: /etc/passwd\n"), "bad-value", "output", 3, "no file below workdir", "out-%j.txt"},
        Bad{a_job("output: a/../../b\n"), "bad-value", "output", 3, "no file below workdir", "without .."},
        Bad{a_job("output: ''\n"), "bad-value", "output", 3, "no file below", "out-%j.txt"},
        Bad{a_job("output: out-%N\n"), "bad-value", "output", 3, "unknown pattern %N", "%j job"},
        Bad{a_job("output: out-%\n"), "bad-value", "output", 3, "unknown pattern %", "%j job"},
        Bad{a_job("retry: 3\n"), "bad-value", "retry", 3, "should be a map", "field"},
        Bad{a_job("retry: {attempts: 0}\n"), "out-of-range", "retry.attempts", 3, "0", "1 to 100"},
        Bad{a_job("checkpoint: {grace: 1m}\n"), "missing-field", "checkpoint.signal", 3, "is missing", "USR1"},
        Bad{a_job("checkpoint: {signal: KILL}\n"), "bad-value", "checkpoint.signal", 3, "\"KILL\"", "USR1"},
        Bad{a_job("checkpoint: {signal: USR1, grace: 10m}\n"), "out-of-range", "checkpoint.grace", 3, "leaves nothing",
            "longer wall"},
        Bad{a_job("hang-after: soon\n"), "bad-value", "hang-after", 3, "\"soon\"", "1h30m"},
        Bad{a_job("deadline: tomorrow\n"), "bad-value", "deadline", 3, "\"tomorrow\"", "2026-12-01"},
        Bad{a_job("where: moon\n"), "bad-value", "where", 3, "\"moon\"", "here, allies or any"},
        Bad{a_job("comment: " + std::string(5000, 'x') + "\n"), "too-large", "comment", 3, "the most is 4096",
            "file"}));

TEST(JobDocument, AllRefusalsComeInTheOrderOfLines) {
  const auto job = read("coress: 4\nwall: soon\ntasks: 0\nscript: echo\n");
  ASSERT_FALSE(job);
  ASSERT_EQ(job.error().size(), 4U);
  EXPECT_EQ(job.error()[0].field, "coress");
  EXPECT_EQ(job.error()[1].field, "wall");
  EXPECT_EQ(job.error()[2].field, "tasks");
  EXPECT_EQ(job.error()[3].field, "script");
}

TEST(JobDocument, AMillionMistakesAreAHundredRefusals) {
  std::string yaml = "wall: 1m\ncommand: [a]\n";
  for (int i = 0; i < 20'000; ++i) yaml += fmt::format("field{}: 1\n", i);
  EXPECT_EQ(read(yaml).error().size(), 100U);
}

TEST(JobDocument, TheManualsExampleUsesNoUnknownField) {
  std::ifstream in(std::filesystem::path(MINGYUE_FORMAT_DOCS) / "job.md");
  std::stringstream text;
  text << in.rdbuf();
  const std::string manual = text.str();
  const auto from = manual.find("```yaml\n") + 8;
  ASSERT_GT(from, 8U);
  const auto job = read(manual.substr(from, manual.find("```", from) - from));
  // It shows script beside command and parts beside both, which no single job may; nothing else may be wrong with it.
  ASSERT_FALSE(job);
  for (const Refusal& refusal : job.error()) EXPECT_EQ(refusal.code, "not-allowed") << refusal.message;
}

TEST(ArrayRange, Reads) {
  EXPECT_EQ(parse_array("5")->indices, (std::vector<std::int32_t>{5}));
  EXPECT_EQ(parse_array("7,1,3")->indices, (std::vector<std::int32_t>{1, 3, 7}));
  EXPECT_EQ(parse_array("0-100:50")->indices, (std::vector<std::int32_t>{0, 50, 100}));
  EXPECT_EQ(parse_array("0-1,5-6%2"), (ArrayRange{{0, 1, 5, 6}, 2}));
  EXPECT_EQ(parse_array("0-99999")->indices.size(), 100'000U);
}

TEST(JobName, ComesFromTheFile) {
  EXPECT_EQ(job_name_of("/data/taylor sweep.v2.yaml"), "taylor-sweep.v2");
  EXPECT_EQ(job_name_of("run"), "run");
  EXPECT_EQ(job_name_of(".hidden"), "hidden");
  EXPECT_EQ(job_name_of(""), "job");
  EXPECT_EQ(job_name_of("-.-"), "job");
}

// ---- validate
// --------------------------------------------------------------------------------------------------------

/// Partition a: two nodes of 8 cores, 32 GiB. Partition b: one of 64 cores, 256 GiB, 8 a100. Partition c: no nodes.
Centre two_partitions() {
  const auto tree = formats::parse_yaml(R"(
name: test
machine: none
partitions: [{name: a, wall-max: 1d}, {name: b, wall-max: 7d}, c]
nodes:
  - {name: "n[1-2]", partition: a, cores: 8, memory: 32G, virtual: true}
  - {name: big, partition: b, cores: 64, memory: 256G, cards: {type: a100, count: 8}, virtual: true}
projects: [demo, other]
users: [{name: ada, projects: [demo]}, {name: root, role: operator}]
)");
  return read_centre(*tree, MachineFacts{})->centre;
}

JobSpec a_valid_job() {
  JobSpec job;
  job.name = "j";
  job.user = "ada";
  job.project = "demo";
  job.partition = "a";
  job.priority_class = "normal";
  job.wall = hours(1);
  job.parts.resize(1);
  job.parts[0].name = "main";
  job.parts[0].need.memory = Bytes(1 << 30);
  return job;
}

std::vector<Refusal> check(void (*change)(JobSpec&)) {
  JobSpec job = a_valid_job();
  change(job);
  return validate(job, two_partitions());
}

TEST(Validate, AJobThatFitsIsNotRefused) {
  EXPECT_TRUE(check([](JobSpec&) {}).empty());
  EXPECT_TRUE(check([](JobSpec& job) { job.parts[0].tasks = 16; }).empty());
  EXPECT_TRUE(check([](JobSpec& job) {
                job.user = "root";
                job.project = "other";
              }).empty());
}

struct Misfit {
  void (*change)(JobSpec&);
  const char* code;
  const char* field;
  const char* message;
  const char* hint;
};

class Misfits : public testing::TestWithParam<Misfit> {};

TEST_P(Misfits, SayWhatIsThereAndWhatToDo) {
  const auto refusals = check(GetParam().change);
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].code, GetParam().code);
  EXPECT_EQ(refusals[0].field, GetParam().field);
  EXPECT_EQ(refusals[0].message, GetParam().message);
  EXPECT_EQ(refusals[0].hint, GetParam().hint);
}

INSTANTIATE_TEST_SUITE_P(
    Centre, Misfits,
    testing::Values(
        Misfit{[](JobSpec& job) { job.partition = "aa"; }, "unknown-partition", "partition",
               "there is no partition \"aa\"", "did you mean \"a\"?"},
        Misfit{[](JobSpec& job) { job.priority_class = "hihg"; }, "unknown-class", "class",
               "there is no class \"hihg\"", "did you mean \"high\"?"},
        Misfit{[](JobSpec& job) { job.user = "bob"; }, "unknown-user", "user",
               "there is no user \"bob\" in this centre", "ask an operator to add you to the centre's file"},
        Misfit{[](JobSpec& job) { job.project = "dmeo"; }, "unknown-project", "project", "there is no project \"dmeo\"",
               "did you mean \"demo\"?"},
        Misfit{[](JobSpec& job) { job.project = "other"; }, "not-allowed", "project",
               "ada may not submit to the project \"other\"", "use demo"},
        Misfit{[](JobSpec& job) { job.wall = days(2); }, "wall-too-long", "wall",
               "job asks for 2d, partition \"a\" allows 1d", "use partition \"b\" or wall: 1d"},
        Misfit{[](JobSpec& job) { job.partition = "c"; }, "does-not-fit", "partition", "partition \"c\" has no nodes",
               "use partition \"a\" or ask an operator to add some"},
        Misfit{[](JobSpec& job) { job.parts[0].need.cores = CoreCount(12); }, "does-not-fit", "cores",
               "job needs 12 cores per task, the largest node of partition \"a\" has 8",
               "use partition \"b\" or cores: 8"},
        Misfit{[](JobSpec& job) { job.parts[0].need.cores = CoreCount(100); }, "does-not-fit", "cores",
               "job needs 100 cores per task, the largest node of partition \"a\" has 8", "cores: 8"},
        Misfit{[](JobSpec& job) { job.parts[0].need.memory = Bytes(64LL << 30); }, "does-not-fit", "memory",
               "job needs 64G of memory per task, the largest node of partition \"a\" has 32G",
               "use partition \"b\" or memory: 32768M"},
        Misfit{
            [](JobSpec& job) { job.parts[0].need.memory = Bytes((32LL << 30) + 1); }, "does-not-fit", "memory",
            "job needs 34359738369 bytes of memory per task, the largest node of partition \"a\" has 34359738368 bytes",
            "use partition \"b\" or memory: 32768M"},
        Misfit{[](JobSpec& job) { job.parts[0].need.cards = CardCount(1); }, "does-not-fit", "cards",
               "job needs 1 cards per task, partition \"a\" has none", "use partition \"b\" or leave cards out"},
        Misfit{[](JobSpec& job) {
                 job.partition = "b";
                 job.parts[0].need.cards = CardCount(9);
                 job.parts[0].need.card_type = "a100";
               },
               "does-not-fit", "cards",
               "job needs 9 cards of type a100 per task, the node of partition \"b\" with most has 8", "cards: 8"},
        Misfit{[](JobSpec& job) {
                 job.parts[0].need.cards = CardCount(1);
                 job.parts[0].need.card_type = "a10";
               },
               "unknown-card-type", "cards.type", "there is no card type \"a10\"", "did you mean \"a100\"?"},
        Misfit{[](JobSpec& job) { job.parts[0].tasks = 17; }, "does-not-fit", "tasks",
               "job needs 17 tasks at once, partition \"a\" has room for 16", "use partition \"b\" or tasks: 16"},
        Misfit{[](JobSpec& job) {
                 job.parts[0].tasks = 3;
                 job.parts[0].placement = Placement::spread;
               },
               "does-not-fit", "tasks", "job needs 3 tasks at once, one a node, partition \"a\" has room for 2",
               "tasks: 2"},
        Misfit{[](JobSpec& job) {
                 job.parts.push_back(job.parts[0]);
                 job.parts[1].name = "two";
                 for (Part& part : job.parts) part.tasks = 9;
               },
               "does-not-fit", "parts", "the parts need 18 cores together, partition \"a\" has 16",
               "ask for fewer or smaller tasks"}));

TEST(Validate, EachAloneButNotTogetherIsSaidSo) {
  Centre centre = two_partitions();
  centre.nodes[0].cores = CoreCount(16);
  centre.nodes[1].memory = Bytes(64LL << 30);
  JobSpec job = a_valid_job();
  job.parts[0].need.cores = CoreCount(16);
  job.parts[0].need.memory = Bytes(64LL << 30);
  const auto refusals = validate(job, centre);
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].message,
            "job needs 16 cores, 64G on one node; partition \"a\" has each of them, but on no node all together");
}

TEST(Validate, TheDefaultsOfACentreAreValidInIt) {
  const Centre centre = two_partitions();
  const JobDefaults defaults = defaults_of(centre, "ada");
  EXPECT_EQ(defaults.project, "demo");
  EXPECT_EQ(defaults.partition, "a");
  EXPECT_EQ(defaults.priority_class, "normal");
  const auto tree = formats::parse_yaml("wall: 1m\ncommand: [a]\n");
  EXPECT_TRUE(validate(*read_job(*tree, defaults), centre).empty());
}

}  // namespace
}  // namespace mingyue::model
