#include "formats/sbatch.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mingyue::formats {
namespace {

model::JobDefaults some_defaults() {
  model::JobDefaults defaults;
  defaults.user = "ada";
  defaults.project = "demo";
  defaults.partition = "main";
  return defaults;
}

/// A script of these directive lines, with a time limit unless they have one.
std::string a_script(const std::string& lines) {
  const bool timed = lines.find("--time") != std::string::npos || lines.find(" -t") != std::string::npos;
  return "#!/bin/bash\n" + std::string(timed ? "" : "#SBATCH -t 10\n") + lines + "\nmpirun ./run\n";
}

Expected<Script, std::vector<Refusal>> read(const std::string& lines) {
  return read_script(a_script(lines), "job.sh", some_defaults());
}

model::JobSpec job(const std::string& lines) {
  auto script = read(lines);
  EXPECT_TRUE(script) << lines << ": " << (script ? "" : script.error()[0].message);
  return script ? script->job : model::JobSpec{};
}

std::map<std::string, std::string> environment(const std::string& lines) {
  const model::Environment list = job(lines).parts.at(0).environment;
  return {list.begin(), list.end()};
}

TEST(Sbatch, AUsualScriptIsOneTaskWithAllItsCores) {
  const std::string text = R"(#!/bin/bash
#SBATCH --job-name=relax
#SBATCH --ntasks=4
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=500M   # each
#SBATCH --time=01:30:00
#SBATCH --partition=main
#SBATCH --account=physics
#SBATCH --qos=high

module load qe
#SBATCH --ntasks=99
mpirun pw.x
)";
  const auto script = read_script(text, "/home/ada/relax.sh", some_defaults());
  ASSERT_TRUE(script) << script.error()[0].message;
  const model::JobSpec& spec = script->job;
  EXPECT_EQ(spec.name, "relax");
  EXPECT_EQ(spec.project, "physics");
  EXPECT_EQ(spec.priority_class, "high");
  EXPECT_EQ(spec.wall, minutes(90));
  EXPECT_EQ(spec.output, "slurm-%j.out");
  ASSERT_EQ(spec.parts.size(), 1U);
  EXPECT_EQ(spec.parts[0].tasks, 1);
  EXPECT_EQ(spec.parts[0].need.cores, CoreCount(8));
  EXPECT_EQ(spec.parts[0].need.memory, Bytes(8LL * 500 << 20));
  EXPECT_EQ(spec.parts[0].script, text);
  EXPECT_EQ(spec.parts[0].environment, (model::Environment{{"OMP_NUM_THREADS", "2"},
                                                           {"SLURM_CPUS_PER_TASK", "2"},
                                                           {"SLURM_NPROCS", "4"},
                                                           {"SLURM_NTASKS", "4"},
                                                           {"SLURM_NTASKS_PER_NODE", "4"},
                                                           {"SLURM_TASKS_PER_NODE", "4"}}));
  EXPECT_TRUE(script->notes.empty());
}

TEST(Sbatch, WithoutDirectivesTheDefaultsHold) {
  model::JobDefaults defaults = some_defaults();
  defaults.wall = hours(1);
  const auto script = read_script("#!/bin/sh\necho\n", "dir/hello.sh", defaults);
  ASSERT_TRUE(script);
  EXPECT_EQ(script->job.name, "hello");
  EXPECT_EQ(script->job.wall, hours(1));
  EXPECT_EQ(script->job.parts[0].need.cores, CoreCount(1));
  EXPECT_TRUE(script->job.parts[0].environment.empty());
}

TEST(Sbatch, ShortAndLongFormsAreTheSame) {
  EXPECT_EQ(job("#SBATCH -n 4 -c2 -J a -p main -A x -q high -H").parts[0].need.cores, CoreCount(8));
  EXPECT_EQ(job("#SBATCH --ntasks 4 --cpus-per-task 2").parts[0].need.cores, CoreCount(8));
  EXPECT_TRUE(job("#SBATCH --hold").hold);
  EXPECT_EQ(job("#SBATCH --comment=\"two words\"").comment, "two words");
  EXPECT_EQ(job("#SBATCH --reservation=course").reservation, "course");
  EXPECT_EQ(job("#SBATCH -J one\n#SBATCH --job-name=two").name, "two");
}

TEST(Sbatch, NodesAreFoldedIntoOne) {
  EXPECT_EQ(job("#SBATCH -N 2 --ntasks-per-node=4").parts[0].need.cores, CoreCount(8));
  EXPECT_EQ(job("#SBATCH -N 2 --ntasks-per-node=4 --mem=2G").parts[0].need.memory, Bytes(4LL << 30));
  EXPECT_EQ(job("#SBATCH -N 2-2").parts[0].need.cores, CoreCount(2));
  EXPECT_EQ(job("#SBATCH -N 2 -n 6 -c 2").parts[0].need.cores, CoreCount(12));
  EXPECT_EQ(environment("#SBATCH -N 2 --ntasks-per-node=4")["SLURM_NTASKS"], "8");
}

