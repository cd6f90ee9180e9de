#pragma once

#include <map>
#include <string>

#include "formats/json.hpp"

/// JSON Schema (2020-12, as OpenAPI 3.1 uses it) of what formats/json.hpp writes in the style of the API, by the same
/// rules, from the same descriptions. So the document cannot say anything else than the server does.
namespace mingyue::api {

/// The named schemas that have come up so far: JSON text by name.
class Schemas {
 public:
  /// The schema of a value, as JSON text; a described struct is a `$ref` to its entry here.
  template <class T>
  std::string of();

  [[nodiscard]] const std::map<std::string, std::string>& named() const { return named_; }

 private:
  template <class T>
  std::string define();

  std::map<std::string, std::string> named_;
};

template <class T>
std::string Schemas::of() {
  using namespace formats::detail;
  if constexpr (std::is_same_v<T, bool>) {
    return R"({"type":"boolean"})";
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return R"({"type":"string"})";
  } else if constexpr (std::is_same_v<T, Instant>) {
    return R"({"type":"string","format":"date-time"})";
  } else if constexpr (std::is_same_v<T, Credits>) {
    return R"({"type":"string","pattern":"^-?[0-9]+(\\.[0-9]{1,6})?$","description":"credits"})";
  } else if constexpr (std::is_same_v<T, model::AttemptId>) {
    return R"({"type":"string","pattern":"^[0-9]+\\.[0-9]+$","description":"job.attempt"})";
  } else if constexpr (Wrapped<T>) {
    return of<typename T::Rep>();
  } else if constexpr (std::signed_integral<T>) {
    return sizeof(T) == 8 ? R"({"type":"string","pattern":"^-?[0-9]+$"})" : R"({"type":"integer"})";
  } else if constexpr (std::unsigned_integral<T>) {
    return sizeof(T) == 8 ? R"({"type":"string","pattern":"^[0-9]+$"})" : R"({"type":"integer","minimum":0})";
  } else if constexpr (std::floating_point<T>) {
    return R"({"type":["number","null"]})";
  } else if constexpr (DescribedEnum<T>) {
    formats::JsonWriter writer(formats::JsonStyle::api);
    writer.begin_object();
    writer.field("type", "string");
    writer.field("enum", enum_words<T>());
    writer.end_object();
    return writer.take();
  } else if constexpr (is_optional<T>) {
    return R"({"anyOf":[)" + of<typename T::value_type>() + R"(,{"type":"null"}]})";
  } else if constexpr (is_named_vector<T>) {
    return R"({"type":"object","additionalProperties":)" + of<typename T::value_type::second_type>() + "}";
  } else if constexpr (is_map<T>) {
    return R"({"type":"object","additionalProperties":)" + of<typename T::mapped_type>() + "}";
  } else if constexpr (is_vector<T>) {
    return R"({"type":"array","items":)" + of<typename T::value_type>() + "}";
  } else {
    static_assert(Described<T>, "give the type its DESCRIBE line");
    return define<T>();
  }
}

template <class T>
std::string Schemas::define() {
  const std::string name(formats::detail::bare_type_name<T>());
  const std::string reference = R"({"$ref":"#/components/schemas/)" + name + R"("})";
  if (named_.contains(name)) return reference;
  named_[name] = "{}";  // so that a type within itself ends
  formats::JsonWriter writer(formats::JsonStyle::api);
  std::vector<std::string> required;
  writer.begin_object();
  writer.field("type", "object");
  writer.key("properties");
  writer.begin_object();
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>([&](auto member) {
    using Member = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
    const std::string key = formats::json_key<Member>(member.name);
    required.push_back(key);
    writer.key(key);
    writer.raw(this->of<Member>());
  });
  writer.end_object();
  // Answers have every member; of a request, what is left out keeps its default.
  if (!name.ends_with("Request")) writer.field("required", required);
  writer.end_object();
  named_[name] = writer.take();
  return reference;
}

}  // namespace mingyue::api
