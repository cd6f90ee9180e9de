#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <string>

#include "base/text.hpp"
#include "formats/parse.hpp"
#include "formats/tree_builder.hpp"

namespace mingyue::formats {
namespace {

/// yaml-cpp keeps every `[` and `{` of a line in memory until it knows whether a `:` follows, some 5 us and 200 bytes
/// each: 4 MiB of them cost 19 s before we hear the first event. Brackets in a scalar are counted along; a script of a
/// megabyte has some thousand.
Expected<void> check_brackets(std::string_view text, const TreeLimits& limits) {
  const auto brackets = std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; });
  if (brackets <= limits.nodes_max) return {};
  return refuse("too-large", "",
                fmt::format("the document has {} brackets, the most is {}", brackets, limits.nodes_max),
                "keep data in files and name them in the document");
}

/// Leaves the parser once the document is refused; never leaves this file.
struct Stop {};

// We listen to yaml-cpp's events and do not build its nodes: there, a map with a name twice keeps both in silence, an
// alias is expanded before anyone can count, and the difference between `~` and `"~"` is gone.
class Listener final : public YAML::EventHandler {
 public:
  explicit Listener(TreeBuilder& builder) : builder_(builder) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      refuse("several documents in one text", "submit them one by one, each in its file", mark);
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    no_anchor(anchor, mark);
    check(builder_.null(place(mark)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse("an alias (*name)", "write the value out where it is used", mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    no_anchor(anchor, mark);
    no_tag(tag, mark);
    check(builder_.scalar(value, tag == "!", place(mark)));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    no_anchor(anchor, mark);
    no_tag(tag, mark);
    check(builder_.begin_list(place(mark)));
  }
  void OnSequenceEnd() override { check(builder_.end()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    no_anchor(anchor, mark);
    no_tag(tag, mark);
    check(builder_.begin_map(place(mark)));
  }
  void OnMapEnd() override { check(builder_.end()); }

 private:
  static TreeBuilder::Place place(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

  void no_anchor(YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor != 0) refuse("an anchor (&name)", "write the value out where it is used", mark);
  }
  // yaml-cpp says `?` for plain and `!` for quoted; an empty tag belongs to a value that is not there.
  void no_tag(const std::string& tag, const YAML::Mark& mark) {
    if (tag.size() > 1) refuse("a tag (!name)", "leave it out: the field says what its value means", mark);
  }
  void refuse(const std::string& what, const std::string& hint, const YAML::Mark& mark) {
    check(builder_.refuse_at("bad-document", what + " is not read here", hint, place(mark)));
  }
  static void check(bool go_on) {
    if (!go_on) throw Stop{};
  }

  TreeBuilder& builder_;
  int documents_ = 0;
};

}  // namespace

Expected<Tree> parse_yaml(std::string_view text, const TreeLimits& limits) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  CHECK_OK(check_text(text, limits, "YAML"));
  CHECK_OK(check_brackets(text, limits));
  TreeBuilder builder(limits);
  Listener listener(builder);
  try {
    // yaml-cpp 0.7 takes a quote that is never closed for one that ends with the text, if a line break comes before:
    // what follows the quote is swallowed in silence. At a document's end marker it notices.
    std::istringstream in{fmt::format("{}{}...\n", text, text.ends_with('\n') ? "" : "\n")};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(listener)) {
    }
  } catch (const Stop&) {
  } catch (const YAML::Exception& e) {
    const TreeBuilder::Place place{e.mark.is_null() ? 0 : e.mark.line + 1, e.mark.is_null() ? 0 : e.mark.column + 1};
    builder.refuse_at("bad-document", "this is no YAML: " + shown(e.msg, 200),
                      "check the indentation, the colons and the quotes there", place);
  } catch (const std::exception& e) {
    builder.refuse_at("bad-document", "this is no YAML: " + shown(e.what(), 200),
                      "check the document with another tool", {});
  }
  if (builder.refusal()) return Unexpected<Refusal>(*builder.refusal());
  Tree tree = builder.take();
  if (tree.is_null()) tree.line = tree.column = 1;  // Its mark is that of our own end marker.
  return tree;
}

}  // namespace mingyue::formats
