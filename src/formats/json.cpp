#include "formats/json.hpp"

#include <charconv>
#include <cmath>

namespace mingyue::formats {

namespace detail {

std::string kebab(std::string_view pascal) {
  std::string out;
  for (const char c : pascal) {
    if (c >= 'A' && c <= 'Z') {
      if (!out.empty()) out += '-';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c == '_' ? '-' : c;
    }
  }
  return out;
}

}  // namespace detail

namespace {

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

}  // namespace

void JsonWriter::new_line() {
  if (layout_ == JsonLayout::compact) return;
  out_ += '\n';
  out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) out_ += ',';
  if (depth_ > 0) new_line();
  first_ = false;
}

void JsonWriter::begin(char bracket) {
  separate();
  out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::end(char bracket) {
  --depth_;
  if (!first_) new_line();
  out_ += bracket;
  first_ = false;
}

void JsonWriter::key(std::string_view name) {
  separate();
  quoted(name);
  out_ += layout_ == JsonLayout::pretty ? ": " : ":";
  after_key_ = true;
}

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::text(std::string_view value) {
  separate();
  quoted(value);
}

void JsonWriter::quoted(std::string_view value) {
  constexpr char hex[] = "0123456789abcdef";
  out_ += '"';
  while (!value.empty()) {
    // Most text needs nothing: take as much of it as there is in one piece.
    std::size_t plain = 0;
    while (plain < value.size() && value[plain] >= ' ' && value[plain] < '\x7f' && value[plain] != '"' &&
           value[plain] != '\\')
      ++plain;
    out_ += value.substr(0, plain);
    value.remove_prefix(plain);
    if (value.empty()) break;
    const char c = value.front();
    const std::size_t length = code_point_length(value);
    if (length > 1) {
      out_ += value.substr(0, length);
    } else if (length == 0) {
      out_ += "\xef\xbf\xbd";
    } else {
      switch (c) {
        case '"':
          out_ += "\\\"";
          break;
        case '\\':
          out_ += "\\\\";
          break;
        case '\n':
          out_ += "\\n";
          break;
        case '\r':
          out_ += "\\r";
          break;
        case '\t':
          out_ += "\\t";
          break;
        default:
          out_ += "\\u00";
          out_ += hex[static_cast<unsigned char>(c) >> 4];
          out_ += hex[static_cast<unsigned char>(c) & 15];
      }
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  out_ += '"';
}

void JsonWriter::integer(std::int64_t value, bool is_64_bit) {
  separate();
  const bool as_text = is_64_bit && style_ == JsonStyle::api;
  if (as_text) out_ += '"';
  append_number(out_, value);
  if (as_text) out_ += '"';
}

void JsonWriter::unsigned_integer(std::uint64_t value, bool is_64_bit) {
  separate();
  const bool as_text = is_64_bit && style_ == JsonStyle::api;
  if (as_text) out_ += '"';
  append_number(out_, value);
  if (as_text) out_ += '"';
}

void JsonWriter::real(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_number(out_, value);
}

}  // namespace mingyue::formats
