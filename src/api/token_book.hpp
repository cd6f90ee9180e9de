#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/access.hpp"
#include "core/event.hpp"
#include "core/state.hpp"

namespace mingyue::api {

/// A new bearer secret: `my_` and 43 characters of URL-safe base64, 256 bits from the system. Whoever has it, is the
/// user: it is shown once and kept nowhere.
[[nodiscard]] std::string new_secret();

/// What is kept instead: hexadecimal BLAKE2b-256. A secret of 256 random bits needs no salt and no slow hash.
[[nodiscard]] std::string hash_of_secret(std::string_view secret);

/// The tokens of the centre, for looking up who a secret belongs to; follows the log. Any thread.
///
/// A secret is found by its hash in a hash map and compared in constant time: how long that takes tells nothing about
/// other secrets.
class TokenBook {
 public:
  /// What the state says, instead of what was known before. The local token stays.
  void load(const core::State& state);
  /// TokenIssued and TokenRevoked count, everything else does not. Harmless when repeated.
  void apply(const core::EventBody& event);
  /// The token of this start (DATA/endpoint.json); it is in no log.
  void set_local(std::string_view secret, Caller caller);

  [[nodiscard]] std::optional<Caller> find(std::string_view secret) const;
  [[nodiscard]] std::size_t size() const;  ///< without the local one

 private:
  struct Entry {
    std::string hash;
    Caller caller;
  };
  void put(const std::string& token, Entry entry);
  void remove(const std::string& token);

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Entry> by_hash_;
  std::map<std::string, std::string> hash_of_;  ///< by the token's public name
  std::optional<Entry> local_;
};

}  // namespace mingyue::api