TEST(Sbatch, MemoryIsInMebibytesUnlessItSays) {
  EXPECT_EQ(job("#SBATCH --mem=500").parts[0].need.memory, Bytes(500LL << 20));
  EXPECT_EQ(job("#SBATCH --mem=4G").parts[0].need.memory, Bytes(4LL << 30));
}

TEST(Sbatch, CardsInEverySpelling) {
  const auto need = [](const std::string& lines) { return job(lines).parts[0].need; };
  EXPECT_EQ(need("#SBATCH --gres=gpu").cards, CardCount(1));
  EXPECT_EQ(need("#SBATCH --gres=gpu:2").cards, CardCount(2));
  EXPECT_EQ(need("#SBATCH --gres=gpu:a100:2").card_type, "a100");
  EXPECT_EQ(need("#SBATCH --gres=gpu:2 -N 2").cards, CardCount(4));
  EXPECT_EQ(need("#SBATCH --gpus=3").cards, CardCount(3));
  EXPECT_EQ(need("#SBATCH -G a100:3").card_type, "a100");
  EXPECT_EQ(need("#SBATCH --gpus-per-task=2 -n 3").cards, CardCount(6));
  EXPECT_EQ(need("#SBATCH --gpus-per-node=2 -N 2").cards, CardCount(4));
  EXPECT_EQ(need("#SBATCH --gres=none").cards, CardCount(0));
}

TEST(Sbatch, DependenciesArraysAndSignals) {
  const model::JobSpec spec =
      job("#SBATCH --dependency=afterok:1:2,afterany:3,after:4 --array=0-9%2 --signal=B:USR1@90");
  EXPECT_EQ(spec.dependencies.size(), 4U);
  EXPECT_EQ(spec.dependencies[0], (model::Dependency{model::DependencyKind::after, model::JobId(4)}));
  EXPECT_EQ(spec.indices.size(), 10U);
  EXPECT_EQ(spec.array_at_once, 2);
  EXPECT_EQ(spec.output, "slurm-%A_%a.out");
  EXPECT_EQ(spec.checkpoint, (model::CheckpointContract{10, seconds(90)}));
  EXPECT_EQ(job("#SBATCH --signal=12").checkpoint, (model::CheckpointContract{12, seconds(60)}));
}

TEST(Sbatch, OutputAndWorkdir) {
  EXPECT_EQ(job("#SBATCH -D /data -o /data/logs/%x-%j.out").output, "logs/%x-%j.out");
  EXPECT_EQ(job("#SBATCH -D /data").workdir, "/data");
  EXPECT_EQ(job("#SBATCH -o /dev/null").output, "");
}

TEST(Sbatch, RequeueIsARetry) {
  EXPECT_EQ(job("#SBATCH --no-requeue").retry.attempts, 1);
  EXPECT_EQ(job("#SBATCH --requeue").retry.attempts, 3);
}

TEST(Sbatch, AProgramThatSaysItFailedIsNotRunAgain) {
  EXPECT_FALSE(job("").retry.on_exit);
  EXPECT_FALSE(job("#SBATCH --requeue").retry.on_exit);
  EXPECT_TRUE(job("#MINGYUE retry: {on-exit: true}").retry.on_exit);
  EXPECT_TRUE(read_script("#!/bin/sh\n#MINGYUE wall: 1m\n", "a.sh", some_defaults())->job.retry.on_exit);
}

TEST(Sbatch, ExportNamesVariables) {
  auto of = environment("#SBATCH --export=NONE,A=1,B=x");
  EXPECT_EQ(of["A"], "1");
  EXPECT_EQ(of["B"], "x");
  EXPECT_EQ(environment("#SBATCH --export=OMP_NUM_THREADS=1 -n 2 -c 4")["OMP_NUM_THREADS"], "1");
}

TEST(Sbatch, OurOwnLinesSayWhatSlurmCannot) {
  const model::JobSpec spec =
      job("#MINGYUE kind: ai\n#MINGYUE checkpoint:\n#MINGYUE   signal: USR2\n#MINGYUE   grace: 5s\n#MINGYUE "
          "environment: {A: 1}\n#SBATCH -n 2\n#MINGYUE wall: 3h");
  EXPECT_EQ(spec.kind, model::WorkKind::ai);
  EXPECT_EQ(spec.checkpoint, (model::CheckpointContract{12, seconds(5)}));
  EXPECT_EQ(spec.wall, hours(3));
  EXPECT_EQ(environment("#MINGYUE environment: {A: 1}\n#SBATCH -n 2")["SLURM_NTASKS"], "2");
  EXPECT_EQ(environment("#MINGYUE environment: {A: 1}\n#SBATCH -n 2")["A"], "1");
}

