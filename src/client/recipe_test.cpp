#include "client/recipe.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "base/text.hpp"
#include "client/recipe_run.hpp"
#include "client/recipe_watch.hpp"
#include "client/recipe_work.hpp"
#include "formats/parse.hpp"

namespace mingyue::client {
namespace {

namespace fs = std::filesystem;

/// The recipes that are shipped.
std::string shipped() { return MINGYUE_RECIPES; }

const std::string small = R"(name: small
title: {en: Small, zh: 小}
about: {en: "The smallest recipe there is."}
kind: general
time: 2s
needs: {packages: [g++], programs: [sh]}
jobs:
  - {file: a.yaml, as: a}
  - {file: b.yaml, as: b, after-ok: [a]}
results:
  - {quantity: length, key: length, unit: mm, reference: 21.5, tolerance: 0.2, source: itself}
)";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

Expected<Recipe, std::vector<Refusal>> read(const std::string& yaml) {
  const auto tree = formats::parse_yaml(yaml);
  EXPECT_TRUE(tree.has_value()) << yaml;
  return read_recipe(*tree);
}

/// The code and field of the only refusal.
std::string refusal_of(const std::string& yaml) {
  const auto recipe = read(yaml);
  if (recipe) return "none";
  std::string all;
  for (const Refusal& refusal : recipe.error()) all += (all.empty() ? "" : ", ") + refusal.code + " " + refusal.field;
  return all;
}

RecipeResult expecting(double reference, double tolerance) { return {.reference = reference, .tolerance = tolerance}; }

/// A folder that goes with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("mingyue-recipe-test-" + std::to_string(::getpid()));
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
  }
};

/// The small recipe in a folder of its own.
Recipe small_recipe(const Folder& folder) {
  folder.write("recipes/small/recipe.yaml", small);
  folder.write("recipes/small/a.yaml", "wall: 1m\n");
  folder.write("recipes/small/b.yaml", "wall: 1m\n");
  folder.write("recipes/small/data/table.txt", "1 2 3\n");
  auto recipes = find_recipes((folder.path / "recipes").string());
  EXPECT_TRUE(recipes.has_value());
  return recipes->at(0);
}

TEST(Recipe, EveryShippedOneReads) {
  const auto recipes = find_recipes(shipped());
  ASSERT_TRUE(recipes.has_value()) << recipes.error().file << ": " << recipes.error().refusals.at(0).message;
  EXPECT_GE(recipes->size(), 8u);
  for (const Recipe& recipe : *recipes) {
    EXPECT_FALSE(recipe.title.zh.empty()) << recipe.name;
    EXPECT_FALSE(recipe.about.zh.empty()) << recipe.name;
    EXPECT_GT(recipe.time, Duration{0}) << recipe.name;
  }
}

TEST(Recipe, TheQuickStartHasOneOfEachKind) {
  const auto recipes = find_recipes(shipped());
  ASSERT_TRUE(recipes.has_value());
  for (const auto kind :
       {model::WorkKind::general, model::WorkKind::ai, model::WorkKind::supercomputing, model::WorkKind::quantum}) {
    EXPECT_TRUE(std::ranges::any_of(*recipes, [kind](const Recipe& r) { return r.quickstart && r.kind == kind; }))
        << enum_word(kind);
  }
}

TEST(Recipe, SaysWhatItNeedsRunsAndExpects) {
  const auto recipe = read(small);
  ASSERT_TRUE(recipe.has_value());
  EXPECT_EQ(recipe->title.in(Language::zh), "小");
  EXPECT_EQ(recipe->about.in(Language::zh), recipe->about.en);
  EXPECT_FALSE(recipe->quickstart);
  EXPECT_EQ(recipe->time, seconds(2));
  EXPECT_EQ(recipe->jobs.at(1).after_ok, std::vector<std::string>{"a"});
  EXPECT_DOUBLE_EQ(recipe->results.at(0).reference, 21.5);
}

