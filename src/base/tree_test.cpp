#include "base/tree.hpp"

#include <gtest/gtest.h>

namespace mingyue {
namespace {

Tree scalar(std::string text, int line) {
  Tree tree;
  tree.kind = Tree::Kind::scalar;
  tree.scalar = std::move(text);
  tree.line = line;
  return tree;
}

/// parts: [{cores: 1}, {cores: 2}]
Tree two_parts() {
  Tree parts;
  parts.kind = Tree::Kind::list;
  parts.line = 2;
  for (int i = 0; i < 2; ++i) {
    Tree part;
    part.kind = Tree::Kind::map;
    part.line = 3 + i;
    part.fields.push_back({"cores", scalar(std::to_string(i + 1), 3 + i), 3 + i, 4});
    parts.items.push_back(part);
  }
  Tree root;
  root.kind = Tree::Kind::map;
  root.line = 1;
  root.fields.push_back({"parts", parts, 1, 1});
  return root;
}

TEST(Tree, IsWalkedByPath) {
  const Tree root = two_parts();
  EXPECT_EQ(root.text("parts[1].cores"), "2");
  EXPECT_EQ(root.text("parts[2].cores", "none"), "none");
  EXPECT_EQ(root.text("parts", "none"), "none");
  EXPECT_EQ(root.nearest("parts[1].memory").line, 4);
  EXPECT_EQ(root.nearest("parts[x]").line, 2);
  EXPECT_EQ(root.nearest("").line, 1);
}

TEST(Tree, GivesRefusalsTheirLine) {
  std::vector<Refusal> refusals{
      {"does-not-fit", "parts[1].cores", "", "", 0}, {"x", "", "", "", 0}, {"x", "a", "", "", 9}};
  locate(refusals, two_parts());
  EXPECT_EQ(refusals[0].line, 4);
  EXPECT_EQ(refusals[1].line, 0);
  EXPECT_EQ(refusals[2].line, 9);
}

TEST(Tree, RefusesANameTwice) {
  std::vector<Tree::Field> fields{{"a", {}, 1, 1}, {"b", {}, 2, 1}, {"a", {}, 3, 1}};
  const auto checked = check_distinct(fields);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error(),
            (Refusal{"duplicate", "a", "\"a\" is here twice, first in line 1", "keep one of them", 3}));
  fields.pop_back();
  EXPECT_TRUE(check_distinct(fields));
}

TEST(Tree, SaysWhatItIs) {
  EXPECT_EQ(describe(Tree{}), "nothing");
  EXPECT_EQ(describe(two_parts()), "a map");
  EXPECT_EQ(describe(scalar("8\n", 1)), "\"8?\"");
}

}  // namespace
}  // namespace mingyue