TEST(Sbatch, WhatOnlyLooksLikeADirectiveIsAComment) {
  EXPECT_EQ(job("##SBATCH -n 4\n# SBATCH -n 4\n#SBATCHX -n 4\n #SBATCH -n 4").parts[0].need.cores, CoreCount(1));
}

TEST(Sbatch, WhatHasNoEffectIsNamed) {
  const auto script = read("#SBATCH --mail-type=ALL --exclusive -e err.txt --export=ALL\n#SBATCH -J 'my job'");
  ASSERT_TRUE(script);
  ASSERT_EQ(script->notes.size(), 5U);
  for (const Refusal& note : script->notes) EXPECT_EQ(note.code, "no-effect");
  EXPECT_EQ(script->notes[0].field, "--mail-type");
  EXPECT_EQ(script->notes[0].line, 3);
  EXPECT_EQ(script->notes[4].message, "the job is named my-job");
}

TEST(Sbatch, UnknownDirectivesAreNamedNeverDropped) {
  const std::string lines = "#SBATCH --constraint=fast -w n1\n#SBATCH --ntask=3";
  const auto refused = read(lines);
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().size(), 3U);
  EXPECT_EQ(refused.error()[0],
            (Refusal{"unknown-directive", "--constraint", "the directive --constraint is not known here",
                     "remove it, or say the same in a #MINGYUE line; docs/formats/sbatch.md lists what is known", 3}));
  EXPECT_EQ(refused.error()[1].field, "-w");
  EXPECT_EQ(refused.error()[2].hint, "did you mean --ntasks?");
  const auto named = read_script(a_script(lines), "job.sh", some_defaults(), UnknownDirectives::Name);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->not_understood, refused.error());
}

struct Bad {
  const char* lines;
  const char* code;
  const char* field;
  int line;
  const char* message;
  const char* hint;
};

class BadScript : public testing::TestWithParam<Bad> {};

TEST_P(BadScript, IsRefusedByDirectiveAndLine) {
  const Bad& bad = GetParam();
  const auto script = read(bad.lines);
  ASSERT_FALSE(script) << bad.lines;
  ASSERT_EQ(script.error().size(), 1U) << script.error()[0].message << " and " << script.error()[1].message;
  const Refusal& refusal = script.error()[0];
  EXPECT_EQ(refusal.code, bad.code) << refusal.message;
  EXPECT_EQ(refusal.field, bad.field) << refusal.message;
  EXPECT_EQ(refusal.line, bad.line) << refusal.message;
  EXPECT_NE(refusal.message.find(bad.message), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.hint.find(bad.hint), std::string::npos) << refusal.hint;
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, BadScript,
    testing::Values(Bad{"#SBATCH --time=UNLIMITED", "bad-value", "--time", 2, "\"UNLIMITED\" is no time", "D-H:M:S"},
                    Bad{"#SBATCH -t 0", "bad-value", "-t", 2, "no time", "a limit is needed"},
                    Bad{"#SBATCH -n x", "bad-value", "-n", 3, "-n=x: this is no count", "from 1"},
                    Bad{"#SBATCH -N 4-2", "bad-value", "-N", 3, "no count of nodes", "one number"},
                    Bad{"#SBATCH --ntasks", "bad-value", "--ntasks", 3, "has no value", "--ntasks=VALUE"},
                    Bad{"#SBATCH ntasks=4", "bad-value", "", 3, "cannot be read", "--ntasks=4"},
                    Bad{"#SBATCH --comment=\"open", "bad-value", "", 3, "cannot be read", "close quotes"},
                    Bad{"#SBATCH -n 1000 -c 100", "out-of-range", "cores", 3, "100000 cores", "`tasks`"},
                    Bad{"#SBATCH --mem=0", "bad-value", "--mem", 3, "all memory of a node", "4G"},
                    Bad{"#SBATCH --mem=lots", "bad-value", "--mem", 3, "no amount of memory", "4G"},
                    Bad{"#SBATCH --mem=1G --mem-per-cpu=1G", "bad-value", "--mem-per-cpu", 3, "both", "one of them"},
                    Bad{"#SBATCH --mem=1024P -N 2", "bad-value", "--mem", 3, "exbibyte", "less"},
                    Bad{"#SBATCH --gres=fpga:1", "bad-value", "--gres", 3, "kind gpu", "gpu:1"},
                    Bad{"#SBATCH --gres=gpu:a100", "bad-value", "--gres", 3, "count of cards is missing", "gpu:a100:1"},
                    Bad{"#SBATCH --gpus=two", "bad-value", "--gpus", 3, "no count of cards", "TYPE:number"},
                    Bad{"#SBATCH --gpus=1 --gpus-per-task=1", "bad-value", "--gpus-per-task", 3,
                        "asks for cards already", "one of them"},
                    Bad{"#SBATCH --gpus-per-task=8 -n 1000", "out-of-range", "cards", 3, "8000 cards", "`tasks`"},
                    Bad{"#SBATCH --array=9-1", "bad-value", "array", 3, "\"9-1\"", "0-9"},
                    Bad{"#SBATCH -d singleton", "bad-value", "-d", 3, "singleton is not offered", "afterok:JOB"},
                    Bad{"#SBATCH -d afternotok:1", "bad-value", "-d", 3, "not offered", "afterok:JOB"},
                    Bad{"#SBATCH -d afterok:1?afterok:2", "bad-value", "-d", 3, "alternatives", "commas"},
                    Bad{"#SBATCH -d afterok:1_3", "bad-value", "-d", 3, "more than a job's number", "all its elements"},
                    Bad{"#SBATCH -d afterok:", "bad-value", "after-ok", 3, "no job's number", "[12, 13]"},
                    Bad{"#SBATCH -p a,b", "bad-value", "-p", 3, "one partition", "one of them"},
                    Bad{"#SBATCH -o /var/log/x", "bad-value", "output", 3, "no file below workdir", "relative"},
                    Bad{"#SBATCH -o out-%N", "bad-value", "output", 3, "%N", "%j"},
                    Bad{"#SBATCH -D here", "bad-value", "workdir", 3, "absolute", "from /"},
                    Bad{"#SBATCH --signal=KILL", "bad-value", "checkpoint.signal", 3, "\"KILL\"", "USR1"},
                    Bad{"#SBATCH --signal=USR1@soon", "bad-value", "--signal", 3, "count of seconds", "USR1@60"},
                    Bad{"#SBATCH --export=HOME", "bad-value", "--export", 3, "HOME is not in the script", "HOME=value"},
                    Bad{"#SBATCH --begin=now+1hour", "not-allowed", "--begin", 3, "fixed time", "--hold"},
                    Bad{"#SBATCH hetjob", "not-allowed", "hetjob", 3, "one script", "parts"},
                    Bad{"#MINGYUE knid: ai", "unknown-field", "knid", 3, "\"knid\"", "\"kind\""},
                    Bad{"#MINGYUE kind ai", "bad-document", "", 3, "no fields", "field: value"},
                    Bad{"#MINGYUE script: x", "not-allowed", "script", 3, "this file", "remove"},
                    Bad{"#MINGYUE a: [", "bad-document", "", 4, "in the #MINGYUE lines", "check"},
                    Bad{"#MINGYUE command: [a]", "not-allowed", "command", 3, "both script and command",
                        "one of them"}));

