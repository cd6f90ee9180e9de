#include "formats/job_yaml.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "formats/parse.hpp"
#include "model/job_document.hpp"

namespace mingyue::formats {
namespace {

using model::JobSpec;

/// Other defaults than those of whoever wrote the document: only the user is the same.
model::JobDefaults of_somebody() {
  model::JobDefaults defaults;
  defaults.name = "other";
  defaults.user = "ada";
  defaults.project = "elsewhere";
  defaults.partition = "far";
  defaults.priority_class = "low";
  defaults.memory_per_core = Bytes{7 << 20};
  defaults.retry_on_exit = false;
  return defaults;
}

void expect_same(const JobSpec& spec) {
  const std::string text = write_job_yaml(spec);
  const auto tree = parse_yaml(text);
  ASSERT_TRUE(tree) << tree.error().message << "\n" << text;
  const auto again = model::read_job(*tree, of_somebody());
  ASSERT_TRUE(again) << again.error().front().field << ": " << again.error().front().message << "\n" << text;
  EXPECT_TRUE(*again == spec) << text << "\n---\n" << write_job_yaml(*again);
}

JobSpec a_spec() {
  JobSpec spec{.name = "sweep", .user = "ada", .project = "demo", .partition = "main"};
  spec.priority_class = "normal";
  spec.wall = minutes(90);
  spec.parts = {{.name = "main", .need = {.memory = Bytes{256 << 20}}, .script = "#!/bin/bash\necho hello\n"}};
  return spec;
}

TEST(JobYaml, IsWhatAPersonWouldWrite) {
  JobSpec spec = a_spec();
  spec.indices = {0, 1, 2, 3, 9};
  spec.array_at_once = 2;
  EXPECT_EQ(write_job_yaml(spec),
            "name: sweep\nproject: demo\npartition: main\nclass: normal\nwall: 90m\narray: \"0-3,9%2\"\n"
            "retry: {attempts: 3, on-exit: true}\ncores: 1\nmemory: 256M\n"
            "script: |\n  #!/bin/bash\n  echo hello\n");
  expect_same(spec);
}

TEST(JobYaml, GivesEveryFieldAgain) {
  JobSpec spec = a_spec();
  spec.kind = model::WorkKind::quantum;
  spec.preemptible = spec.hold = spec.terminal = true;
  spec.wall = Duration{90'061'001};
  spec.dependencies = {{model::DependencyKind::after, model::JobId{3}},
                       {model::DependencyKind::after_ok, model::JobId{12}},
                       {model::DependencyKind::after_ok, model::JobId{13}},
                       {model::DependencyKind::after_any, model::JobId{4}}};
  spec.workdir = "/home/ada/a folder";
  spec.output = "out-%j: %t.txt";
  spec.retry = {7, seconds(90), false};
  spec.checkpoint = {23, Duration{1'500}};
  spec.hang_after = hours(2);
  spec.deadline = *parse_instant("2026-12-01T08:00:00.250Z");
  spec.where = model::Where::any;
  spec.comment = "it's \"odd\": #1\n- null";
  spec.reservation = "course";
  model::Part& first = spec.parts.front();
  first.name = "head";
  first.tasks = 16;
  first.tasks_least = 4;
  first.need = {CoreCount{3}, Bytes{1'234'567}, CardCount{2}, "a100"};
  first.placement = model::Placement::spread;
  first.environment = {{"A", ""}, {"B", "null"}, {"C", "two words"}};
  model::Part second{.name = "tail", .need = {.memory = Bytes{1LL << 30}}, .command = {"./run", "-x", "", "~", "180"}};
  second.need.cards = CardCount{1};
  second.qpu.edit() = {.qubits = 5,
                       .devices = {"lake-grid", "lake-hex"},
                       .technology = "superconducting",
                       .gates = {"cz"},
                       .two_qubit_fidelity = 995'000,
                       .prefer = model::QpuPrefer::time,
                       .hold = model::QpuHold::session};
  spec.parts.push_back(second);
  expect_same(spec);
}

TEST(JobYaml, KeepsEveryScriptToTheByte) {
  for (const char* script :
       {"#!/bin/sh", "#!/bin/sh\n", "#!/bin/sh\n\n", "#!/bin/sh\n\n  \n\ttab: # no comment\n: yes\n--- \n...\n\nend",
        "#!/bin/sh\necho '月'\n", "#!/bin/sh\nprintf '\\x01\x01'\n", "#!/bin/sh\n  indented\nnot\n"}) {
    JobSpec spec = a_spec();
    spec.parts.front().script = script;
    expect_same(spec);
    spec.parts.front().name = "named";
    expect_same(spec);
  }
}

TEST(JobYaml, KeepsAnyWord) {
  Prng draw(11);
  constexpr std::string_view letters = "ab0 .-_/:#'\"\\{}[],&*!|>%@`~?=\t\nnul";
  for (int i = 0; i < 2'000; ++i) {
    std::string word;
    for (std::uint64_t n = draw.below(7); n > 0; --n) word += letters[draw.below(letters.size())];
    JobSpec spec = a_spec();
    spec.comment = word;
    spec.parts.front().script.clear();
    spec.parts.front().command = {"run", word};
    spec.parts.front().environment = {{"V", word}};
    expect_same(spec);
  }
}

}  // namespace
}  // namespace mingyue::formats
