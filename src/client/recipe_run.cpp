#include "client/recipe_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "client/recipe_watch.hpp"
#include "client/recipe_work.hpp"
#include "client/session.hpp"
#include "client/table.hpp"
#include "formats/json.hpp"
#include "formats/parse.hpp"

namespace mingyue::client {
namespace {

constexpr auto poll_every = std::chrono::milliseconds(500);
constexpr Duration away_max = seconds(60);
constexpr std::size_t output_lines_max = 20;
constexpr std::size_t failures_shown_max = 3;
constexpr std::size_t page = 1000;

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

/// What became of one recipe.
struct Outcome {
  enum class Kind { skipped, reused, ran, refused };
  const Recipe* recipe = nullptr;
  Kind kind = Kind::ran;
  std::vector<std::string> needs;  ///< of a skipped one
  std::string folder;
  Instant at;  ///< of a reused one
  std::vector<Measured> measured;
  std::vector<Refusal> refusals;  ///< of the centre, or of result.json
  bool jobs_ok = true;

  [[nodiscard]] bool ok() const {
    if (kind == Kind::skipped) return true;
    return kind != Kind::refused && jobs_ok && refusals.empty() && std::ranges::all_of(measured, &Measured::ok);
  }
};

/// The last lines of what a job wrote.
struct Tail {
  std::string stream;
  std::string text;
};

struct FailedJob {
  std::size_t recipe = 0;
  std::string label;
  wire::JobView job;
  std::vector<Tail> tails;
};

std::string last_lines(std::string_view text, std::size_t lines_max) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t from = text.size();
  for (std::size_t lines = 0; from > 0; --from) {
    if (text[from - 1] == '\n' && ++lines == lines_max) break;
  }
  std::string kept;
  for (std::string_view rest = text.substr(from); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    kept += (kept.empty() ? "" : "\n") + shown(rest.substr(0, end), 1000);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return kept;
}

class Run {
 public:
  Run(const Connection& connection, const std::vector<Recipe>& recipes, const RunOptions& options)
      : connection_(connection), recipes_(recipes), options_(options) {
    session_.language = options.language;
  }

  Exit go() {
    if (recipes_.empty()) {
      tell(session_,
           Failure{404,
                   {Refusal{"not-found", "", session_.text("recipe.nothing"), session_.text("recipe.unknown.hint")}}});
      return Exit::not_found;
    }
    for (const Recipe& recipe : recipes_) prepare(recipe);
    const bool any_to_run = std::ranges::find(outcomes_, Outcome::Kind::ran, &Outcome::kind) != outcomes_.end();
    if (any_to_run) {
      // Nobody waits a minute for a centre that was never there; one that goes away later is waited for.
      if (const auto there = get("/v1/centre"); !there) return tell(session_, there.error());
      connection_.be_patient(away_max);
      for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        if (outcomes_[i].kind == Outcome::Kind::ran) submit(i);
      }
      if (const auto followed = follow(); !followed) return tell(session_, followed.error());
    }
    collect();
    report();
    return exit();
  }

 private:
  /// A line of the catalogue, for people.
  template <class... Args>
  void print(std::string_view key, const Args&... args) const {
    if (!options_.json) out(session_.text(key, args...) + "\n");
  }

  [[nodiscard]] Request request(std::string method, std::string path) const {
    return {.method = std::move(method),
            .path = std::move(path),
            .headers = {{"Accept-Language", options_.language == Language::zh ? "zh" : "en"}}};
  }
  [[nodiscard]] Expected<Tree, Failure> json_of(const Request& wish) const {
    TRY(answer, connection_.ask(wish));
    auto tree = formats::parse_json(answer.body, {.bytes_max = 1 << 28, .nodes_max = 10'000'000});
    if (!tree) return Unexpected<Failure>(Failure{answer.status, {tree.error()}});
    return std::move(*tree);
  }
  [[nodiscard]] Expected<Tree, Failure> get(std::string path) const { return json_of(request("GET", std::move(path))); }

