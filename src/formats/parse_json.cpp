#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <exception>
#include <functional>
#include <string>

#include "base/text.hpp"
#include "formats/parse.hpp"
#include "formats/tree_builder.hpp"

namespace mingyue::formats {
namespace {

namespace json = boost::json;

/// Turns Boost.JSON's events into a tree.
struct Handler {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  TreeBuilder& builder;
  std::string_view source;
  std::string part = {};
  std::size_t seen = 0;  ///< up to here, lines are counted
  TreeBuilder::Place place = {1, 1};
  std::size_t line_start = 0;

  /// The parser gives no positions, but what it hands us without change lies in our own text: where, we can see.
  void locate(json::string_view s) {
    const std::less<const char*> before;
    if (before(s.data(), source.data()) || before(source.data() + source.size(), s.data())) return;
    const auto offset = static_cast<std::size_t>(s.data() - source.data());
    for (; seen < offset; ++seen) {
      if (source[seen] == '\n') {
        ++place.line;
        line_start = seen + 1;
      }
    }
    place.column = static_cast<int>(offset - line_start) + 1;
  }
  bool done(bool go_on, json::error_code& ec) const {
    if (!go_on) ec = json::error::exception;  // Any code ends the parse; the builder holds the reason.
    return go_on;
  }
  std::string whole(json::string_view s) {
    locate(s);
    part.append(s.data(), s.size());
    return std::exchange(part, {});
  }
  bool more(json::string_view s) {
    locate(s);
    part.append(s.data(), s.size());
    return true;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& ec) { return done(builder.begin_map(place), ec); }
  bool on_object_end(std::size_t, json::error_code& ec) { return done(builder.end(), ec); }
  bool on_array_begin(json::error_code& ec) { return done(builder.begin_list(place), ec); }
  bool on_array_end(std::size_t, json::error_code& ec) { return done(builder.end(), ec); }
  bool on_key_part(json::string_view s, std::size_t, json::error_code&) { return more(s); }
  bool on_key(json::string_view s, std::size_t, json::error_code& ec) { return done(builder.key(whole(s), place), ec); }
  bool on_string_part(json::string_view s, std::size_t, json::error_code&) { return more(s); }
  bool on_string(json::string_view s, std::size_t, json::error_code& ec) {
    std::string text = whole(s);
    return done(builder.scalar(std::move(text), true, place), ec);
  }
  bool on_number_part(json::string_view s, json::error_code&) { return more(s); }
  bool on_int64(std::int64_t, json::string_view s, json::error_code& ec) { return number(s, true, ec); }
  bool on_uint64(std::uint64_t, json::string_view s, json::error_code& ec) { return number(s, true, ec); }
  bool on_double(double d, json::string_view s, json::error_code& ec) { return number(s, std::isfinite(d), ec); }
  bool on_bool(bool b, json::error_code& ec) { return done(builder.scalar(b ? "true" : "false", false, place), ec); }
  bool on_null(json::error_code& ec) { return done(builder.null(place), ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  bool number(json::string_view s, bool finite, json::error_code& ec) {
    std::string text = whole(s);
    if (!finite) {
      return done(builder.refuse_at("bad-document", fmt::format("{} is too large a number", shown(text)),
                                    "write a number below 1e308", place),
                  ec);
    }
    return done(builder.scalar(std::move(text), false, place), ec);
  }
};

}  // namespace

Expected<Tree> parse_json(std::string_view text, const TreeLimits& limits) {
  CHECK_OK(check_size(text, limits));  // Boost.JSON checks the encoding itself.
  TreeBuilder builder(limits);
  try {
    json::parse_options options;
    options.max_depth =
        static_cast<std::size_t>(limits.depth_max) + 1;  // Ours is checked first, with a better message.
    json::basic_parser<Handler> parser(options, Handler{builder, text});
    json::error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && used < text.size()) ec = json::error::extra_data;
    if (ec) {
      builder.refuse_at("bad-document", "this is no JSON: " + ec.message(),
                        "check the commas, the quotes and the brackets there", place_of(text, used));
    }
  } catch (const std::exception& e) {
    builder.refuse_at("bad-document", "this is no JSON: " + shown(e.what(), 200),
                      "check the document with another tool", {});
  }
  if (builder.refusal()) return Unexpected<Refusal>(*builder.refusal());
  return builder.take();
}

}  // namespace mingyue::formats
