#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "base/time.hpp"
#include "wire/views.hpp"

/// How the jobs of recipes look while they run.
namespace mingyue::client {

/// One job document of a recipe as the centre sees it: a job, or all elements of an array.
struct Watched {
  std::size_t recipe = 0;  ///< index among the recipes that run
  std::string label;       ///< `taylor-bar/sweep`
  model::JobId id;         ///< of an array: its first element's
  std::int64_t count = 1;
  std::vector<wire::JobView> jobs;  ///< as last seen, by id; empty before

  [[nodiscard]] std::int64_t ended() const;
  [[nodiscard]] bool all_ended() const { return !jobs.empty() && ended() >= count; }
  [[nodiscard]] bool all_succeeded() const;
  /// The one word for all of them: what has gone wrong, else what runs, else what waits.
  [[nodiscard]] model::JobState state() const;
  [[nodiscard]] std::int32_t attempts() const;
  /// What is done of it, from 0 to 1: elements of an array, steps of a job that reports them.
  [[nodiscard]] double share() const;
  [[nodiscard]] Duration elapsed(Instant now) const;  ///< from its first start to its last end, or now
};

/// The state in the reader's words.
[[nodiscard]] std::string state_words(model::JobState state, Language language);

/// At most `width` columns of a text, whole characters; 0: all of it.
[[nodiscard]] std::string clip(std::string_view text, int width);
/// The text and spaces up to `width` columns.
[[nodiscard]] std::string padded(std::string_view text, int width);

/// Shows jobs on standard output. On a terminal there is one line for each, redrawn in place; elsewhere (and when the
/// terminal has fewer lines than there are jobs) a plain line at every change of state. Silent for programs.
class Display {
 public:
  enum class Manner { silent, plain, live };
  Display(Manner manner, Language language, int width);

  void show(const std::vector<Watched>& watched, Instant now);
  /// The lines as they would be drawn.
  [[nodiscard]] std::string line(const Watched& watched, int label_width, Instant now) const;

 private:
  void draw(const std::vector<Watched>& watched, Instant now);
  void tell_changes(const std::vector<Watched>& watched);

  Manner manner_;
  Language language_;
  int width_;
  std::size_t drawn_ = 0;          ///< lines above the cursor that are ours
  std::vector<std::string> told_;  ///< what was said last of each
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace mingyue::client