  /// Skipped, reused, or with a fresh work folder.
  void prepare(const Recipe& recipe) {
    Outcome outcome{.recipe = &recipe, .needs = missing_programs(recipe)};
    const auto packages = missing_packages(recipe);
    if (outcome.needs.empty()) outcome.needs = packages;
    if (!outcome.needs.empty()) {
      outcome.kind = Outcome::Kind::skipped;
      const std::string needs = joined(outcome.needs, session_.text("comma")),
                        apt = joined(packages.empty() ? recipe.packages : packages, " ");
      if (apt.empty())
        print("recipe.skipped", recipe.name, needs);
      else
        print("recipe.skipped.apt", recipe.name, needs, apt);
    } else if (auto earlier = options_.reuse ? earlier_run(recipe, options_.work) : std::nullopt) {
      outcome.kind = Outcome::Kind::reused;
      outcome.folder = std::move(earlier->folder);
      outcome.at = earlier->at;
      outcome.measured = std::move(earlier->measured);
    } else if (auto folder = fresh_work_folder(recipe, options_.work, now())) {
      outcome.folder = std::move(*folder);
    } else {
      outcome.kind = Outcome::Kind::refused;
      outcome.refusals.push_back(std::move(folder).error());
    }
    outcomes_.push_back(std::move(outcome));
  }

  /// All jobs of a recipe, or none that goes on: after a refusal the earlier ones are cancelled.
  void submit(std::size_t index) {
    Outcome& outcome = outcomes_[index];
    std::map<std::string, std::string> ids;
    for (const RecipeJob& job : outcome.recipe->jobs) {
      auto submitted = submit_job(outcome, job, ids);
      if (submitted) {
        ids[job.as] = std::to_string(submitted->id.raw());
        watched_.push_back({.recipe = index,
                            .label = outcome.recipe->name + "/" + job.as,
                            .id = submitted->id,
                            .count = submitted->count});
        continue;
      }
      outcome.kind = Outcome::Kind::refused;
      outcome.refusals = submitted.error().refusals;
      for (Refusal& refusal : outcome.refusals)
        refusal.message =
            fmt::format("{}{}{}: {}", job.file, refusal.field.empty() ? "" : ": ", refusal.field, refusal.message);
      refused_ = exit_of(submitted.error());
      for (const auto& [as, id] : ids) (void)connection_.ask(request("POST", fmt::format("/v1/jobs/{}/cancel", id)));
      std::erase_if(watched_, [index](const Watched& each) { return each.recipe == index; });
      return;
    }
  }

