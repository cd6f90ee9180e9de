#pragma once

#include <optional>

#include "api/access.hpp"
#include "api/throttle.hpp"
#include "api/token_book.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"

namespace mingyue::api {

/// Says who a request comes from, and whether their role may use the route at all: 401, 403 or 429 otherwise. Asked
/// twice for a request with a body: once when only its head is there, so that strangers cannot make us read megabytes.
class Gate {
 public:
  explicit Gate(const TokenBook& tokens) : tokens_(tokens) {}

  /// A caller without a name where no token is needed.
  [[nodiscard]] Expected<Caller, http::Problem> admit(const http::Request& request, Access access) const;

  [[nodiscard]] std::size_t failures() const { return throttle_.failures(); }

 private:
  const TokenBook& tokens_;
  mutable Throttle throttle_;
};

}  // namespace mingyue::api
