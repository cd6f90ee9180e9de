#include "api/routes.hpp"

#include "api/language.hpp"
#include "api/problems.hpp"
#include "base/invariant.hpp"

namespace mingyue::api {

void Routes::add(RouteInfo info, Handler handler) {
  auto key = std::pair(info.pattern, info.method);
  const bool fresh = entries_.emplace(std::move(key), Entry{std::move(info), std::move(handler)}).second;
  INVARIANT(fresh, "a route is described once");
}

void Routes::install(http::Router& router) {
  for (const auto& [key, entry] : entries_) {
    router.on(
        entry.info.method, entry.info.pattern,
        [this, &entry](http::Request request, http::Reply reply) {
          handle(entry, std::move(request), std::move(reply));
        },
        entry.info.options);
  }
}

std::optional<http::Response> Routes::before_body(const http::Request& request) const {
  const auto entry = entries_.find({request.route, request.method == "HEAD" ? "GET" : request.method});
  if (entry == entries_.end()) return std::nullopt;  // not of the API: the console's files
  const auto caller = gate_.admit(request, entry->second.info.access);
  if (!caller) return http::problem_response(caller.error());
  return std::nullopt;
}

void Routes::handle(const Entry& entry, http::Request request, http::Reply reply) const {
  auto caller = gate_.admit(request, entry.info.access);
  if (!caller) return reply.refuse(caller.error());
  auto query = Query::read(entry.info.query, request.query);
  if (!query) return reply.send(problems_response(400, query.error()));
  const Language language = accepted_language(request.header("accept-language"));
  entry.handler({std::move(request), std::move(reply), std::move(*caller), language, std::move(*query)});
}

}  // namespace mingyue::api
