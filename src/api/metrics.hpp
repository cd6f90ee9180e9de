#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mingyue::api {

/// Prometheus' text exposition (0.0.4), written family by family.
class MetricsText {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string>>;

  /// Begins a family; its samples follow.
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// `suffix` is appended to the family's name: `_bucket`, `_sum`, `_count`; mostly empty.
  void sample(const Labels& labels, double value, std::string_view suffix = {});

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string family_;
};

}  // namespace mingyue::api