TEST(Recipe, RefusesWhatItCannotMean) {
  EXPECT_EQ(refusal_of(replaced(small, "name: small\n", "")), "missing-field name");
  EXPECT_EQ(refusal_of(replaced(small, "kind: general", "kind: genral")), "bad-value kind");
  EXPECT_EQ(refusal_of(replaced(small, "time: 2s\n", "")), "missing-field time");
  EXPECT_EQ(refusal_of(small + "color: red\n"), "unknown-field color");
  EXPECT_EQ(refusal_of(replaced(small, "file: a.yaml", "file: ../a.yaml")), "bad-value jobs[0].file");
  EXPECT_EQ(refusal_of(replaced(small, "file: a.yaml", "file: /etc/a.yaml")), "bad-value jobs[0].file");
  EXPECT_EQ(refusal_of(replaced(small, "as: b", "as: a")), "name-taken jobs[1].as");
  EXPECT_EQ(refusal_of(replaced(small, "after-ok: [a]", "after-ok: [b]")), "unknown-job jobs[1].after-ok");
  EXPECT_EQ(refusal_of(replaced(small, "reference: 21.5", "reference: long")), "bad-value results[0].reference");
  EXPECT_EQ(refusal_of(replaced(small, "reference: 21.5", "reference: nan")), "bad-value results[0].reference");
  EXPECT_EQ(refusal_of(replaced(small, "tolerance: 0.2, ", "")), "missing-field results[0].tolerance");
  EXPECT_EQ(refusal_of(replaced(small, "tolerance: 0.2", "tolerance: 0.2, tolerance-relative: 0.1")),
            "conflict results[0].tolerance-relative");
  EXPECT_EQ(refusal_of(replaced(small, "tolerance: 0.2", "tolerance: -0.2")), "out-of-range results[0].tolerance");
  EXPECT_EQ(refusal_of(replaced(small, ", source: itself", "")), "missing-field results[0].source");
}

TEST(Recipe, OneThatReadsAKeyTwiceIsRefused) {
  EXPECT_EQ(refusal_of(small + "  - {quantity: again, key: length, reference: 1, tolerance: 0, source: itself}\n"),
            "name-taken results[1].key");
}

TEST(Recipe, ARelativeToleranceIsAShareOfTheReferencesSize) {
  const auto recipe = read(
      replaced(replaced(small, "reference: 21.5", "reference: -200"), "tolerance: 0.2", "tolerance-relative: 0.01"));
  ASSERT_TRUE(recipe.has_value());
  EXPECT_DOUBLE_EQ(recipe->results.at(0).tolerance, 2.0);
  EXPECT_TRUE(recipe->results.at(0).meets(-202));
  EXPECT_FALSE(recipe->results.at(0).meets(-202.001));
}

TEST(RecipeResult, ADecimalAtTheEdgeOfTheToleranceIsWithin) {
  EXPECT_TRUE(expecting(3.165, 0.005).meets(3.17));
  EXPECT_TRUE(expecting(3.165, 0.005).meets(3.16));
  EXPECT_FALSE(expecting(3.165, 0.005).meets(3.1701));
  EXPECT_TRUE(expecting(0.3, 0.1).meets(0.4));
  EXPECT_TRUE(expecting(20300.86, 0.5).meets(20301.36));
  EXPECT_FALSE(expecting(20300.86, 0.5).meets(20301.37));
}

