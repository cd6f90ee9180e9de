#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

/// `mingyue trace` and `mingyue twin` on traces: the whole program on real files in a folder of its own.
namespace {

namespace fs = std::filesystem;

struct Ran {
  std::string text;  ///< both streams
  int code = 0;
};

class TraceVerbs : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "mingyue-traces-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] Ran trace(const std::string& arguments, const std::string& before = "LC_ALL=C") const {
    return mingyue("trace " + arguments, before);
  }
  [[nodiscard]] Ran twin(const std::string& arguments) const { return mingyue("twin " + arguments, "LC_ALL=C"); }
  [[nodiscard]] Ran mingyue(const std::string& arguments, const std::string& before) const {
    const std::string line =
        "cd " + folder_.string() + " && { " + before + " " MINGYUE_PROGRAM " " + arguments + "; } 2>&1";
    Ran ran;
    std::FILE* pipe = ::popen(line.c_str(), "r");
    std::array<char, 4096> buffer;
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) ran.text.append(buffer.data(), n);
    ran.code = WEXITSTATUS(::pclose(pipe));
    return ran;
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] bool there(const std::string& name) const { return fs::exists(folder_ / name); }

 private:
  fs::path folder_;
};

constexpr const char* a_log =
    "; MaxProcs: 8\n"
    "1 0 -1 60 4 -1 -1 4 3600 -1 1 7 3 -1 1 -1 -1 -1\n"
    "2 10 -1 0 4 -1 -1 4 3600 -1 1 7 3 -1 1 -1 -1 -1\n"
    "3 90 -1 30 8 -1 -1 8 3600 -1 5 7 3 -1 1 -1 -1 -1\n";

TEST_F(TraceVerbs, ImportALogAndShowIt) {
  write("log.swf", a_log);
  const Ran imported = trace("import log.swf -o log.csv.gz");
  EXPECT_EQ(imported.code, 0);
  EXPECT_EQ(imported.text,
            "log.csv.gz is written\n"
            "2 jobs submitted over 1m30s: a log in the Standard Workload Format\n"
            "offered load 0.6667 of 8 cores: 0 core-hours\n"
            "offered load as recorded, before the rules of the form: 0.6667\n"
            "dropped, no run time: 1\n");
  const Ran shown = trace("show log.csv.gz");
  EXPECT_EQ(shown.code, 0);
  EXPECT_NE(shown.text.find("    4     1       50.0     50.0       50.0     50.0\n"), std::string::npos) << shown.text;
  EXPECT_NE(shown.text.find("cancelled     1       50.0       50.0\n"), std::string::npos) << shown.text;
  const Ran json = trace("show log.csv.gz --json");
  EXPECT_NE(json.text.find("\"offered_load\": 0.6666666666666666"), std::string::npos) << json.text;
  EXPECT_NE(trace("show log.csv.gz", "LC_ALL=zh_CN.UTF-8").text.find("已取消"), std::string::npos);
}

TEST_F(TraceVerbs, RefuseBadRowsOrSkipThem) {
  write("bad.swf", std::string(a_log) + "4 100 -1 ten 8 -1 -1 8 3600 -1 5 7 3 -1 1 -1 -1 -1\n");
  const Ran refused = trace("import bad.swf -o out.csv");
  EXPECT_EQ(refused.code, 3);
  EXPECT_EQ(refused.text,
            "bad.swf:5: run time: column 10: \"ten\" cannot be read\n"
            "  hint: --skip leaves out what is bad, and counts it\n");
  EXPECT_FALSE(there("out.csv") || there("out.csv.part")) << "nothing is left of what was refused";
  const Ran skipped = trace("import bad.swf --skip -o out.csv");
  EXPECT_EQ(skipped.code, 0);
  EXPECT_NE(skipped.text.find("skipped, no number: 1\n"), std::string::npos) << skipped.text;
  EXPECT_TRUE(there("out.csv"));
}

