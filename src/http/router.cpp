#include "http/router.hpp"

#include <utility>

#include "base/invariant.hpp"
#include "http/text.hpp"

namespace mingyue::http {

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> words;
  std::unique_ptr<Node> any;  ///< `{name}`
  std::string any_name;
  std::unique_ptr<Node> rest;  ///< `{name...}`
  std::string rest_name;
  std::map<std::string, Route, std::less<>> methods;
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

void Router::on(std::string method, std::string pattern, Handler handler, RouteOptions options) {
  INVARIANT(is_token(method), "route {} {}: the method is a word", method, pattern);
  INVARIANT(pattern.starts_with('/'), "route {}: a pattern begins with a slash", pattern);
  INVARIANT(handler != nullptr, "route {} {}: needs a handler", method, pattern);
  Node* node = root_.get();
  std::string_view left = std::string_view(pattern).substr(1);
  while (!left.empty()) {
    const std::size_t slash = left.find('/');
    const std::string_view segment = left.substr(0, slash);
    left.remove_prefix(slash == std::string_view::npos ? left.size() : slash + 1);
    INVARIANT(!segment.empty(), "route {}: a pattern has no empty segment", pattern);
    INVARIANT(slash == std::string_view::npos || !left.empty(), "route {}: a pattern does not end in a slash", pattern);
    if (!segment.starts_with('{')) {
      std::unique_ptr<Node>& child = node->words[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
      continue;
    }
    INVARIANT(segment.ends_with('}') && segment.size() > 2, "route {}: a name stands in braces", pattern);
    std::string_view name = segment.substr(1, segment.size() - 2);
    const bool is_rest = name.ends_with("...");
    if (is_rest) name.remove_suffix(3);
    INVARIANT(!is_rest || left.empty(), "route {}: the rest comes last", pattern);
    std::unique_ptr<Node>& child = is_rest ? node->rest : node->any;
    std::string& child_name = is_rest ? node->rest_name : node->any_name;
    INVARIANT(!child || child_name == name, "route {}: this place is already called {}", pattern, child_name);
    if (!child) child = std::make_unique<Node>();
    child_name = name;
    node = child.get();
  }
  INVARIANT(!node->methods.contains(method), "route {} {} is defined twice", method, pattern);
  std::string key = method;
  node->methods.emplace(std::move(key),
                        Route{std::move(method), std::move(pattern), std::move(handler), std::move(options)});
}

std::variant<Router::Found, Router::Unknown, Router::OtherMethods> Router::find(std::string_view method,
                                                                                const Target& target) const {
  const Node* node = root_.get();
  Fields params;
  bool is_rest = false;
  const std::size_t count = target.segments.size();
  for (std::size_t at = 0; at < count && !is_rest; ++at) {
    const std::string& segment = target.segments[at];
    if (const auto word = node->words.find(segment); word != node->words.end()) {
      node = word->second.get();
    } else if (node->any) {
      params.add(node->any_name, segment);
      node = node->any.get();
    } else if (node->rest) {
      std::string rest = segment;
      for (std::size_t next = at + 1; next < count; ++next) rest += "/" + target.segments[next];
      if (target.ends_in_slash) rest += '/';
      params.add(node->rest_name, std::move(rest));
      node = node->rest.get();
      is_rest = true;
    } else {
      return Unknown{};
    }
  }
  if (target.ends_in_slash && !is_rest) {
    if (!node->rest) return Unknown{};
    params.add(node->rest_name, "");
    node = node->rest.get();
  }
  if (node->methods.empty()) return Unknown{};

  auto route = node->methods.find(method);
  if (route == node->methods.end() && method == "HEAD") route = node->methods.find("GET");
  if (route != node->methods.end()) return Found{&route->second, std::move(params)};

  std::string allow;
  for (const auto& [name, unused] : node->methods) allow += name + ", ";
  if (node->methods.contains("GET") && !node->methods.contains("HEAD")) allow += "HEAD, ";
  return OtherMethods{allow + "OPTIONS"};
}

std::vector<const Route*> Router::routes() const {
  std::map<std::pair<std::string_view, std::string_view>, const Route*> ordered;
  std::vector<const Node*> left{root_.get()};
  while (!left.empty()) {
    const Node* node = left.back();
    left.pop_back();
    for (const auto& [method, route] : node->methods) ordered[{route.pattern, method}] = &route;
    for (const auto& [word, child] : node->words) left.push_back(child.get());
    if (node->any) left.push_back(node->any.get());
    if (node->rest) left.push_back(node->rest.get());
  }
  std::vector<const Route*> routes;
  for (const auto& [key, route] : ordered) routes.push_back(route);
  return routes;
}

}  // namespace mingyue::http
