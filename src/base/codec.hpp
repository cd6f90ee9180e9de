#pragma once

#include <array>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/describe.hpp"
#include "base/id_map.hpp"
#include "base/quantity.hpp"
#include "base/shared.hpp"
#include "base/sparse.hpp"

/// The one binary form of described values: of events in the log, of snapshots, and of what a state's hash is taken
/// over. Deterministic to the byte. docs/formats/log.md describes it so that another reader can be written.
///
///   unsigned   LEB128: seven bits a byte, low first, the high bit says that more follow
///   signed     zigzag (n << 1 ^ n >> 63), then as unsigned; also every Id and Quantity with a signed number
///   bool, enum unsigned
///   text       length, bytes
///   sequence   length, items (vectors, arrays, sets, maps as pairs in the order of their keys)
///   optional   0, or 1 and the value; a Sparse likewise
///   struct     the number of members, then each in the order of its description
///   shared     as the value
///   form       a type may be written as another: it names that one `Form`, makes it in `form()`, and itself from it in
///              a static `of(Form)`, which gives nothing where the form is of no value
///
/// A struct may gain members at its end: an older value, with fewer, is read with defaults for those it lacks. A value
/// with more members than the reader knows comes from a newer version and is refused.
namespace mingyue::codec {

/// What was read is not what the codec writes. Thrown inside decode only; `decode` turns it into an empty optional.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Writer {
 public:
  void put_unsigned(std::uint64_t n) {
    while (n >= 0x80) {
      bytes_.push_back(static_cast<char>(n | 0x80));
      n >>= 7;
    }
    bytes_.push_back(static_cast<char>(n));
  }
  void put_signed(std::int64_t n) {
    put_unsigned((static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63));
  }
  void put_text(std::string_view text) {
    put_unsigned(text.size());
    bytes_.append(text);
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t get_unsigned() {
    std::uint64_t n = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) throw Malformed("ends inside a number");
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      n |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return n;
    }
    throw Malformed("number of more than 64 bits");
  }
  std::int64_t get_signed() {
    const std::uint64_t n = get_unsigned();
    return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
  }
  std::string_view get_text() {
    const std::size_t size = get_size();
    const std::string_view text = bytes_.substr(at_, size);
    at_ += size;
    return text;
  }
  /// A length; never more than the bytes that are left, so that a damaged one cannot ask for memory.
  std::size_t get_size() {
    const std::uint64_t n = get_unsigned();
    if (n > bytes_.size() - at_) throw Malformed("length past the end");
    return static_cast<std::size_t>(n);
  }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

namespace detail {
template <class T>
inline constexpr bool is_array = false;
template <class Item, std::size_t n>
inline constexpr bool is_array<std::array<Item, n>> = true;

template <class T>
inline constexpr bool has_form = requires(const T& value) {
  value.form();
};

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_a<Template<Args...>, Template> = true;

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
}  // namespace detail

template <class T>
void write(Writer& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.put_unsigned(value ? 1 : 0);
  } else if constexpr (std::is_enum_v<T>) {
    out.put_unsigned(static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>)
      out.put_signed(value);
    else
      out.put_unsigned(value);
  } else if constexpr (Wrapped<T>) {
    write(out, value.raw());
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.put_text(value);
  } else if constexpr (detail::has_form<T>) {
    write(out, value.form());
  } else if constexpr (detail::is_a<T, Shared>) {
    write(out, *value);
  } else if constexpr (detail::is_a<T, std::vector> || detail::is_a<T, std::map> || detail::is_a<T, std::set> ||
                       detail::is_a<T, IdMap> || detail::is_array<T>) {
    out.put_unsigned(value.size());
    for (const auto& item : value) write(out, item);
  } else if constexpr (detail::is_a<T, std::pair>) {
    write(out, value.first);
    write(out, value.second);
  } else if constexpr (detail::is_a<T, std::optional>) {
    out.put_unsigned(value ? 1 : 0);
    if (value) write(out, *value);
  } else if constexpr (detail::is_a<T, Sparse>) {
    out.put_unsigned(value.written() ? 1 : 0);
    if (value.written()) write(out, *value);
  } else {
    using Members = detail::Members<T>;
    out.put_unsigned(boost::mp11::mp_size<Members>::value);
    boost::mp11::mp_for_each<Members>([&](auto member) { write(out, value.*member.pointer); });
  }
}

