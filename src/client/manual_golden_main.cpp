#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

/// The whole program as people meet it: every page of --help against tests/golden/cli, in both languages, and how wrong
/// usage ends. MINGYUE_RENEW=1 writes the pages anew; review them like code.
namespace {

struct Ran {
  std::string text;  ///< both streams
  int code = 0;
};

Ran mingyue(const std::string& arguments, const std::string& before = "LC_ALL=C") {
  const std::string line = before + " " MINGYUE_PROGRAM " " + arguments + " 2>&1";
  Ran ran;
  std::FILE* pipe = ::popen(line.c_str(), "r");
  std::array<char, 4096> buffer;
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) ran.text.append(buffer.data(), n);
  ran.code = WEXITSTATUS(::pclose(pipe));
  return ran;
}

void expect_page(const std::string& verb, const std::string& language) {
  const Ran ran = mingyue(verb + " --help", language == "zh" ? "LC_ALL=zh_CN.UTF-8" : "LC_ALL=C");
  EXPECT_EQ(ran.code, 0) << verb;
  std::string name = verb.empty() ? "mingyue" : verb;
  std::ranges::replace(name, ' ', '-');
  const std::filesystem::path file = std::filesystem::path(MINGYUE_GOLDEN) / (name + "." + language + ".txt");
  if (std::getenv("MINGYUE_RENEW") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << ran.text;
    return;
  }
  std::ifstream in(file);
  const std::string expected(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(ran.text, expected) << "MINGYUE_RENEW=1 renews " << file;
}

constexpr std::array verbs{"",
                           "serve",
                           "submit",
                           "run",
                           "jobs",
                           "job",
                           "whatif",
                           "forecast",
                           "why",
                           "wait",
                           "logs",
                           "cancel",
                           "hold",
                           "release",
                           "status",
                           "nodes",
                           "node",
                           "node show",
                           "node drain",
                           "node resume",
                           "engines",
                           "engine",
                           "engine show",
                           "qpus",
                           "qpu",
                           "qpu show",
                           "qpu drain",
                           "qpu resume",
                           "result",
                           "circuit",
                           "circuit run",
                           "reserve",
                           "reservations",
                           "reservation",
                           "reservation end",
                           "projects",
                           "project",
                           "project set",
                           "project grant",
                           "users",
                           "user",
                           "user set",
                           "tokens",
                           "token",
                           "token issue",
                           "token revoke",
                           "incidents",
                           "incident",
                           "incident close",
                           "ledger",
                           "events",
                           "log",
                           "log verify",
                           "log cut",
                           "recipes",
                           "recipes show",
                           "recipes run",
                           "twin",
                           "twin replay",
                           "twin run",
                           "twin compare",
                           "twin seeds",
                           "twin scenario",
                           "trace",
                           "trace import",
                           "trace generate",
                           "trace show",
                           "completion",
                           "version"};

TEST(Help, IsAsItWasReviewed) {
  for (const char* verb : verbs) {
    expect_page(verb, "en");
    expect_page(verb, "zh");
  }
}

TEST(Help, NamesNoVerbThatIsNotTestedHere) {
  const std::string page = mingyue("--help").text;
  std::size_t at = page.find("Verbs");
  ASSERT_NE(at, std::string::npos);
  at = page.find('\n', at) + 1;
  while (page.compare(at, 2, "  ") == 0) {
    const std::string verb = page.substr(at + 2, page.find(' ', at + 2) - at - 2);
    EXPECT_NE(std::ranges::find(verbs, verb), verbs.end()) << verb;
    at = page.find('\n', at) + 1;
  }
}

TEST(Usage, ThatIsWrongSaysWhatIsRight) {
  const Ran mistyped = mingyue("jbos");
  EXPECT_EQ(mistyped.code, 2);
  EXPECT_EQ(mistyped.text, "mingyue: there is no verb jbos; did you mean jobs?\n  hint: mingyue --help\n");
  EXPECT_EQ(mingyue("submit").code, 2);
  EXPECT_EQ(mingyue("jobs --no-such-option").code, 2);
  EXPECT_EQ(mingyue("wait").code, 2);
  EXPECT_EQ(mingyue("jobs --limit 0").code, 2);
}

TEST(Usage, FindsNoCentreWhereThereIsNone) {
  for (const char* line : {"jobs --data /nonexistent", "--data /nonexistent jobs", "run --data /nonexistent -- true"}) {
    const Ran ran = mingyue(line);
    EXPECT_EQ(ran.code, 5) << line;
    EXPECT_NE(ran.text.find("mingyue serve --data /nonexistent"), std::string::npos) << ran.text;
  }
  EXPECT_EQ(mingyue("jobs", "MINGYUE_DATA=/nonexistent").code, 5);
}

TEST(Usage, IsToldInTheReadersLanguage) {
  const auto chinese = [](const std::string& arguments) { return mingyue(arguments, "LC_ALL=zh_CN.UTF-8").text; };
  EXPECT_EQ(chinese("recipes show nothing --recipes /"), "mingyue: 没有算例 nothing\n  提示: 见：mingyue recipes\n");
  EXPECT_EQ(chinese("recipes run --recipes /"),
            "mingyue: 运行哪些算例？请写出名称，或用 --quickstart；见：mingyue recipes\n");
  EXPECT_TRUE(chinese("recipes --recipes /nonexistent").starts_with("/nonexistent: ")) << "the file, then what it is";
  EXPECT_NE(chinese("recipes --recipes /nonexistent").find("无法读取算例目录"), std::string::npos);
  EXPECT_TRUE(chinese("log verify --data /nonexistent").starts_with("mingyue: 无法打开：/nonexistent/centre.db"));
  EXPECT_TRUE(chinese("log cut --at 3 --data /nonexistent").starts_with("mingyue: 无法打开：/nonexistent"));
  EXPECT_EQ(chinese("twin seeds --first x"), "mingyue: --first：“x”不是数字\n");
  EXPECT_EQ(chinese("twin seeds --count 0"),
            "0 个种子，各运行两遍：0 个失败；共 0 个作业、0 次运行、0 条事件、0 次崩溃、0 次节点失联、0 "
            "次磁盘故障，模拟 0.0 天\n");
}

TEST(Completion, KnowsEveryVerb) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Ran ran = mingyue(std::string("completion ") + shell);
    EXPECT_EQ(ran.code, 0);
    for (const char* verb : {"submit", "ledger", "recipes", "--after-ok"})
      EXPECT_NE(ran.text.find(shell == std::string("fish") && verb[0] == '-' ? verb + 2 : verb), std::string::npos)
          << shell << " " << verb;
  }
  EXPECT_EQ(mingyue("completion bash | bash -n").code, 0);
  EXPECT_EQ(mingyue("completion tcsh").code, 2);
}

TEST(Version, IsOneLine) { EXPECT_EQ(mingyue("version").text, mingyue("--version").text); }

}  // namespace
