#include "base/hash.hpp"

#include <sodium.h>

namespace mingyue {
namespace {
const unsigned char* data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
}  // namespace

Hash hash_of(std::string_view bytes) {
  Hash hash;
  crypto_generichash(hash.data(), hash.size(), data(bytes), bytes.size(), nullptr, 0);
  return hash;
}

Hash hash_after(const Hash& before, std::string_view bytes) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, before.size());
  crypto_generichash_update(&state, before.data(), before.size());
  crypto_generichash_update(&state, data(bytes), bytes.size());
  Hash hash;
  crypto_generichash_final(&state, hash.data(), hash.size());
  return hash;
}

std::string print_hex(const Hash& hash) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * hash.size());
  for (const unsigned char byte : hash) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace mingyue
