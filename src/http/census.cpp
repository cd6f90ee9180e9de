#include "http/census.hpp"

#include "base/invariant.hpp"

namespace mingyue::http {

Census::Verdict Census::enter(const AddressKey& address) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= connections_max_) return Verdict::TooMany;
  std::size_t& from_there = by_address_[address];
  if (from_there >= per_address_max_) {
    if (from_there == 0) by_address_.erase(address);
    return Verdict::TooManyFromThere;
  }
  ++from_there;
  ++connections_;
  return Verdict::Welcome;
}

void Census::leave(const AddressKey& address) {
  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(address);
  INVARIANT(found != by_address_.end(), "a connection leaves that never came");
  if (--found->second == 0) by_address_.erase(found);
  --connections_;
}

std::size_t Census::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

}  // namespace mingyue::http
