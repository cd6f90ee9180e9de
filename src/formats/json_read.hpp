#pragma once

#include <limits>

#include "base/tree.hpp"
#include "formats/json.hpp"

/// Reads what formats/json.hpp writes, by the same rules and from either style. A tree from YAML is as good.
namespace mingyue::formats {

/// What to do with a field that the struct does not have: servers refuse it, clients of newer servers pass over it.
enum class UnknownFields : std::uint8_t { refuse, ignore };

/// Reads a described value. A member that is missing, or null, keeps what its default is. The refusal names the field.
template <class T>
[[nodiscard]] Expected<T> read_json(const Tree& tree, UnknownFields unknown = UnknownFields::refuse,
                                    const std::string& path = {});

namespace detail {

[[nodiscard]] Refusal wrong_kind(const Tree& tree, const std::string& path, std::string_view wanted);
[[nodiscard]] Refusal unknown_field(const Tree::Field& field, const std::string& path,
                                    const std::vector<std::string>& known);
[[nodiscard]] Refusal at_path(Refusal refusal, const Tree& tree, const std::string& path);
[[nodiscard]] Expected<double> parse_real(std::string_view text);
[[nodiscard]] Expected<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t max);
[[nodiscard]] Expected<model::AttemptId> parse_attempt(std::string_view text);
[[nodiscard]] std::string below(const std::string& path, std::string_view name);

template <class T>
Expected<T> read_scalar(std::string_view text) {
  if constexpr (std::is_same_v<T, bool>) {
    if (text == "true") return true;
    if (text == "false") return false;
    return refuse("bad-value", "", "\"" + shown(text) + "\" is neither true nor false", "write true or false");
  } else if constexpr (std::is_same_v<T, std::string>) {
    return std::string(text);
  } else if constexpr (std::is_same_v<T, Instant>) {
    return parse_instant(text);
  } else if constexpr (std::is_same_v<T, Credits>) {
    return parse_credits(text);
  } else if constexpr (std::is_same_v<T, model::AttemptId>) {
    return parse_attempt(text);
  } else if constexpr (Wrapped<T>) {
    TRY(raw, read_scalar<typename T::Rep>(text));
    return T(raw);
  } else if constexpr (std::signed_integral<T>) {
    TRY(number, parse_integer(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    return static_cast<T>(number);
  } else if constexpr (std::unsigned_integral<T>) {
    TRY(number, parse_unsigned(text, std::numeric_limits<T>::max()));
    return static_cast<T>(number);
  } else if constexpr (std::floating_point<T>) {
    TRY(number, parse_real(text));
    return static_cast<T>(number);
  } else {
    static_assert(DescribedEnum<T>, "give the type its DESCRIBE line");
    if (const auto value = enum_from_word<T>(text)) return *value;
    return refuse("bad-value", "", "\"" + shown(text) + "\" is not one of the words here",
                  "choose " + one_of(enum_words<T>()));
  }
}

template <class T>
Expected<void> read_members(T& value, const Tree& tree, UnknownFields unknown, const std::string& path,
                            std::vector<std::string> known) {
  std::optional<Refusal> refusal;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>([&](auto member) {
    using Member = std::remove_cvref_t<decltype(value.*member.pointer)>;
    const std::string key = json_key<Member>(member.name);
    known.push_back(key);
    const Tree* at = tree.find(key);
    if (refusal || at == nullptr || at->is_null()) return;
    auto read = read_json<Member>(*at, unknown, below(path, key));
    if (read)
      value.*member.pointer = std::move(*read);
    else
      refusal = std::move(read).error();
  });
  if (refusal) return Unexpected<Refusal>(std::move(*refusal));
  if (unknown == UnknownFields::ignore) return {};
  for (const Tree::Field& field : tree.fields) {
    bool is_known = false;
    for (const std::string& name : known) is_known = is_known || name == field.name;
    if (!is_known) return Unexpected<Refusal>(unknown_field(field, path, known));
  }
  return {};
}

template <class T, std::size_t index = 0>
Expected<T> read_variant(const Tree& tree, UnknownFields unknown, const std::string& path, std::string_view type) {
  if constexpr (index == std::variant_size_v<T>) {
    return refuse("bad-value", below(path, "type"), "there is no type \"" + shown(type) + "\" here", "", tree.line);
  } else {
    using Alternative = std::variant_alternative_t<index, T>;
    if (type != json_type_name<Alternative>()) return read_variant<T, index + 1>(tree, unknown, path, type);
    Alternative value{};
    CHECK_OK(read_members(value, tree, unknown, path, {"type"}));
    return T(std::move(value));
  }
}

}  // namespace detail

template <class T>
Expected<T> read_json(const Tree& tree, UnknownFields unknown, const std::string& path) {
  using namespace detail;
  if constexpr (is_sparse<T>) {
    T value;
    if (tree.is_null()) return value;
    TRY(inner, read_json<typename T::value_type>(tree, unknown, path));
    value.edit() = std::move(inner);
    return value;
  } else if constexpr (is_optional<T>) {
    if (tree.is_null()) return T{};
    TRY(value, read_json<typename T::value_type>(tree, unknown, path));
    return T(std::move(value));
  } else if constexpr (is_named_vector<T>) {
    if (!tree.is_map()) return Unexpected<Refusal>(wrong_kind(tree, path, "a map"));
    T values;
    for (const Tree::Field& field : tree.fields) {
      TRY(value, read_json<typename T::value_type::second_type>(field.value, unknown, below(path, field.name)));
      values.emplace_back(field.name, std::move(value));
    }
    return values;
  } else if constexpr (is_map<T>) {
    if (!tree.is_map()) return Unexpected<Refusal>(wrong_kind(tree, path, "a map"));
    T values;
    for (const Tree::Field& field : tree.fields) {
      auto key = read_scalar<typename T::key_type>(field.name);
      if (!key) return Unexpected<Refusal>(at_path(std::move(key).error(), field.value, below(path, field.name)));
      TRY(value, read_json<typename T::mapped_type>(field.value, unknown, below(path, field.name)));
      values.emplace(std::move(*key), std::move(value));
    }
    return values;
  } else if constexpr (is_vector<T>) {
    if (!tree.is_list()) return Unexpected<Refusal>(wrong_kind(tree, path, "a list"));
    T values;
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      TRY(value, read_json<typename T::value_type>(tree.items[i], unknown, path + "[" + std::to_string(i) + "]"));
      values.push_back(std::move(value));
    }
    return values;
  } else if constexpr (is_variant<T>) {
    if (!tree.is_map()) return Unexpected<Refusal>(wrong_kind(tree, path, "a map"));
    return read_variant<T>(tree, unknown, path, tree.text("type"));
  } else if constexpr (Described<T> && !std::is_same_v<T, model::AttemptId>) {
    if (!tree.is_map()) return Unexpected<Refusal>(wrong_kind(tree, path, "a map"));
    T value{};
    CHECK_OK(read_members(value, tree, unknown, path, {}));
    return value;
  } else {
    if (!tree.is_scalar()) return Unexpected<Refusal>(wrong_kind(tree, path, "one value"));
    auto value = read_scalar<T>(tree.scalar);
    if (!value) return Unexpected<Refusal>(at_path(std::move(value).error(), tree, path));
    return value;
  }
}

}  // namespace mingyue::formats
