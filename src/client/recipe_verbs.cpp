#include "client/recipe_verbs.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "client/columns.hpp"
#include "client/recipe.hpp"
#include "client/recipe_run.hpp"
#include "client/table.hpp"

namespace mingyue::client {
namespace {

Expected<std::vector<Recipe>, Exit> load(const Session& session, const std::string& folder) {
  auto recipes = find_recipes(folder);
  if (recipes) return std::move(*recipes);
  return Unexpected<Exit>(tell(session, Failure{422, recipes.error().refusals}, recipes.error().file));
}

Exit unknown(const Session& session, const std::string& name, const std::vector<Recipe>& recipes) {
  std::vector<std::string> names;
  for (const auto& recipe : recipes) names.push_back(recipe.name);
  const std::string near = nearest_word(name, names);
  return tell(
      session,
      Failure{404,
              {Refusal{"unknown-recipe", "", session.text("recipe.unknown", shown(name)),
                       near.empty() ? session.text("recipe.unknown.hint") : session.text("did.you.mean", near)}}});
}

/// What a recipe lacks on this machine, for the list.
std::string needs_words(const Session& session, const std::vector<std::string>& missing) {
  if (missing.empty()) return session.text("recipe.ready");
  return session.text("recipe.lacks", fmt::format("{}", fmt::join(missing, session.text("comma"))));
}

/// A recipe in the list, for programs.
struct RecipeView {
  std::string name;
  std::string title;
  model::WorkKind kind = model::WorkKind::general;
  bool quickstart = false;
  Duration time;
  std::vector<std::string> missing;
};
DESCRIBE(RecipeView, name, title, kind, quickstart, time, missing)

}  // namespace

Exit list_recipes(Session& session, const std::string& folder) {
  auto recipes = load(session, folder);
  if (!recipes) return recipes.error();
  std::vector<RecipeView> views;
  for (const auto& recipe : *recipes) {
    views.push_back({recipe.name, recipe.title.in(session.language), recipe.kind, recipe.quickstart, recipe.time,
                     missing_programs(recipe)});
  }
  if (session.json) {
    print_json(views);
    return Exit::ok;
  }
  Table table = titled(session, {{"recipe"}, {"kind"}, {"time", Table::Align::right}, {"needs"}, {"title"}});
  for (const auto& view : views) {
    table.add(
        {view.name, enum_word(view.kind), print_duration(view.time), needs_words(session, view.missing), view.title});
  }
  out(printed(session, table));
  return Exit::ok;
}

Exit show_recipe(Session& session, const std::string& folder, const std::string& name) {
  auto recipes = load(session, folder);
  if (!recipes) return recipes.error();
  const auto recipe = std::ranges::find(*recipes, name, &Recipe::name);
  if (recipe == recipes->end()) return unknown(session, name, *recipes);
  out(fmt::format("{}: {}\n{}\n", recipe->name, recipe->title.in(session.language),
                  recipe->about.in(session.language)));
  for (const auto& result : recipe->results) {
    out(fmt::format("  {}: {} ± {} {}\n      {}\n", result.quantity, result.reference, result.tolerance, result.unit,
                    result.source));
  }
  return Exit::ok;
}

Exit run_named_recipes(Session& session, const std::string& folder, const std::vector<std::string>& names,
                       bool quickstart, bool reuse, const std::string& work) {
  auto recipes = load(session, folder);
  if (!recipes) return recipes.error();
  std::vector<Recipe> chosen;
  for (const auto& name : names) {
    const auto recipe = std::ranges::find(*recipes, name, &Recipe::name);
    if (recipe == recipes->end()) return unknown(session, name, *recipes);
    chosen.push_back(*recipe);
  }
  for (const auto& recipe : *recipes) {
    const bool there = std::ranges::find(names, recipe.name) != names.end();
    if (quickstart && recipe.quickstart && !there) chosen.push_back(recipe);
  }
  if (chosen.empty()) {
    fmt::print(stderr, "mingyue: {}\n", session.text("recipe.which"));
    return Exit::usage;
  }
  return run_recipes(session.connection, chosen,
                     {.work = work,
                      .json = session.json,
                      .terminal = session.terminal,
                      .language = session.language,
                      .width = session.width,
                      .reuse = reuse});
}

}  // namespace mingyue::client
