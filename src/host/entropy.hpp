#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// Randomness of the machine, for tokens and seeds. Everything else draws from a Prng that was seeded once.
namespace mingyue::host {

[[nodiscard]] std::string random_bytes(std::size_t count);
[[nodiscard]] std::uint64_t random_seed();
/// A secret of 256 bits as 43 characters of base64url: safe in a header, a URL and a shell.
[[nodiscard]] std::string random_secret();

}  // namespace mingyue::host
