#include "api/token_book.hpp"

#include <sodium.h>

#include <array>
#include <mutex>

#include "base/hash.hpp"
#include "base/invariant.hpp"

namespace mingyue::api {
namespace {

constexpr std::string_view prefix = "my_";
constexpr std::size_t secret_size = prefix.size() + 43;

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string new_secret() {
  INVARIANT(sodium_init() >= 0, "the system gives random numbers");
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
  sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  std::string secret = std::string(prefix) + text.data();
  INVARIANT(secret.size() == secret_size);
  return secret;
}

std::string hash_of_secret(std::string_view secret) { return print_hex(hash_of(secret)); }

void TokenBook::load(const core::State& state) {
  const std::unique_lock lock(mutex_);
  by_hash_.clear();
  hash_of_.clear();
  for (const auto& [name, token] : state.tokens) put(name, {token.hash, {token.user, token.role}});
}

void TokenBook::apply(const core::EventBody& event) {
  if (const auto* issued = std::get_if<core::TokenIssued>(&event)) {
    const std::unique_lock lock(mutex_);
    put(issued->token, {issued->hash, {issued->user, issued->role}});
  } else if (const auto* revoked = std::get_if<core::TokenRevoked>(&event)) {
    const std::unique_lock lock(mutex_);
    remove(revoked->token);
  }
}

void TokenBook::put(const std::string& token, Entry entry) {
  remove(token);
  hash_of_[token] = entry.hash;
  by_hash_[entry.hash] = std::move(entry);
}

void TokenBook::remove(const std::string& token) {
  const auto found = hash_of_.find(token);
  if (found == hash_of_.end()) return;
  by_hash_.erase(found->second);
  hash_of_.erase(found);
}

void TokenBook::set_local(std::string_view secret, Caller caller) {
  const std::unique_lock lock(mutex_);
  local_ = Entry{hash_of_secret(secret), std::move(caller)};
}

std::optional<Caller> TokenBook::find(std::string_view secret) const {
  if (secret.size() != secret_size || !secret.starts_with(prefix)) return std::nullopt;
  const std::string hash = hash_of_secret(secret);
  const std::shared_lock lock(mutex_);
  if (local_ && same(local_->hash, hash)) return local_->caller;
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end() || !same(found->second.hash, hash)) return std::nullopt;
  return found->second.caller;
}

std::size_t TokenBook::size() const {
  const std::shared_lock lock(mutex_);
  return hash_of_.size();
}

}  // namespace mingyue::api
