#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.hpp"
#include "formats/json_read.hpp"
#include "formats/parse.hpp"

/// What every fuzz target shares. A target reads any bytes and must neither crash nor break one of the promises below;
/// it is built as a libFuzzer program (clang) and as a test that replays its corpus (any compiler, replay_main.cpp).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace mingyue::fuzz {

inline void promise(bool kept, const char* sentence, std::string_view detail = {}) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s: %s\n", sentence, std::string(detail).c_str());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  // A pointer to nothing is not a pointer to an empty text.
  return size == 0 ? std::string_view{} : std::string_view(reinterpret_cast<const char*>(data), size);
}

/// A person can read it and do something: a code, a message, a place within the text, and nothing that breaks a
/// terminal.
inline void check_refusal(const Refusal& refusal, std::string_view text) {
  promise(!refusal.code.empty() && !refusal.message.empty(), "a refusal has a code and a message", refusal.message);
  promise(refusal.message.size() < 2'000 && refusal.hint.size() < 2'000, "a refusal is short", refusal.message);
  int lines = 1;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  promise(refusal.line >= 0 && refusal.line <= lines + 1, "a refusal's line is in the document", refusal.message);
  for (const std::string* part : {&refusal.message, &refusal.hint, &refusal.field}) {
    promise(is_utf8(*part), "a refusal is UTF-8", *part);
    for (const char c : *part) promise(c < '\0' || c >= ' ', "a refusal has no control characters", *part);
  }
}

inline void check_refusals(const std::vector<Refusal>& refusals, std::string_view text) {
  promise(!refusals.empty() && refusals.size() <= 100, "between one and a hundred refusals");
  for (const Refusal& refusal : refusals) check_refusal(refusal, text);
}

/// What was read can be written as JSON and read again.
template <class T>
void check_json(const T& value) {
  for (const auto style : {formats::JsonStyle::api, formats::JsonStyle::cli}) {
    const std::string json = formats::write_json(value, style);
    const auto tree =
        formats::parse_json(json, TreeLimits{.bytes_max = 1 << 30, .depth_max = 32, .nodes_max = 10'000'000});
    promise(tree.has_value(), "what we write is JSON", json);
    const auto read = formats::read_json<T>(*tree);
    promise(read.has_value(), "what we write can be read", read ? "" : read.error().field);
    promise(*read == value, "what we write means the same", json);
  }
}

}  // namespace mingyue::fuzz
