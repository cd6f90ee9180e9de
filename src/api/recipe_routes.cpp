#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "api/parts.hpp"
#include "base/text.hpp"
#include "formats/parse.hpp"
#include "wire/recipes.hpp"

/// Recipes, read from their folder whenever somebody asks: they are few, and small. What a recipe must say is checked
/// where recipes are run (client/recipe.hpp); one that cannot be read is left out.
namespace mingyue::api {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = std::size_t{1} << 20;

std::optional<std::string> text_of(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > file_bytes_max) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> words_of(const Tree* list) {
  std::vector<std::string> words;
  if (list == nullptr) return words;
  if (list->is_scalar()) words.push_back(list->scalar);
  for (const Tree& item : list->items) words.push_back(item.scalar);
  return words;
}

/// A document lies in the recipe's own folder.
bool is_inside(const std::string& file) {
  const fs::path path(file);
  return path.is_relative() && std::ranges::find(path, fs::path("..")) == path.end();
}

std::optional<wire::RecipeView> read_recipe(const fs::path& folder, Language language) {
  const auto text = text_of(folder / "recipe.yaml");
  if (!text) return std::nullopt;
  const auto tree = formats::parse_yaml(*text);
  if (!tree || tree->text("name") != folder.filename().string()) return std::nullopt;
  const std::string tongue = language == Language::zh ? "zh" : "en";
  wire::RecipeView view{.name = tree->text("name"),
                        .title = tree->text("title." + tongue, tree->text("title.en")),
                        .about = tree->text("about." + tongue, tree->text("about.en")),
                        .kind = tree->text("kind", "general"),
                        .quickstart = tree->text("quickstart") == "true",
                        .folder = folder.string()};
  if (const auto time = parse_duration(tree->text("time"))) view.time = *time;
  if (const Tree* needs = tree->find("needs")) {
    view.packages = words_of(needs->find("packages"));
    view.programs = words_of(needs->find("programs"));
  }
  if (const Tree* jobs = tree->find("jobs")) {
    for (const Tree& job : jobs->items) {
      const std::string file = job.text("file");
      if (!is_inside(file)) return std::nullopt;
      auto document = text_of(folder / file);
      if (!document) return std::nullopt;
      view.jobs.push_back({job.text("as"), file, words_of(job.find("after-ok")), words_of(job.find("after")),
                           words_of(job.find("after-any")), std::move(*document)});
    }
  }
  if (const Tree* results = tree->find("results")) {
    for (const Tree& one : results->items)
      view.results.push_back({one.text("quantity"), one.text("key"), one.text("unit"), one.text("reference"),
                              one.text("tolerance"), one.text("tolerance-relative"), one.text("source")});
  }
  return view;
}

std::vector<wire::RecipeView> read_recipes(const std::string& folder, Language language) {
  std::vector<wire::RecipeView> recipes;
  std::error_code error;
  if (folder.empty()) return recipes;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (auto recipe = read_recipe(entry.path(), language)) recipes.push_back(std::move(*recipe));
  std::ranges::sort(recipes, {}, &wire::RecipeView::name);
  return recipes;
}

void list_recipes(Parts& parts, Call call) {
  later(parts, std::move(call), [&parts](Call on) { on.send(read_recipes(parts.options.recipes, on.language)); });
}

void show_recipe(Parts& parts, Call call) {
  later(parts, std::move(call), [&parts](Call on) {
    const auto recipes = read_recipes(parts.options.recipes, on.language);
    const auto found = std::ranges::find(recipes, on.param("name"), &wire::RecipeView::name);
    if (found != recipes.end()) return on.send(*found);
    std::vector<std::string> names;
    for (const wire::RecipeView& one : recipes) names.push_back(one.name);
    const std::string near = nearest_word(on.param("name"), names);
    on.refuse(
        {.status = 404,
         .refusal = {"unknown-recipe", "name", fmt::format("there is no recipe {}", shown(on.param("name"))),
                     near.empty() ? std::string("see: mingyue recipes") : fmt::format("did you mean {}?", near), 0}});
  });
}

}  // namespace

void add_recipe_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/recipes",
              .id = "listRecipes",
              .summary = "Recipes: real work ready to submit, with what it needs and its reference results",
              .answers = {json_of<std::vector<wire::RecipeView>>()}},
             [&parts](Call call) { list_recipes(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/recipes/{name}",
              .id = "showRecipe",
              .summary = "One recipe",
              .answers = {json_of<wire::RecipeView>()}},
             [&parts](Call call) { show_recipe(parts, std::move(call)); });
}

}  // namespace mingyue::api
