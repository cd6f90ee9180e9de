#include "host/entropy.hpp"

#include <sodium.h>

#include <array>

#include "base/invariant.hpp"

namespace mingyue::host {
namespace {

void fill(void* bytes, std::size_t count) {
  // Opens getrandom, or falls back where there is none; harmless to call again, and from several threads.
  INVARIANT(sodium_init() >= 0, "libsodium finds no source of randomness");
  randombytes_buf(bytes, count);
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill(bytes.data(), count);
  return bytes;
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  fill(&seed, sizeof seed);
  return seed;
}

std::string random_secret() {
  std::array<unsigned char, 32> secret{};
  fill(secret.data(), secret.size());
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
  sodium_bin2base64(text.data(), text.size(), secret.data(), secret.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  sodium_memzero(secret.data(), secret.size());
  return text.data();
}

}  // namespace mingyue::host
