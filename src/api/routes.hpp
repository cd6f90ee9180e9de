#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/access.hpp"
#include "api/gate.hpp"
#include "api/query.hpp"
#include "api/schema.hpp"
#include "base/language.hpp"
#include "http/router.hpp"

namespace mingyue::api {

/// One request that has passed the gate, and the duty to answer it.
struct Call {
  http::Request request;
  http::Reply reply;
  Caller caller;
  Language language = Language::en;
  Query query;

  template <class T>
  void send(const T& body, int status = 200) {
    reply.send(http::Response::json(formats::write_json(body, formats::JsonStyle::api), status));
  }
  void refuse(const http::Problem& problem) { reply.refuse(problem); }
  [[nodiscard]] std::string_view param(std::string_view name) const { return request.param(name); }
};

using Handler = std::function<void(Call)>;
using SchemaOf = std::string (*)(Schemas&);

/// What a body or an answer is.
struct Content {
  std::string type;           ///< `application/json`; empty: there is none
  SchemaOf schema = nullptr;  ///< null: text
};
template <class T>
[[nodiscard]] Content json_of() {
  return {"application/json", [](Schemas& schemas) { return schemas.of<T>(); }};
}

/// All that is to be said of a route: by it the request is checked and the API's document is written.
struct RouteInfo {
  std::string method;
  std::string pattern;
  std::string id;  ///< operationId
  std::string summary;
  Access access = Access::any_role;
  std::vector<Param> query = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< of the request, with what they mean
  std::vector<Content> bodies = {};
  int status = 200;
  std::vector<Content> answers = {};
  std::vector<int> also = {};    ///< other statuses with the same answer
  std::vector<int> errors = {};  ///< beyond those that follow from the rest
  http::RouteOptions options = {};
};

/// The routes of the API: each is described once, and from that come its guard, the reading of its query and its place
/// in the document.
class Routes {
 public:
  explicit Routes(const Gate& gate) : gate_(gate) {}

  void add(RouteInfo info, Handler handler);
  /// Puts all into the router; afterwards nothing is added any more. This outlives the router.
  void install(http::Router& router);

  /// For ServerOptions::before_body.
  [[nodiscard]] std::optional<http::Response> before_body(const http::Request& request) const;

  struct Entry {
    RouteInfo info;
    Handler handler;
  };
  /// By pattern and method.
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, Entry>& all() const { return entries_; }

 private:
  void handle(const Entry& entry, http::Request request, http::Reply reply) const;

  const Gate& gate_;
  std::map<std::pair<std::string, std::string>, Entry> entries_;
};

}  // namespace mingyue::api
