#include "client/submission.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "formats/parse.hpp"

namespace mingyue::client {
namespace {

Submission yaml(std::string text) { return {.document = std::move(text), .content_type = "application/yaml"}; }
Submission script(std::string text) { return {.document = std::move(text), .content_type = "text/x-shellscript"}; }

std::string overridden(Submission submission, const Overrides& overrides) {
  const auto result = with_overrides(std::move(submission), overrides);
  return result ? result->document : "refused: " + result.error().message;
}

TEST(Overrides, StandAtTheEndOfADocumentThatDoesNotHaveThem) {
  EXPECT_EQ(overridden(yaml("wall: 1m\ncommand: [true]\n"), {{"name", "\"x\""}}),
            "wall: 1m\ncommand: [true]\nname: \"x\"\n");
}

TEST(Overrides, ReplaceAFieldAndKeepTheNumbersOfAllOtherLines) {
  const std::string document =
      "name: old\n"
      "script: |\n"
      "  #!/bin/sh\n"
      "  name: in the script\n"
      "wall: 1m\n";
  EXPECT_EQ(overridden(yaml(document), {{"name", "\"new\""}}),
            "\n"
            "script: |\n"
            "  #!/bin/sh\n"
            "  name: in the script\n"
            "wall: 1m\n"
            "name: \"new\"\n");
  EXPECT_EQ(overridden(yaml(document), {{"script", "\"#!/bin/true\""}}),
            "name: old\n\n\n\nwall: 1m\nscript: \"#!/bin/true\"\n");
}

TEST(Overrides, OfADocumentWithoutALastNewLine) {
  EXPECT_EQ(overridden(yaml("wall: 1m"), {{"wall", "\"2m\""}}), "\nwall: \"2m\"\n");
}

TEST(Overrides, GoIntoBracesWhereTheFieldIsNew) {
  EXPECT_EQ(overridden(yaml(R"({"wall": "1m"})"), {{"name", "\"x\""}}), R"({"name": "x", "wall": "1m"})");
  EXPECT_EQ(overridden(yaml("{}"), {{"name", "\"x\""}}), R"({"name": "x"})");
  EXPECT_TRUE(overridden(yaml(R"({"name": "y"})"), {{"name", "\"x\""}}).starts_with("refused:"));
}

TEST(Overrides, AreLinesOfAScriptBehindItsFirst) {
  const auto result =
      with_overrides(script("#!/bin/sh\n#MINGYUE wall: 1m\n#SBATCH -n 2\ntrue\n"), {{"wall", "\"2h\""}});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->document, "#!/bin/sh\n#MINGYUE wall: \"2h\"\n#\n#SBATCH -n 2\ntrue\n");
  EXPECT_EQ(result->lines_added, 1) << "a fault in line 4 was in line 3 of the file";
}

TEST(Overrides, LeaveWhatIsNoDocumentToTheCentre) {
  EXPECT_EQ(overridden(yaml("wall: [1m\n"), {{"name", "\"x\""}}), "wall: [1m\n");
}

TEST(Overrides, StillGiveADocument) {
  const std::string text = overridden(yaml("name: a\nwall: 1m\n# last\n"),
                                      {{"comment", quoted("says: \"no\"\n  #")}, {"after-ok", "[\"12\", \"13\"]"}});
  const auto tree = formats::parse_yaml(text);
  ASSERT_TRUE(tree.has_value()) << text;
  EXPECT_EQ(tree->text("comment"), "says: \"no\"\n  #");
  EXPECT_EQ(tree->text("after-ok[1]"), "13");
}

TEST(Submission, KnowsAScriptByItsFirstTwoBytes) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("mingyue-submission-test-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "train it.sh") << "#!/bin/sh\ntrue\n";
  std::ofstream(folder / "job.yaml") << "wall: 1m\n";
  std::ofstream(folder / "empty.yaml") << "";
  const auto read_script = read_submission(folder / "train it.sh");
  ASSERT_TRUE(read_script.has_value());
  EXPECT_EQ(read_script->content_type, "text/x-shellscript");
  EXPECT_EQ(read_script->name, "train-it");
  EXPECT_EQ(read_script->workdir, current_folder()) << "as with Slurm";
  const auto document = read_submission(folder / "job.yaml");
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->content_type, "application/yaml");
  EXPECT_EQ(document->workdir, "") << "a document says where it works";
  EXPECT_EQ(read_submission(folder / "empty.yaml").error().refusals.at(0).message, "the file is empty");
  EXPECT_EQ(exit_of(read_submission(folder / "none.yaml").error()), Exit::not_found);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mingyue::client