  [[nodiscard]] Expected<wire::Submitted, Failure> submit_job(const Outcome& outcome, const RecipeJob& job,
                                                              const std::map<std::string, std::string>& ids) const {
    std::ifstream in(outcome.folder + "/" + job.file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    const auto of = [&ids](const std::vector<std::string>& names) {
      std::vector<std::string> found;
      for (const std::string& name : names) found.push_back(ids.at(name));
      return found;
    };
    auto document = with_dependencies(text.str(), {of(job.after_ok), of(job.after), of(job.after_any)});
    if (!document) return Unexpected<Failure>(Failure{422, {std::move(document).error()}});
    Request wish =
        request("POST", fmt::format("/v1/jobs?workdir={}&name={}", encode(outcome.folder), encode(job.file)));
    wish.body = std::move(*document);
    wish.content_type = "application/yaml";
    wish.headers["Idempotency-Key"] = fresh_key();
    TRY(answer, json_of(wish));
    return read_as<wire::Submitted>(answer);
  }

  [[nodiscard]] Expected<void, Failure> look(Watched& watched) const {
    std::vector<wire::JobView> jobs;
    if (watched.count == 1) {
      TRY(tree, get(fmt::format("/v1/jobs/{}", watched.id.raw())));
      const Tree* job = tree.find("job");
      TRY(view, read_as<wire::JobView>(job != nullptr ? *job : tree));
      jobs.push_back(std::move(view));
    }
    // Newest first, a page at a time.
    std::string before;
    while (watched.count > 1) {
      TRY(tree, get(fmt::format("/v1/jobs?array={}&all=true&limit={}{}", watched.id.raw(), page, before)));
      for (const Tree& item : tree.items) {
        TRY(view, read_as<wire::JobView>(item));
        jobs.push_back(std::move(view));
      }
      if (tree.items.size() < page) break;
      before = fmt::format("&before={}", jobs.back().id.raw());
    }
    std::ranges::sort(jobs, {}, &wire::JobView::id);
    watched.jobs = std::move(jobs);
    return {};
  }

  [[nodiscard]] Expected<void, Failure> follow() {
    using Manner = Display::Manner;
    Display display(options_.json       ? Manner::silent
                    : options_.terminal ? Manner::live
                                        : Manner::plain,
                    options_.language, options_.width);
    for (;;) {
      for (Watched& each : watched_) {
        if (!each.all_ended()) CHECK_OK(look(each));
      }
      display.show(watched_, now());
      if (std::ranges::all_of(watched_, &Watched::all_ended)) return {};
      std::this_thread::sleep_for(poll_every);
    }
  }

  void collect() {
    for (const Watched& each : watched_) {
      if (each.all_succeeded()) continue;
      outcomes_[each.recipe].jobs_ok = false;
      std::size_t shown_count = 0;
      for (const wire::JobView& job : each.jobs) {
        if (job.state == model::JobState::succeeded || ++shown_count > failures_shown_max) continue;
        failed_.push_back({each.recipe, each.label, job, tails_of(job)});
      }
    }
    for (Outcome& outcome : outcomes_) {
      if (outcome.kind != Outcome::Kind::ran || !outcome.jobs_ok) continue;
      auto measured = measure(*outcome.recipe, outcome.folder);
      if (measured)
        outcome.measured = std::move(*measured);
      else
        outcome.refusals.push_back(std::move(measured).error());
    }
  }

  [[nodiscard]] std::vector<Tail> tails_of(const wire::JobView& job) const {
    std::vector<Tail> tails;
    if (job.attempts == 0) return tails;
    for (const std::string stream : {"err", "out"}) {
      const auto answer =
          connection_.ask(request("GET", fmt::format("/v1/jobs/{}/output?tail=4000&stream={}", job.id.raw(), stream)));
      if (!answer) continue;
      if (std::string text = last_lines(answer->body, output_lines_max); !text.empty())
        tails.push_back({stream, std::move(text)});
    }
    return tails;
  }

  [[nodiscard]] std::size_t count(Outcome::Kind kind) const {
    return static_cast<std::size_t>(std::ranges::count(outcomes_, kind, &Outcome::kind));
  }

  void report() const {
    if (options_.json) return report_json();
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
      if (outcomes_[i].kind != Outcome::Kind::skipped) report(i);
    }
    std::size_t good = 0, all = 0;
    for (const Outcome& outcome : outcomes_) {
      if (outcome.kind == Outcome::Kind::skipped) continue;
      all += outcome.recipe->results.size();
      good += static_cast<std::size_t>(std::ranges::count(outcome.measured, true, &Measured::ok));
    }
    out("\n");
    print("recipe.sum", good, all, count(Outcome::Kind::ran), count(Outcome::Kind::reused),
          count(Outcome::Kind::skipped), count(Outcome::Kind::refused));
  }

  void report(std::size_t index) const {
    const Outcome& outcome = outcomes_[index];
    out(fmt::format("\n{}  {}\n", outcome.recipe->name, outcome.recipe->title.in(options_.language)));
    if (outcome.kind == Outcome::Kind::reused) {
      out("  ");
      print("recipe.reused", short_time(outcome.at), outcome.folder);
    } else if (!outcome.folder.empty()) {
      out(fmt::format("  {}\n", outcome.folder));
    }
    for (const FailedJob& failed : failed_) {
      if (failed.recipe == index) report(failed);
    }
    for (const Refusal& refusal : outcome.refusals) {
      const bool alone = refusal.hint.empty();
      out(fmt::format("  {}\n",
                      alone ? refusal.message : session_.text("recipe.refusal", refusal.message, refusal.hint)));
    }
    int widest = 0, digits = 0;
    for (const Measured& each : outcome.measured) {
      widest = std::max(widest, display_width(each.result->quantity));
      digits = std::max(digits, display_width(value_words(each)));
    }
    for (const Measured& each : outcome.measured) {
      const RecipeResult& result = *each.result;
      const std::string verdict = session_.text(each.ok ? "recipe.ok" : "recipe.missed");
      out(fmt::format("  {}  {}  {} {} ± {}  {}\n", padded(result.quantity, widest), padded(value_words(each), digits),
                      session_.text("recipe.reference"), result.reference, result.tolerance, verdict));
      out(fmt::format("      {}\n", result.source));
    }
  }

  [[nodiscard]] std::string value_words(const Measured& measured) const {
    if (!measured.value) return session_.text("recipe.no.value");
    return measured.written + (measured.result->unit.empty() ? "" : " " + measured.result->unit);
  }

