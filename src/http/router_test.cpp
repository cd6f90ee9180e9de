#include "http/router.hpp"

#include <gtest/gtest.h>

#include "base/invariant.hpp"

namespace mingyue::http {
namespace {

void on(Router& router, std::string method, std::string pattern) {
  router.on(std::move(method), std::move(pattern), [](const Request&, Reply) {});
}

/// `/v1/jobs/{id} id=7`, `404`, or `405: GET, HEAD, OPTIONS`.
std::string find(const Router& router, std::string_view method, std::string_view path) {
  const auto found = router.find(method, *parse_target(path));
  if (std::holds_alternative<Router::Unknown>(found)) return "404";
  if (const auto* others = std::get_if<Router::OtherMethods>(&found)) return "405: " + others->allow;
  const auto& match = std::get<Router::Found>(found);
  std::string text = match.route->pattern;
  for (const auto& param : match.params) text += " " + param.name + "=" + param.value;
  return text;
}

TEST(Router, FindsThePatternOfAPath) {
  Router router;
  on(router, "GET", "/");
  on(router, "GET", "/v1/jobs");
  on(router, "POST", "/v1/jobs");
  on(router, "GET", "/v1/jobs/{id}");
  on(router, "GET", "/v1/jobs/{id}/log");
  on(router, "GET", "/v1/jobs/mine");
  on(router, "GET", "/console/{file...}");

  EXPECT_EQ(find(router, "GET", "/"), "/");
  EXPECT_EQ(find(router, "POST", "/v1/jobs"), "/v1/jobs");
  EXPECT_EQ(find(router, "GET", "/v1/jobs/7"), "/v1/jobs/{id} id=7");
  EXPECT_EQ(find(router, "GET", "/v1/jobs/7/log"), "/v1/jobs/{id}/log id=7");
  EXPECT_EQ(find(router, "GET", "/v1/jobs/mine"), "/v1/jobs/mine");
  EXPECT_EQ(find(router, "GET", "/console/a/b.js"), "/console/{file...} file=a/b.js");
  EXPECT_EQ(find(router, "GET", "/console/"), "/console/{file...} file=");
  EXPECT_EQ(find(router, "HEAD", "/v1/jobs"), "/v1/jobs");
}

TEST(Router, TellsUnknownPathsFromUnknownMethods) {
  Router router;
  on(router, "GET", "/v1/jobs");
  on(router, "POST", "/v1/jobs");
  on(router, "DELETE", "/v1/jobs/{id}");
  EXPECT_EQ(find(router, "GET", "/"), "404");
  EXPECT_EQ(find(router, "GET", "/v1"), "404");
  EXPECT_EQ(find(router, "GET", "/v1/jobs/"), "404");
  EXPECT_EQ(find(router, "GET", "/v1/jobs/7/log"), "404");
  EXPECT_EQ(find(router, "PUT", "/v1/jobs"), "405: GET, POST, HEAD, OPTIONS");
  EXPECT_EQ(find(router, "OPTIONS", "/v1/jobs"), "405: GET, POST, HEAD, OPTIONS");
  EXPECT_EQ(find(router, "HEAD", "/v1/jobs/7"), "405: DELETE, OPTIONS");
}

TEST(Router, DoesNotFallThroughToTheConsole) {
  Router router;
  on(router, "GET", "/v1/jobs");
  on(router, "GET", "/{file...}");
  EXPECT_EQ(find(router, "GET", "/jobs/7"), "/{file...} file=jobs/7");
  EXPECT_EQ(find(router, "GET", "/v1/job"), "404");
}

TEST(Router, ListsItsRoutes) {
  Router router;
  on(router, "POST", "/v1/jobs");
  on(router, "GET", "/v1/jobs/{id}");
  on(router, "GET", "/v1/jobs");
  std::string list;
  for (const Route* route : router.routes()) list += route->method + " " + route->pattern + "\n";
  EXPECT_EQ(list, "GET /v1/jobs\nPOST /v1/jobs\nGET /v1/jobs/{id}\n");
}

TEST(Router, RefusesPatternsThatContradict) {
  throw_on_broken_invariant(true);
  Router router;
  on(router, "GET", "/jobs/{id}");
  EXPECT_THROW(on(router, "GET", "/jobs/{id}"), std::logic_error);
  EXPECT_THROW(on(router, "GET", "/jobs/{name}/log"), std::logic_error);
  EXPECT_THROW(on(router, "GET", "jobs"), std::logic_error);
  EXPECT_THROW(on(router, "GET", "/jobs/"), std::logic_error);
  EXPECT_THROW(on(router, "GET", "/a//b"), std::logic_error);
  EXPECT_THROW(on(router, "GET", "/{rest...}/b"), std::logic_error);
  EXPECT_THROW(on(router, "G T", "/c"), std::logic_error);
  throw_on_broken_invariant(false);
}

}  // namespace
}  // namespace mingyue::http
