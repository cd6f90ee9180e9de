#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
#include "http/reply.hpp"
#include "http/target.hpp"

namespace mingyue::http {

/// Handlers run on a thread of the server and must not wait: what takes longer keeps its Reply and answers later.
using Handler = std::move_only_function<void(Request, Reply) const>;

struct RouteOptions {
  std::optional<std::size_t> body_bytes_max;  ///< instead of the server's own limit
  std::optional<Duration> answer_within;      ///< instead of the server's own limit; then 504
  bool needs_body = false;                    ///< without one: 411
};

struct Route {
  std::string method;
  std::string pattern;
  Handler handler;
  RouteOptions options;
};

/// A Router knows which handler answers which path. Patterns are built of whole segments:
///
///   /v1/jobs            itself;
///   /v1/jobs/{id}       one segment, whatever it is;
///   /console/{file...}  all the rest, also none after a slash.
///
/// Each segment is decided once and for good: its own word first, then `{name}`, then `{rest...}`. So a path below /v1
/// never falls through to a `/{file...}`. GET also answers HEAD; OPTIONS is answered by the server. Two equal patterns,
/// or two names for one place, break an invariant at start. A router is built, then served; it does not change.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  void on(std::string method, std::string pattern, Handler handler, RouteOptions options = {});

  struct Found {
    const Route* route = nullptr;  ///< lives as long as the router
    Fields params;
  };
  struct Unknown {};
  /// The path is known, the method is not; also what OPTIONS is answered with.
  struct OtherMethods {
    std::string allow;  ///< `GET, HEAD, OPTIONS`
  };
  [[nodiscard]] std::variant<Found, Unknown, OtherMethods> find(std::string_view method, const Target& target) const;

  /// Every route in order of pattern and method, for documents that describe the API.
  [[nodiscard]] std::vector<const Route*> routes() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace mingyue::http
