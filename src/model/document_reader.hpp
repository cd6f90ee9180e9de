#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/tree.hpp"
#include "base/units.hpp"

namespace mingyue::model {

/// What is wrong with a document, in the order of its lines. A person who mistyped three fields reads three refusals.
class Refusals {
 public:
  /// A hostile document can be wrong a million times; nobody reads more than this many.
  static constexpr std::size_t count_max = 100;

  void add(Refusal refusal);
  void add(std::string code, std::string field, std::string message, std::string hint, int line) {
    add(Refusal{std::move(code), std::move(field), std::move(message), std::move(hint), line});
  }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] bool full() const { return list_.size() >= count_max; }
  [[nodiscard]] std::vector<Refusal> take();

 private:
  std::vector<Refusal> list_;
};

/// Reads the fields of one map. The life of a reader:
///
///   1. ask for each field by its name and type; a field that is missing, or null, is nothing; one that is wrong is a
///      refusal, and nothing;
///   2. finish(): every field that was never asked for is a refusal, with the nearest name that was.
///
/// So the names that a document may use are exactly those in the code that reads it.
class FieldReader {
 public:
  /// `path` is empty at the document's top. Something that is no map is refused here, and has no fields.
  FieldReader(const Tree& tree, std::string path, Refusals& refusals);

  [[nodiscard]] const Tree* get(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) { return get(name) != nullptr; }

  [[nodiscard]] std::optional<std::string> text(std::string_view name, std::size_t length_max = 4096);
  [[nodiscard]] std::optional<std::string> name(std::string_view name);  ///< is_name
  [[nodiscard]] std::optional<bool> flag(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  [[nodiscard]] std::optional<std::int32_t> small_integer(std::string_view name, std::int32_t min, std::int32_t max);
  [[nodiscard]] std::optional<Duration> duration(std::string_view name);
  [[nodiscard]] std::optional<Instant> instant(std::string_view name);
  [[nodiscard]] std::optional<Bytes> bytes(std::string_view name);
  [[nodiscard]] std::optional<Credits> credits(std::string_view name);  ///< not negative
  /// The items of a list; a lone scalar or map counts as a list of one. Empty when missing.
  [[nodiscard]] std::vector<const Tree*> list(std::string_view name, std::size_t count_max);

  template <class Enum>
  [[nodiscard]] std::optional<Enum> word(std::string_view name) {
    const Tree* at = scalar(name);
    if (at == nullptr) return std::nullopt;
    if (const auto value = enum_from_word<Enum>(at->scalar)) return value;
    refuse_word(name, *at, enum_words<Enum>());
    return std::nullopt;
  }

  void finish();

  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] int line() const { return tree_.line; }
  [[nodiscard]] int line_of(std::string_view name) const;
  void refuse(std::string_view name, std::string code, std::string message, std::string hint);
  void require(std::string_view name, std::string hint);  ///< refuses when it is missing

 private:
  [[nodiscard]] const Tree* scalar(std::string_view name);
  void refuse_word(std::string_view name, const Tree& at, const std::vector<std::string>& words);
  template <class T>
  [[nodiscard]] std::optional<T> parsed(std::string_view name, Expected<T> (*parse)(std::string_view));

  const Tree& tree_;
  std::string path_;
  Refusals& refusals_;
  std::vector<std::string> asked_;
};

/// The text of a scalar that may stand in a list or a map of free names; a refusal at `path`, and nothing, otherwise.
[[nodiscard]] std::optional<std::string> scalar_text(const Tree& tree, const std::string& path, std::size_t length_max,
                                                     Refusals& refusals);

/// `; did you mean "a"?` is what most hints come to: the nearest candidate, or all of them when none is near.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace mingyue::model
