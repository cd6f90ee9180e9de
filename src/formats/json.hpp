#pragma once

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/describe.hpp"
#include "base/expected.hpp"
#include "base/sparse.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"

namespace mingyue {
DESCRIBE(Refusal, code, field, message, hint, line)
DESCRIBE(Fault, code, message)
}  // namespace mingyue

/// Writes any described value as JSON. The API, `--json` and the API's document follow from these rules:
///
///   a described struct     object; members by their names, in order; a trailing `_` is dropped
///   Duration, Bytes        number; the member's name gains `_ms`, `_bytes`
///   Instant                "2026-12-01T08:00:00.000Z"
///   Credits                "12.5"
///   64-bit integers        text for the API (JavaScript is exact to 2^53), numbers for the CLI; ids, ResourceTime,
///                          Duration and Bytes are such integers
///   other integers, bool   number, true or false; floating point: the shortest that reads back; null when not finite
///   AttemptId              "4711.2"
///   an enum                "launch-failed"
///   optional, Sparse       null when empty
///   vector                 array; a vector of pairs of text and value, and a map: object
///   variant of structs     object with "type" first: the struct's name, JobSubmitted is "job-submitted"
///
/// Text that is no UTF-8 has U+FFFD in place of each wrong byte: what is written is always valid JSON.
namespace mingyue::formats {

enum class JsonStyle : std::uint8_t { api, cli };
enum class JsonLayout : std::uint8_t { compact, pretty };

template <class T>
[[nodiscard]] std::string write_json(const T& value, JsonStyle style, JsonLayout layout = JsonLayout::compact);

/// The name under which a variant's alternative is written: `JobSubmitted` is `job-submitted`.
template <class T>
[[nodiscard]] const std::string& json_type_name();

/// The key of a described member: its name, with the unit that its type asks for.
template <class Member>
[[nodiscard]] std::string json_key(std::string_view name);

/// Writes JSON piece by piece, with commas, indentation and escapes in the right places. For values that have no
/// struct.
class JsonWriter {
 public:
  explicit JsonWriter(JsonStyle style, JsonLayout layout = JsonLayout::compact) : style_(style), layout_(layout) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  void null() { raw("null"); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void text(std::string_view value);
  void integer(std::int64_t value, bool is_64_bit);
  void unsigned_integer(std::uint64_t value, bool is_64_bit);
  void real(double value);
  /// Any value that the rules above cover.
  template <class T>
  void value(const T& value);
  template <class T>
  void field(std::string_view name, const T& field_value) {
    key(name);
    value(field_value);
  }
  /// JSON that was written before.
  void raw(std::string_view json);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();
  void quoted(std::string_view value);
  void new_line();

  JsonStyle style_;
  JsonLayout layout_;
  std::string out_;
  int depth_ = 0;
  bool first_ = true;  ///< nothing stands in the innermost object or array yet
  bool after_key_ = false;
};

// ---- the rules
// -------------------------------------------------------------------------------------------------------

namespace detail {

template <class T>
concept Described = boost::describe::has_describe_members<T>::value && std::is_class_v<T>;
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
struct Inner {
  using Type = T;
};
template <class T>
struct Inner<std::optional<T>> : Inner<T> {};
template <class T>
struct Inner<std::vector<T>> : Inner<T> {};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_sparse = false;
template <class T>
inline constexpr bool is_sparse<Sparse<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_named_vector = false;
template <class T>
inline constexpr bool is_named_vector<std::vector<std::pair<std::string, T>>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class K, class V, class C, class A>
inline constexpr bool is_map<std::map<K, V, C, A>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

/// The bare name of a type, as the compiler spells it in this function's own name.
template <class T>
constexpr std::string_view bare_type_name() {
  std::string_view name = __PRETTY_FUNCTION__;
  const auto from = name.find("T = ") + 4;
  name = name.substr(from, name.find_first_of(";]", from) - from);
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

[[nodiscard]] std::string kebab(std::string_view pascal);

}  // namespace detail

template <class T>
const std::string& json_type_name() {
  static const std::string name = detail::kebab(detail::bare_type_name<T>());
  return name;
}

template <class Member>
std::string json_key(std::string_view name) {
  using Inner = typename detail::Inner<std::remove_cvref_t<Member>>::Type;
  if (name.ends_with('_')) name.remove_suffix(1);
  std::string key(name);
  if constexpr (std::is_same_v<Inner, Duration>) {
    if (!name.ends_with("_ms")) key += "_ms";
  } else if constexpr (std::is_same_v<Inner, Bytes>) {
    if (!name.ends_with("_bytes")) key += "_bytes";
  }
  return key;
}

template <class T>
void JsonWriter::value(const T& value) {
  using namespace detail;
  if constexpr (std::is_same_v<T, bool>) {
    boolean(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    text(value);
  } else if constexpr (std::is_same_v<T, Instant>) {
    text(print_instant(value));
  } else if constexpr (std::is_same_v<T, Credits>) {
    text(print_credits(value));
  } else if constexpr (std::is_same_v<T, model::AttemptId>) {
    text(model::print(value));
  } else if constexpr (Wrapped<T>) {
    this->value(value.raw());
  } else if constexpr (std::signed_integral<T>) {
    integer(value, sizeof(T) == 8);
  } else if constexpr (std::unsigned_integral<T>) {
    unsigned_integer(value, sizeof(T) == 8);
  } else if constexpr (std::floating_point<T>) {
    real(static_cast<double>(value));
  } else if constexpr (DescribedEnum<T>) {
    text(enum_word(value));
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    null();
  } else if constexpr (is_optional<T>) {
    if (value)
      this->value(*value);
    else
      null();
  } else if constexpr (is_sparse<T>) {
    if (value.written())
      this->value(*value);
    else
      null();
  } else if constexpr (is_named_vector<T> || is_map<T>) {
    begin_object();
    for (const auto& [name, inner] : value) {
      if constexpr (std::is_convertible_v<decltype(name), std::string_view>) {
        key(name);
      } else if constexpr (DescribedEnum<std::remove_cvref_t<decltype(name)>>) {
        key(enum_word(name));
      } else {
        key(std::to_string(name.raw()));  // Maps by an id.
      }
      this->value(inner);
    }
    end_object();
  } else if constexpr (is_vector<T>) {
    begin_array();
    for (const auto& item : value) this->value<typename T::value_type>(item);
    end_array();
  } else if constexpr (is_variant<T>) {
    std::visit(
        [&](const auto& alternative) {
          using Alternative = std::remove_cvref_t<decltype(alternative)>;
          if constexpr (Described<Alternative>) {
            begin_object();
            field("type", json_type_name<Alternative>());
            boost::mp11::mp_for_each<boost::describe::describe_members<Alternative, boost::describe::mod_any_access>>(
                [&](auto member) {
                  key(json_key<decltype(alternative.*member.pointer)>(member.name));
                  this->value(alternative.*member.pointer);
                });
            end_object();
          } else {
            this->value(alternative);
          }
        },
        value);
  } else {
    static_assert(Described<T>, "give the type its DESCRIBE line");
    begin_object();
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>([&](auto member) {
      key(json_key<decltype(value.*member.pointer)>(member.name));
      this->value(value.*member.pointer);
    });
    end_object();
  }
}

template <class T>
std::string write_json(const T& value, JsonStyle style, JsonLayout layout) {
  JsonWriter writer(style, layout);
  writer.value(value);
  return writer.take();
}

}  // namespace mingyue::formats
