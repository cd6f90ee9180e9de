#include "client/recipe_work.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "base/text.hpp"
#include "client/messages.hpp"
#include "formats/parse.hpp"

namespace mingyue::client {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view result_file = "result.json";

std::string stamp_of(Instant t) {
  const std::time_t seconds = t.raw() / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
  return text;
}

/// The order of a work folder's name among those of its recipe; nothing when it is not one of them.
std::optional<std::pair<std::string, int>> age_of(const std::string& name, const std::string& recipe) {
  if (!name.starts_with(recipe + "-")) return std::nullopt;
  const std::string_view rest = std::string_view(name).substr(recipe.size() + 1);
  constexpr std::string_view shape = "00000000-000000";
  if (rest.size() < shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_digit = rest[i] >= '0' && rest[i] <= '9';
    if (shape[i] == '0' ? !is_digit : rest[i] != '-') return std::nullopt;
  }
  const std::string stamp(rest.substr(0, shape.size()));
  if (rest.size() == shape.size()) return std::pair(stamp, 1);
  const std::string_view number = rest.substr(shape.size());
  int n = 0;
  const auto [end, error] = std::from_chars(number.data() + 1, number.data() + number.size(), n);
  if (number[0] != '-' || error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  return std::pair(stamp, n);
}

std::optional<std::string> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

bool holds_the_same(const fs::path& work_folder, const fs::path& recipe) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(recipe, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file() || it->path().lexically_relative(recipe) == result_file) continue;
    const auto ours = bytes_of(it->path());
    if (!ours || ours != bytes_of(work_folder / it->path().lexically_relative(recipe))) return false;
  }
  return !error;
}

}  // namespace

Expected<std::string> fresh_work_folder(const Recipe& recipe, const std::string& work, Instant now) {
  std::error_code error;
  const fs::path under = fs::absolute(work, error).lexically_normal();
  if (!error) fs::create_directories(under, error);
  const std::string name = fmt::format("{}-{}", recipe.name, stamp_of(now));
  fs::path folder = under / name;
  for (int n = 2; !error && !fs::create_directory(folder, error) && !error; ++n)
    folder = under / fmt::format("{}-{}", name, n);
  if (!error)
    fs::copy(recipe.folder, folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error) {
    return refuse("cannot-write", "", say("recipe.no.folder", folder.string(), error.message()),
                  say("recipe.no.folder.hint"));
  }
  fs::remove(folder / result_file, error);
  return folder.string();
}

Expected<std::vector<Measured>> measure(const Recipe& recipe, const std::string& work_folder) {
  const fs::path file = fs::path(work_folder) / result_file;
  const auto text = bytes_of(file);
  if (!text) return refuse("no-result", "", say("recipe.no.result", file.string()), say("recipe.no.result.hint"));
  auto tree = formats::parse_json(*text);
  if (!tree || !tree->is_map()) {
    return refuse("bad-result", "",
                  tree ? say("recipe.bad.result", file.string())
                       : say("recipe.bad.result.why", file.string(), tree.error().message),
                  say("recipe.bad.result.hint"), tree ? 1 : tree.error().line);
  }
  std::vector<Measured> all;
  for (const RecipeResult& result : recipe.results) {
    Measured measured{.result = &result};
    const Tree* at = tree->find(result.key);
    if (at != nullptr && at->is_scalar() && !at->quoted) {
      double value = 0;
      const std::string& digits = at->scalar;
      const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (wrong == std::errc{} && end == digits.data() + digits.size() && std::isfinite(value)) {
        measured.value = value;
        measured.written = digits;
        measured.ok = result.meets(value);
      }
    }
    all.push_back(std::move(measured));
  }
  return all;
}

std::optional<EarlierRun> earlier_run(const Recipe& recipe, const std::string& work) {
  std::error_code error;
  const fs::path under = fs::absolute(work, error).lexically_normal();
  std::optional<std::pair<std::string, int>> newest;
  fs::path folder;
  for (fs::directory_iterator it(under, error), end; !error && it != end; it.increment(error)) {
    const auto age = age_of(it->path().filename().string(), recipe.name);
    if (!age || (newest && *age < *newest)) continue;
    newest = age;
    folder = it->path();
  }
  if (!newest || !holds_the_same(folder, recipe.folder)) return std::nullopt;
  auto measured = measure(recipe, folder.string());
  if (!measured || !std::ranges::all_of(*measured, &Measured::ok)) return std::nullopt;
  struct stat facts {};
  if (::stat((folder / result_file).c_str(), &facts) != 0) return std::nullopt;
  return EarlierRun{folder.string(), Instant(facts.st_mtim.tv_sec * 1000 + facts.st_mtim.tv_nsec / 1'000'000),
                    std::move(*measured)};
}

}  // namespace mingyue::client
