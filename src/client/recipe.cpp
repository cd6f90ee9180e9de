#include "client/recipe.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "base/units.hpp"
#include "client/messages.hpp"
#include "formats/parse.hpp"
#include "model/document_reader.hpp"

namespace mingyue::client {
namespace {

namespace fs = std::filesystem;
using model::FieldReader;
using model::Refusals;

constexpr std::size_t items_max = 1000;

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> read_number(FieldReader& reader, std::string_view name) {
  const auto text = reader.text(name, 100);
  if (!text) return std::nullopt;
  const auto value = number_of(*text);
  if (!value) reader.refuse(name, "bad-value", say("recipe.no.number", shown(*text)), say("recipe.no.number.hint"));
  return value;
}

std::string required_text(FieldReader& reader, std::string_view name, std::string hint) {
  reader.require(name, hint);
  auto text = reader.text(name);
  if (text && text->empty())
    reader.refuse(name, "bad-value", say("recipe.empty", reader.path_of(name)), std::move(hint));
  return text.value_or("");
}

std::vector<std::string> texts(FieldReader& reader, std::string_view name, Refusals& refusals) {
  std::vector<std::string> read;
  const auto items = reader.list(name, items_max);
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto text = model::scalar_text(*items[i], fmt::format("{}[{}]", reader.path_of(name), i), 4096, refusals);
    if (text) read.push_back(std::move(*text));
  }
  return read;
}

RecipeText read_text(FieldReader& recipe, std::string_view name, Refusals& refusals) {
  recipe.require(name, say("recipe.both"));
  const Tree* tree = recipe.get(name);
  if (tree == nullptr) return {};
  FieldReader reader(*tree, recipe.path_of(name), refusals);
  RecipeText text{.en = required_text(reader, "en", say("recipe.english")), .zh = reader.text("zh").value_or("")};
  reader.finish();
  return text;
}

bool is_inside(const std::string& file) {
  const fs::path path(file);
  return path.is_relative() && std::ranges::find(path, fs::path("..")) == path.end();
}

/// What to write instead of a name that no earlier job has.
std::string hint_for(const std::string& name, const std::vector<std::string>& earlier) {
  if (const std::string near = nearest_word(name, earlier); !near.empty()) return say("did.you.mean.quoted", near);
  if (earlier.empty()) return say("recipe.no.job.first");
  return say("recipe.no.job.hint", fmt::format("{}", fmt::join(earlier, say("comma"))));
}

RecipeJob read_job(const Tree& tree, const std::string& path, const std::vector<RecipeJob>& earlier,
                   Refusals& refusals) {
  FieldReader reader(tree, path, refusals);
  RecipeJob job{.file = required_text(reader, "file", say("recipe.file"))};
  if (!is_inside(job.file)) {
    reader.refuse("file", "bad-value", say("recipe.outside", shown(job.file)), say("recipe.outside.hint"));
  }
  reader.require("as", say("recipe.as"));
  job.as = reader.name("as").value_or("");
  std::vector<std::string> names;
  for (const RecipeJob& each : earlier) names.push_back(each.as);
  if (!job.as.empty() && std::ranges::find(names, job.as) != names.end()) {
    reader.refuse("as", "name-taken", say("recipe.as.twice", job.as), say("recipe.as.twice.hint"));
  }
  const auto dependencies = [&](std::string_view name) {
    auto targets = texts(reader, name, refusals);
    for (const std::string& target : targets) {
      if (std::ranges::find(names, target) != names.end()) continue;
      reader.refuse(name, "unknown-job", say("recipe.no.job", shown(target)), hint_for(target, names));
    }
    return targets;
  };
  job.after_ok = dependencies("after-ok");
  job.after = dependencies("after");
  job.after_any = dependencies("after-any");
  reader.finish();
  return job;
}

RecipeResult read_result(const Tree& tree, const std::string& path, const std::vector<RecipeResult>& earlier,
                         Refusals& refusals) {
  FieldReader reader(tree, path, refusals);
  RecipeResult result{.quantity = required_text(reader, "quantity", say("recipe.quantity")),
                      .key = required_text(reader, "key", say("recipe.key")),
                      .unit = reader.text("unit").value_or("")};
  if (!result.key.empty() && std::ranges::find(earlier, result.key, &RecipeResult::key) != earlier.end()) {
    reader.refuse("key", "name-taken", say("recipe.key.twice", shown(result.key)), say("recipe.key.twice.hint"));
  }
  reader.require("reference", say("recipe.value"));
  result.reference = read_number(reader, "reference").value_or(0);
  const auto absolute = read_number(reader, "tolerance");
  const auto relative = read_number(reader, "tolerance-relative");
  const std::string hint = say("recipe.tolerance");
  if (reader.has("tolerance") && reader.has("tolerance-relative")) {
    reader.refuse("tolerance-relative", "conflict", say("recipe.tolerance.twice", path), hint);
  } else if (!reader.has("tolerance-relative")) {
    reader.require("tolerance", hint);
  }
  if (absolute.value_or(0) < 0)
    reader.refuse("tolerance", "out-of-range", say("recipe.tolerance.negative"), say("recipe.tolerance.negative.hint"));
  if (relative.value_or(0) < 0)
    reader.refuse("tolerance-relative", "out-of-range", say("recipe.tolerance.negative"),
                  say("recipe.tolerance.negative.hint"));
  result.tolerance = absolute.value_or(relative.value_or(0) * std::abs(result.reference));
  result.source = required_text(reader, "source", say("recipe.source"));
  reader.finish();
  return result;
}

std::optional<std::string> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Expected<Recipe, std::vector<Refusal>> read_folder(const fs::path& folder) {
  using List = std::vector<Refusal>;
  const auto text = text_of(folder / "recipe.yaml");
  if (!text) return Unexpected<List>({Refusal{"unreadable", "", say("no.file"), say("recipe.unreadable.hint")}});
  auto tree = formats::parse_yaml(*text);
  if (!tree) return Unexpected<List>({std::move(tree).error()});
  TRY(recipe, read_recipe(*tree));
  recipe.folder = folder.string();
  List refusals;
  if (const std::string called = folder.filename().string(); called != recipe.name) {
    refusals.push_back(
        {"bad-value", "name", say("recipe.misnamed", recipe.name, shown(called)), say("recipe.misnamed.hint")});
  }
  for (const RecipeJob& job : recipe.jobs) {
    if (fs::is_regular_file(folder / job.file)) continue;
    refusals.push_back(
        {"missing-file", "jobs", say("recipe.no.document", shown(job.file, 100)), say("recipe.no.document.hint")});
  }
  if (refusals.empty()) return recipe;
  locate(refusals, *tree);
  return Unexpected<List>(std::move(refusals));
}

bool is_program(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

bool RecipeResult::meets(double value) const {
  // The difference of two decimals is off by a rounding or two of the larger one; a tolerance of 0 for a reference of 0
  // stays exact.
  const double rounding = 4 * std::numeric_limits<double>::epsilon() * std::max(std::abs(value), std::abs(reference));
  const double slack = tolerance > 0 ? rounding : 0;
  return std::isfinite(value) && std::abs(value - reference) <= tolerance + slack;
}

Expected<Recipe, std::vector<Refusal>> read_recipe(const Tree& tree) {
  Refusals refusals;
  FieldReader reader(tree, "", refusals);
  Recipe recipe;
  reader.require("name", say("recipe.name"));
  recipe.name = reader.name("name").value_or("");
  recipe.title = read_text(reader, "title", refusals);
  recipe.about = read_text(reader, "about", refusals);
  reader.require("kind", say("recipe.kind"));
  recipe.kind = reader.word<model::WorkKind>("kind").value_or(model::WorkKind::general);
  recipe.quickstart = reader.flag("quickstart").value_or(false);
  reader.require("time", say("recipe.time"));
  recipe.time = reader.duration("time").value_or(Duration{});
  if (const Tree* needs = reader.get("needs"); needs != nullptr) {
    FieldReader inner(*needs, "needs", refusals);
    recipe.packages = texts(inner, "packages", refusals);
    recipe.programs = texts(inner, "programs", refusals);
    inner.finish();
  }
  reader.require("jobs", say("recipe.jobs"));
  const auto jobs = reader.list("jobs", items_max);
  if (reader.has("jobs") && jobs.empty())
    reader.refuse("jobs", "bad-value", say("recipe.no.jobs"), say("recipe.no.jobs.hint"));
  for (std::size_t i = 0; i < jobs.size(); ++i)
    recipe.jobs.push_back(read_job(*jobs[i], fmt::format("jobs[{}]", i), recipe.jobs, refusals));
  reader.require("results", say("recipe.results"));
  const auto results = reader.list("results", items_max);
  if (reader.has("results") && results.empty()) {
    reader.refuse("results", "bad-value", say("recipe.no.results"), say("recipe.results"));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    recipe.results.push_back(read_result(*results[i], fmt::format("results[{}]", i), recipe.results, refusals));
  }
  reader.finish();
  if (!refusals.empty()) return Unexpected<std::vector<Refusal>>(refusals.take());
  return recipe;
}

Expected<std::vector<Recipe>, BadRecipe> find_recipes(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (fs::exists(it->path() / "recipe.yaml")) folders.push_back(fs::absolute(it->path()).lexically_normal());
  }
  if (error) {
    return Unexpected<BadRecipe>(
        {folder,
         {Refusal{"unreadable", "", say("recipe.no.recipes", error.message()), say("recipe.no.recipes.hint")}}});
  }
  std::ranges::sort(folders);
  std::vector<Recipe> recipes;
  for (const fs::path& each : folders) {
    auto recipe = read_folder(each);
    if (!recipe) return Unexpected<BadRecipe>({(each / "recipe.yaml").string(), std::move(recipe).error()});
    recipes.push_back(std::move(*recipe));
  }
  return recipes;
}

std::vector<std::string> missing_programs(const Recipe& recipe, std::string_view path) {
  const auto is_there = [path](const std::string& program) {
    if (program.find('/') != std::string::npos) return is_program(program);
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t to = std::min(path.find(':', from), path.size());
      if (to > from && is_program(fs::path(path.substr(from, to - from)) / program)) return true;
      from = to + 1;
    }
    return false;
  };
  std::vector<std::string> missing = recipe.programs;
  std::erase_if(missing, is_there);
  return missing;
}

std::vector<std::string> missing_programs(const Recipe& recipe) {
  const char* path = std::getenv("PATH");
  return missing_programs(recipe, path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
}

std::vector<std::string> missing_packages(const Recipe& recipe, const std::string& status) {
  std::ifstream in(status);
  if (!in || recipe.packages.empty()) return {};
  std::set<std::string> missing(recipe.packages.begin(), recipe.packages.end());
  std::string package;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Package: "))
      package = line.substr(9);
    else if (line.starts_with("Status: ") && line.ends_with(" installed"))
      missing.erase(package);
  }
  std::vector<std::string> in_order = recipe.packages;
  std::erase_if(in_order, [&](const std::string& each) { return !missing.contains(each); });
  return in_order;
}

}  // namespace mingyue::client
