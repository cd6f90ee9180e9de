#pragma once

#include <array>
#include <string>
#include <string_view>

namespace mingyue {

/// BLAKE2b with 32 bytes (RFC 7693): links the log's records, names states.
using Hash = std::array<unsigned char, 32>;

[[nodiscard]] Hash hash_of(std::string_view bytes);
/// The hash of `before` followed by `bytes`: a link of a chain.
[[nodiscard]] Hash hash_after(const Hash& before, std::string_view bytes);
[[nodiscard]] std::string print_hex(const Hash& hash);

}  // namespace mingyue