TEST_F(TraceVerbs, GenerateTheSameBytesForTheSameSeed) {
  const std::string small = " --cards 2000 --days 2 -o ";
  for (const char* kind : {"venus-mix", "llm-mix", "giant-mix", "fitted"}) {
    EXPECT_EQ(trace(kind + std::string(" ")).code, 2) << "import, generate or show";
    const std::string verb = "generate " + std::string(kind) + small;
    ASSERT_EQ(trace(verb + "one.csv").code, 0);
    ASSERT_EQ(trace(verb + "two.csv").code, 0);
    ASSERT_EQ(trace(verb + "three.csv --seed 0x2").code, 0);
    EXPECT_EQ(read("one.csv"), read("two.csv")) << kind;
    EXPECT_NE(read("one.csv"), read("three.csv")) << kind;
    EXPECT_NE(trace("show one.csv").text.find("offered load 0.95"), std::string::npos) << kind;
  }
  EXPECT_NE(trace("generate venus-mix" + small + "x.csv").text.find("published figures of Helios"), std::string::npos)
      << "says that it follows no recorded trace";
}

TEST_F(TraceVerbs, SuperposeARecordedTrace) {
  write("jobs.csv", "job_id,arrival_s,service_sec,gpu_count\n1,0,3600,8\n2,1800,600,1\n3,7200,60,4\n");
  const Ran made = trace("generate venus-mix --from jobs.csv --cards 64 --days 30 --load 0.5 -o month.csv.gz");
  EXPECT_EQ(made.code, 0) << made.text;
  EXPECT_NE(made.text.find("superposed"), std::string::npos);
  EXPECT_NE(made.text.find("offered load 0.50"), std::string::npos) << made.text;
}

TEST_F(TraceVerbs, WriteToStandardOutputForPipes) {
  const Ran piped = trace("generate fitted --cards 100 --days 1 -o - 2>/dev/null | " MINGYUE_PROGRAM " trace show -");
  EXPECT_EQ(piped.code, 0) << piped.text;
  EXPECT_NE(piped.text.find("Seren"), std::string::npos) << piped.text;
  EXPECT_EQ(trace("generate fitted --cards 2000 --days 9 -o - 2>&1 | head -1").text, "# mingyue-trace 1\n");
}

TEST_F(TraceVerbs, SayWhatIsWrong) {
  EXPECT_EQ(trace("show nothing.csv").code, 4);
  EXPECT_EQ(trace("generate venus-mix --load much -o x").code, 2);
  EXPECT_EQ(trace("generate venus-mix --seed -1 -o x").code, 2);
  EXPECT_EQ(trace("generate llm-mix --cards 100 -o x").code, 3);
  EXPECT_EQ(trace("generate fitted -o /nonexistent/x").code, 4);
  write("empty.swf", "; MaxProcs: 8\n");
  EXPECT_EQ(trace("import empty.swf -o x").code, 3) << "no job, no trace";
  write("list.swf", a_log);
  EXPECT_EQ(trace("import list.swf --cards 8 --processors 8 -o x").code, 2);
  EXPECT_EQ(trace("show list.swf --format common").code, 3);
  EXPECT_FALSE(there("x"));
}

// The twin on a trace.

TEST_F(TraceVerbs, RunOnTheExampleCentreWithTheExampleFaults) {
  ASSERT_EQ(trace("generate llm-mix --cards 10000 --days 2 -o llm.csv.gz").code, 0);
  const Ran ran =
      twin("run --trace llm.csv.gz --centre " MINGYUE_EXAMPLES "/chaohu.yaml --faults " MINGYUE_EXAMPLES
           "/faults/llama3.yaml," MINGYUE_EXAMPLES "/faults/good-centre.yaml --checkpoint auto --report out");
  EXPECT_EQ(ran.code, 0) << ran.text;
  EXPECT_NE(ran.text.find("effective training time"), std::string::npos) << ran.text;
  EXPECT_TRUE(there("out/report.html") && there("out/keep_alive.csv"));
  EXPECT_NE(read("out/report.json").find("\"faults\":\"llama-3 + good-centre\""), std::string::npos);
  EXPECT_NE(read("out/totals.csv").find("ai,virtual-64g,10000,"), std::string::npos) << read("out/totals.csv");
  EXPECT_NE(read("out/totals.csv").find("cpu,cores,35840,"), std::string::npos) << read("out/totals.csv");
}