TEST(Sbatch, AScriptNeedsALimitAShellAndUtf8) {
  const auto untimed = read_script("#!/bin/sh\ntrue\n", "a.sh", some_defaults());
  ASSERT_FALSE(untimed);
  EXPECT_EQ(untimed.error()[0].hint, "add a line like #SBATCH --time=1:00:00");
  EXPECT_EQ(read_script("#SBATCH -t 1\ntrue\n", "a.sh", some_defaults()).error()[0].message,
            "the script does not begin with #!");
  EXPECT_EQ(read_script("#!/bin/sh\r\n#SBATCH -t 1\r\n", "a.sh", some_defaults()).error()[0].message,
            "the script's lines end as on Windows (CR LF)");
  const auto gbk = read_script("#!/bin/sh\n#SBATCH -t 1\n# \xd6\xd0\n", "a.sh", some_defaults());
  EXPECT_EQ(gbk.error()[0].line, 3);
  EXPECT_EQ(gbk.error()[0].hint, "convert it: iconv -f GB18030 -t UTF-8");
  EXPECT_EQ(read_script("#!" + std::string(2 << 20, 'x'), "a.sh", some_defaults()).error()[0].code, "too-large");
}

TEST(SlurmTime, HasSixForms) {
  EXPECT_EQ(parse_slurm_time("90"), minutes(90));
  EXPECT_EQ(parse_slurm_time("90:30"), minutes(90) + seconds(30));
  EXPECT_EQ(parse_slurm_time("1:30:05"), hours(1) + minutes(30) + seconds(5));
  EXPECT_EQ(parse_slurm_time("2-12"), days(2) + hours(12));
  EXPECT_EQ(parse_slurm_time("2-12:30"), days(2) + hours(12) + minutes(30));
  EXPECT_EQ(parse_slurm_time("2-12:30:10"), days(2) + hours(12) + minutes(30) + seconds(10));
  for (const char* text : {"", "0", "x", "1:2:3:4", "1-", "-1", "1::2", "99999999999", "4000-0", "100000000:0:0"}) {
    EXPECT_FALSE(parse_slurm_time(text)) << text;
  }
}

}  // namespace
}  // namespace mingyue::formats
