#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

namespace mingyue::api {

/// One query parameter of a route: what it may say. Reading a query and the API's document follow from it alike.
struct Param {
  enum class Kind : std::uint8_t { text, word, number, flag, instant };

  std::string name;
  std::string about;
  Kind kind = Kind::text;
  std::int64_t min = 0;  ///< of a number
  std::int64_t max = INT64_MAX;
  std::vector<std::string> words;  ///< of a word
  bool is_list = false;            ///< may be given several times, or with commas
};

[[nodiscard]] Param text_param(std::string name, std::string about);
[[nodiscard]] Param word_param(std::string name, std::vector<std::string> words, std::string about);
[[nodiscard]] Param number_param(std::string name, std::int64_t min, std::int64_t max, std::string about);
[[nodiscard]] Param flag_param(std::string name, std::string about);
[[nodiscard]] Param instant_param(std::string name, std::string about);
[[nodiscard]] Param list_of(Param param);

/// A query that has been read: every value is of its kind and within its range.
class Query {
 public:
  /// Refuses a parameter that the route does not know (with the nearest word), one that comes twice and is no list, and
  /// values that are not of their kind. All refusals at once, in the order of the query.
  [[nodiscard]] static Expected<Query, std::vector<Refusal>> read(const std::vector<Param>& params,
                                                                  const http::Fields& fields);

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::optional<Instant> instant(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace mingyue::api