  void report(const FailedJob& failed) const {
    const std::string state = state_words(failed.job.state, options_.language);
    const std::string element = failed.job.array_index >= 0 ? fmt::format("[{}]", failed.job.array_index) : "";
    out(fmt::format("  {}{} ({}): {}{}\n", failed.label, element, failed.job.id.raw(), state,
                    failed.job.reason.empty() ? "" : ": " + failed.job.reason));
    for (const Tail& tail : failed.tails) {
      out(fmt::format("    {}:\n", tail.stream));
      std::stringstream lines(tail.text);
      for (std::string line; std::getline(lines, line);) out(fmt::format("      {}\n", line));
    }
  }

  void report_json() const {
    formats::JsonWriter json(formats::JsonStyle::cli, formats::JsonLayout::pretty);
    json.begin_object();
    json.field("ok", exit() == Exit::ok);
    json.key("recipes");
    json.begin_array();
    for (std::size_t i = 0; i < outcomes_.size(); ++i) write_json(json, i);
    json.end_array();
    json.end_object();
    out(json.take() + "\n");
  }

  void write_json(formats::JsonWriter& json, std::size_t index) const {
    static constexpr std::string_view kinds[] = {"skipped", "reused", "ran", "refused"};
    const Outcome& outcome = outcomes_[index];
    json.begin_object();
    json.field("name", outcome.recipe->name);
    json.field("state", kinds[static_cast<std::size_t>(outcome.kind)]);
    json.field("ok", outcome.kind != Outcome::Kind::skipped && outcome.ok());
    json.field("needs", outcome.needs);
    json.field("folder", outcome.folder);
    if (outcome.kind == Outcome::Kind::reused) json.field("from", outcome.at);
    json.field("refusals", outcome.refusals);
    json.key("jobs");
    json.begin_array();
    for (const Watched& each : watched_) {
      if (each.recipe == index) {
        for (const wire::JobView& job : each.jobs) json.value(job);
      }
    }
    json.end_array();
    json.key("output");  // of failed jobs
    json.begin_array();
    for (const FailedJob& failed : failed_) {
      for (const Tail& tail : failed.tails) {
        if (failed.recipe != index) continue;
        json.begin_object();
        json.field("job", failed.job.id);
        json.field("stream", tail.stream);
        json.field("tail", tail.text);
        json.end_object();
      }
    }
    json.end_array();
    json.key("results");
    json.begin_array();
    for (const Measured& each : outcome.measured) {
      json.begin_object();
      json.field("quantity", each.result->quantity);
      json.field("key", each.result->key);
      json.field("value", each.value);
      json.field("unit", each.result->unit);
      json.field("reference", each.result->reference);
      json.field("tolerance", each.result->tolerance);
      json.field("ok", each.ok);
      json.field("source", each.result->source);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }

  [[nodiscard]] Exit exit() const {
    if (count(Outcome::Kind::refused) == outcomes_.size() && refused_) return *refused_;
    const bool all_skipped = count(Outcome::Kind::skipped) == outcomes_.size();
    return !all_skipped && std::ranges::all_of(outcomes_, &Outcome::ok) ? Exit::ok : Exit::job_failed;
  }

  Connection connection_;
  const std::vector<Recipe>& recipes_;
  const RunOptions& options_;
  Session session_{.connection = connection_};
  std::vector<Outcome> outcomes_;
  std::vector<Watched> watched_;
  std::vector<FailedJob> failed_;
  std::optional<Exit> refused_;  ///< what the last refusal of the centre comes to
};

}  // namespace

Exit run_recipes(const Connection& connection, const std::vector<Recipe>& recipes, const RunOptions& options) {
  return Run(connection, recipes, options).go();
}

Expected<std::string> with_dependencies(std::string document, const JobIds& ids) {
  TRY(tree, formats::parse_yaml(document));
  const std::pair<std::string_view, const std::vector<std::string>*> lines[] = {
      {"after-ok", &ids.after_ok}, {"after", &ids.after}, {"after-any", &ids.after_any}};
  for (const auto& [field, targets] : lines) {
    if (const Tree* at = tree.find(field); at != nullptr) {
      return refuse("conflict", std::string(field), say("recipe.names.ids", field), say("recipe.names.ids.hint"),
                    at->line);
    }
    if (targets->empty()) continue;
    if (!document.empty() && !document.ends_with('\n')) document += '\n';
    document += fmt::format("{}: [{}]\n", field, joined(*targets, ", "));
  }
  return document;
}

}  // namespace mingyue::client