TEST(RecipeResult, AToleranceOfNothingMeansExactly) {
  EXPECT_TRUE(expecting(81, 0).meets(81));
  EXPECT_FALSE(expecting(81, 0).meets(80));
  EXPECT_FALSE(expecting(0, 0).meets(1e-300));
  EXPECT_FALSE(expecting(0, 1).meets(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Recipe, NamesTheProgramsThatAreMissing) {
  const Folder folder;
  folder.write("bin/there", "#!/bin/sh\n");
  fs::permissions(folder.path / "bin/there", fs::perms::owner_all);
  folder.write("bin/data", "not a program\n");
  fs::permissions(folder.path / "bin/data", fs::perms::owner_read);
  Recipe recipe;
  recipe.programs = {"there", "data", "nowhere", (folder.path / "bin/there").string(), "/nowhere/else"};
  const std::string path = "/nonexistent::" + (folder.path / "bin").string();
  EXPECT_EQ(missing_programs(recipe, path), (std::vector<std::string>{"data", "nowhere", "/nowhere/else"}));
  EXPECT_EQ(missing_programs(recipe, "").size(), 4u);
}

TEST(Recipe, NamesThePackagesThatAreMissing) {
  const Folder folder;
  folder.write(
      "status",
      "Package: lammps\nStatus: install ok installed\n\nPackage: lammps-data\nStatus: deinstall ok config-files\n");
  Recipe recipe;
  recipe.packages = {"lammps", "lammps-data", "openmpi-bin"};
  EXPECT_EQ(missing_packages(recipe, (folder.path / "status").string()),
            (std::vector<std::string>{"lammps-data", "openmpi-bin"}));
  EXPECT_TRUE(missing_packages(recipe, (folder.path / "no-dpkg-here").string()).empty());
}

TEST(Recipe, IsFoundByItsFolderAndRefusedUnderAnotherName) {
  const Folder folder;
  folder.write("recipes/other/recipe.yaml", small);
  folder.write("recipes/other/a.yaml", "wall: 1m\n");
  const auto recipes = find_recipes((folder.path / "recipes").string());
  ASSERT_FALSE(recipes.has_value());
  EXPECT_TRUE(recipes.error().file.ends_with("other/recipe.yaml"));
  ASSERT_EQ(recipes.error().refusals.size(), 2u);  // the name, and b.yaml that is not there
  EXPECT_EQ(recipes.error().refusals.at(0).line, 1);
  EXPECT_EQ(recipes.error().refusals.at(1).code, "missing-file");
}

TEST(RecipeWork, EveryRunHasAFolderOfItsOwn) {
  const Folder folder;
  const Recipe recipe = small_recipe(folder);
  folder.write("recipes/small/result.json", "{\"length\": 21.5}");
  const std::string work = (folder.path / "work").string();
  const auto first = fresh_work_folder(recipe, work, Instant(1'700'000'000'000));
  const auto second = fresh_work_folder(recipe, work, Instant(1'700'000'000'000));
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(fs::path(*first).is_absolute());
  EXPECT_EQ(*second, *first + "-2");
  EXPECT_TRUE(fs::exists(fs::path(*second) / "data/table.txt"));
  EXPECT_FALSE(fs::exists(fs::path(*first) / "result.json"));
}

TEST(RecipeWork, MeasuresWhatIsInTheResult) {
  const Folder folder;
  const Recipe recipe = small_recipe(folder);
  const auto length = [&](std::string_view json) {
    folder.write("result.json", json);
    auto measured = measure(recipe, folder.path.string());
    return measured ? std::move(measured->at(0)) : Measured{.written = measured.error().code};
  };
  EXPECT_TRUE(length(R"({"length": 21.46, "other": 1})").ok);
  EXPECT_EQ(length(R"({"length": 21.460})").written, "21.460");
  EXPECT_FALSE(length(R"({"length": 22})").ok);
  EXPECT_FALSE(length(R"({"length": "21.5"})").value.has_value());
  EXPECT_FALSE(length(R"({"length": null})").value.has_value());
  EXPECT_FALSE(length(R"({})").ok);
  EXPECT_EQ(length("length 21.5").written, "bad-result");
  fs::remove(folder.path / "result.json");
  EXPECT_EQ(measure(recipe, folder.path.string()).error().code, "no-result");
}

TEST(RecipeWork, AGoodRunOfTheSameFilesStandsAndNothingElse) {
  const Folder folder;
  const Recipe recipe = small_recipe(folder);
  const std::string work = (folder.path / "work").string();
  EXPECT_FALSE(earlier_run(recipe, work).has_value());
  const auto first = fresh_work_folder(recipe, work, Instant(1'700'000'000'000));
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(earlier_run(recipe, work).has_value());  // no result yet
  std::ofstream(*first + "/result.json") << R"({"length": 21.5})";
  fs::create_directories(fs::path(work) / "small-notes");
  fs::create_directories(fs::path(work) / "smaller-20990101-000000");
  const auto earlier = earlier_run(recipe, work);
  ASSERT_TRUE(earlier.has_value());
  EXPECT_EQ(earlier->folder, *first);
  EXPECT_TRUE(earlier->measured.at(0).ok);

  folder.write("recipes/small/data/table.txt", "1 2 4\n");
  EXPECT_FALSE(earlier_run(recipe, work).has_value());  // another recipe now
  folder.write("recipes/small/data/table.txt", "1 2 3\n");
  std::ofstream(*first + "/result.json") << R"({"length": 30})";
  EXPECT_FALSE(earlier_run(recipe, work).has_value());  // it missed
  std::ofstream(*first + "/result.json") << R"({"length": 21.5})";
  ASSERT_TRUE(fresh_work_folder(recipe, work, Instant(1'700'000'060'000)).has_value());
  EXPECT_FALSE(earlier_run(recipe, work).has_value());  // a newer run has no result
}

TEST(RecipeRun, DependenciesBecomeTheLastLinesOfTheDocument) {
  const auto document =
      with_dependencies("wall: 1m\nscript: |\n  #!/bin/sh\n  true", {.after_ok = {"4", "7"}, .after_any = {"9"}});
  ASSERT_TRUE(document.has_value());
  EXPECT_TRUE(document->ends_with("  true\nafter-ok: [4, 7]\nafter-any: [9]\n"));
  const auto tree = formats::parse_yaml(*document);
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->text("script"), "#!/bin/sh\ntrue\n");
  EXPECT_EQ(tree->text("after-ok[1]"), "7");
  EXPECT_EQ(with_dependencies("wall: 1m\n", {}).value(), "wall: 1m\n");
}

TEST(RecipeRun, ADocumentThatNamesIdsItselfIsRefused) {
  const auto document = with_dependencies("wall: 1m\nafter-ok: [3]\n", {});
  ASSERT_FALSE(document.has_value());
  EXPECT_EQ(document.error().field, "after-ok");
  EXPECT_EQ(document.error().line, 2);
}

TEST(RecipeRun, NoRecipesIsNotASuccess) {
  EXPECT_EQ(run_recipes(Connection(Where{}), {}, RunOptions{}), Exit::not_found);
}

TEST(RecipeRun, WhenAllAreSkippedThatIsNotASuccess) {
  Recipe recipe;
  recipe.name = "impossible";
  recipe.programs = {"/nowhere/program"};
  EXPECT_EQ(run_recipes(Connection(Where{}), {recipe}, RunOptions{}), Exit::job_failed);
}

TEST(RecipeRun, ACentreThatIsNotThereIsToldAtOnce) {
  const Folder folder;
  Recipe recipe = small_recipe(folder);
  recipe.packages.clear();
  const Connection nowhere(Where{.data = (folder.path / "no-centre").string()});
  EXPECT_EQ(run_recipes(nowhere, {recipe}, RunOptions{.work = (folder.path / "work").string()}), Exit::unreachable);
}

TEST(RecipeWatch, AnArrayIsOneLineWithTheWorstOfItsElements) {
  Watched sweep{.label = "taylor-bar/sweep", .count = 3};
  sweep.jobs.resize(3);
  sweep.jobs[0].state = model::JobState::succeeded;
  sweep.jobs[1].state = model::JobState::running;
  EXPECT_EQ(sweep.state(), model::JobState::running);
  EXPECT_EQ(sweep.ended(), 1);
  sweep.jobs[2].state = model::JobState::failed;
  EXPECT_EQ(sweep.state(), model::JobState::failed);
  EXPECT_FALSE(sweep.all_ended());
  sweep.jobs[1].state = model::JobState::succeeded;
  EXPECT_TRUE(sweep.all_ended());
  EXPECT_FALSE(sweep.all_succeeded());
}

TEST(RecipeWatch, ALineSaysNameStateProgressAttemptAndTime) {
  Watched training{.label = "lm/train"};
  training.jobs.resize(1);
  wire::JobView& job = training.jobs[0];
  job.state = model::JobState::running;
  job.attempts = 2;
  job.started_at = Instant(10'000);
  job.progress = wire::ProgressView{.step = 50, .of = 200};
  const Display display(Display::Manner::live, Language::en, 80);
  const std::string line = display.line(training, 10, Instant(14'100));
  EXPECT_TRUE(line.starts_with("lm/train    running    [####............]  25 %  attempt 2  4.1s")) << line;
}

TEST(RecipeWatch, ClipsWholeCharacters) {
  EXPECT_EQ(clip("月亮abc", 4), "月亮");
  EXPECT_EQ(clip("月亮abc", 3), "月");
  EXPECT_EQ(clip("abc", 0), "abc");
  EXPECT_EQ(padded("月", 4), "月  ");
}

}  // namespace
}  // namespace mingyue::client
