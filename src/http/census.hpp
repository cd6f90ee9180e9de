#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <mutex>

namespace mingyue::http {

/// Sixteen bytes of an address; IPv4 mapped, IPv6 cut to its /64, since one machine may use all of it.
using AddressKey = std::array<unsigned char, 16>;

/// A Census counts open connections, in all and by address, and says whether one more may come. Any thread.
class Census {
 public:
  Census(std::size_t connections_max, std::size_t per_address_max)
      : connections_max_(connections_max), per_address_max_(per_address_max) {}

  enum class Verdict { Welcome, TooMany, TooManyFromThere };
  /// Welcome counts the connection; it must leave() later.
  [[nodiscard]] Verdict enter(const AddressKey& address);
  void leave(const AddressKey& address);
  [[nodiscard]] std::size_t connections() const;

 private:
  const std::size_t connections_max_;
  const std::size_t per_address_max_;
  mutable std::mutex mutex_;
  std::size_t connections_ = 0;
  std::map<AddressKey, std::size_t> by_address_;
};

}  // namespace mingyue::http