TEST_F(TraceVerbs, RunOnEachCentreOfTheExampleAlliance) {
  write("day.swf",
        "; MaxProcs: 128\n1 0 -1 3600 64 -1 -1 64 7200 -1 1 1 1 1 1 1 -1 -1\n"
        "2 60 -1 600 128 -1 -1 128 900 -1 1 2 1 1 1 1 -1 -1\n");
  for (const char* name : {"archive", "campus", "forge", "lake", "tunnel"}) {
    const Ran ran = twin("run --trace day.swf --report " + std::string(name) +
                         " --centre " MINGYUE_EXAMPLES "/alliance/" + name + ".yaml");
    EXPECT_EQ(ran.code, 0) << name << ": " << ran.text;
    EXPECT_TRUE(std::regex_search(ran.text, std::regex("jobs ended +2\n"))) << name << ": " << ran.text;
  }
}

TEST_F(TraceVerbs, CompareWritesTheSameBytesWithAnyNumberOfThreads) {
  ASSERT_EQ(trace("generate venus-mix --cards 200 --days 3 -o small.csv").code, 0);
  const std::string compare = "compare --trace small.csv --policy fcfs,easy,aged --faults 50 --checkpoint 30m";
  const Ran one = twin(compare + " --report one");
  const Ran two = twin(compare + " --report two --threads 3");
  EXPECT_EQ(one.code, 0) << one.text;
  EXPECT_EQ(two.code, 0) << two.text;
  for (const char* file : {"compare.html", "compare.csv", "fcfs.json", "easy.json", "aged.json"}) {
    ASSERT_TRUE(there(std::string("one/") + file)) << file;
    EXPECT_EQ(read(std::string("one/") + file), read(std::string("two/") + file)) << file;
  }
  EXPECT_NE(read("one/fcfs.json"), read("one/aged.json"));
}

TEST_F(TraceVerbs, RefuseFaultsWithLineColumnAndReason) {
  write("jobs.csv", "job_id,arrival_s,service_sec,gpu_count\n1,0,3600,8\n");
  write("faults.yaml", "categories:\n  - {name: a, per-1000-node-days: -1, takes: job}\n");
  const Ran refused = twin("run --trace jobs.csv --nodes 1 --cards 8 --cores 8 --faults faults.yaml");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.text.substr(0, refused.text.find('\n')),
            "faults.yaml:2: categories[0].per-1000-node-days: line 2, column 15: categories[0].per-1000-node-days is "
            "\"-1\", below nothing");
  EXPECT_EQ(twin("run --trace jobs.csv --nodes 1 --cards 8 --faults -1").code, 2);
  EXPECT_EQ(twin("run --trace jobs.csv --nodes 1 --cards 8 --checkpoint often").code, 2);
  EXPECT_EQ(twin("run --trace jobs.csv --nodes 1 --cards 8 --checkpoint auto --checkpoint-write 0").code, 2);
}

TEST_F(TraceVerbs, ReadTheLogsOfTheParallelWorkloadsArchive) {
  const char* set = std::getenv("MINGYUE_TRACES");
  const std::string log = (set != nullptr ? std::string(set) : MINGYUE_TRACES) + "/swf/KTH-SP2-1996-2.1-cln.swf.gz";
  if (!fs::exists(log)) GTEST_SKIP() << "no recorded traces at " << log;
  const Ran ran = trace("show " + log);
  EXPECT_NE(ran.text.find("27992 jobs submitted over 332d21h"), std::string::npos) << ran.text;
  EXPECT_NE(ran.text.find("before the rules of the form: 0.6859"), std::string::npos) << ran.text;
}

}  // namespace