template <class T>
void read(Reader& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    const auto n = in.get_unsigned();
    if (n > 1) throw Malformed("neither true nor false");
    value = n == 1;
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(in.get_unsigned());
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) {
      const auto n = in.get_signed();
      if (static_cast<std::int64_t>(static_cast<T>(n)) != n) throw Malformed("number out of range");
      value = static_cast<T>(n);
    } else {
      const auto n = in.get_unsigned();
      if (static_cast<std::uint64_t>(static_cast<T>(n)) != n) throw Malformed("number out of range");
      value = static_cast<T>(n);
    }
  } else if constexpr (Wrapped<T>) {
    typename T::Rep raw{};
    read(in, raw);
    value = T(raw);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = in.get_text();
  } else if constexpr (detail::has_form<T>) {
    typename T::Form form;
    read(in, form);
    auto made = T::of(std::move(form));
    if (!made) throw Malformed("a form of no value");
    value = std::move(*made);
  } else if constexpr (detail::is_a<T, Shared>) {
    typename T::value_type own{};
    read(in, own);
    value = std::move(own);
  } else if constexpr (detail::is_array<T>) {
    if (in.get_size() != value.size()) throw Malformed("an array of another length");
    for (auto& item : value) read(in, item);
  } else if constexpr (detail::is_a<T, IdMap>) {
    const std::size_t size = in.get_size();
    value.clear();
    for (std::size_t i = 0; i < size; ++i) {
      typename T::key_type key{};
      typename T::mapped_type item{};
      read(in, key);
      read(in, item);
      value.emplace(key, std::move(item));
    }
  } else if constexpr (detail::is_a<T, std::vector>) {
    const std::size_t size = in.get_size();
    value.clear();
    value.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
      typename T::value_type item{};
      read(in, item);
      value.push_back(std::move(item));
    }
  } else if constexpr (detail::is_a<T, std::map>) {
    const std::size_t size = in.get_size();
    value.clear();
    for (std::size_t i = 0; i < size; ++i) {
      typename T::key_type key{};
      typename T::mapped_type item{};
      read(in, key);
      read(in, item);
      value.emplace_hint(value.end(), std::move(key), std::move(item));
    }
  } else if constexpr (detail::is_a<T, std::set>) {
    const std::size_t size = in.get_size();
    value.clear();
    for (std::size_t i = 0; i < size; ++i) {
      typename T::key_type key{};
      read(in, key);
      value.emplace_hint(value.end(), std::move(key));
    }
  } else if constexpr (detail::is_a<T, std::pair>) {
    read(in, value.first);
    read(in, value.second);
  } else if constexpr (detail::is_a<T, std::optional>) {
    if (in.get_unsigned() == 0) {
      value.reset();
    } else {
      value.emplace();
      read(in, *value);
    }
  } else if constexpr (detail::is_a<T, Sparse>) {
    value.reset();
    if (in.get_unsigned() != 0) read(in, value.edit());
  } else {
    using Members = detail::Members<T>;
    const auto count = in.get_unsigned();
    if (count > boost::mp11::mp_size<Members>::value) throw Malformed("a field that this version does not know");
    std::uint64_t index = 0;
    boost::mp11::mp_for_each<Members>([&](auto member) {
      if (index++ < count) read(in, value.*member.pointer);
    });
  }
}

template <class T>
[[nodiscard]] std::string encode(const T& value) {
  Writer out;
  write(out, value);
  return out.take();
}

/// The value, or nothing where the bytes are not a whole value of this type.
template <class T>
[[nodiscard]] std::optional<T> decode(std::string_view bytes) {
  try {
    Reader in(bytes);
    T value{};
    read(in, value);
    if (!in.at_end()) return std::nullopt;
    return value;
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace mingyue::codec
