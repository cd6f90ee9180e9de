#include <gtest/gtest.h>

#include "http/census.hpp"
#include "http/event_stream.hpp"
#include "http/origin.hpp"
#include "http/problem.hpp"
#include "http/response_head.hpp"
#include "http/static_content.hpp"

namespace mingyue::http {
namespace {

TEST(JsonString, IsAlwaysValid) {
  EXPECT_EQ(json_string("plain 明月"), "\"plain 明月\"");
  EXPECT_EQ(json_string("a\"b\\c\nd\x01"), R"("a\"b\\c\nd\u0001")");
  EXPECT_EQ(json_string("\xff\xc0\xaf"), R"("\ufffd\ufffd\ufffd")");
}

TEST(Problem, SaysWhatAndWhatNext) {
  const Response response =
      problem_response(404, {"unknown-partition", "parts[0].partition", "there is no \"b\"", "use \"a\"", 12});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"urn:mingyue:problem:unknown-partition","title":"Not Found","status":404,)"
                           R"("code":"unknown-partition","detail":"there is no \"b\"","field":"parts[0].partition",)"
                           R"("hint":"use \"a\"","line":12})"
                           "\n");
  const Response short_one = problem_response(409, {"conflict", "", "no", ""});
  EXPECT_EQ(short_one.body,
            R"({"type":"urn:mingyue:problem:conflict","title":"Conflict","status":409,"code":"conflict","detail":"no"})"
            "\n");
}

TEST(ResponseHead, CannotBeBrokenOutOf) {
  Response response = Response::text("x");
  response.headers.add("location", "/a\r\nset-cookie: evil=1");
  response.headers.add("bad name", "1");
  response.headers.add("Content-Length", "999");
  response.headers.add("Transfer-Encoding", "chunked");
  std::string head;
  write_response_head(head, response, {.content_length = 1, .date = "today"});
  EXPECT_EQ(
      head,
      "HTTP/1.1 200 OK\r\ndate: today\r\nconnection: keep-alive\r\ncontent-length: 1\r\n"
      "content-type: text/plain; charset=utf-8\r\nlocation: /a  set-cookie: evil=1\r\ncache-control: no-store\r\n"
      "x-content-type-options: nosniff\r\nx-frame-options: DENY\r\ncross-origin-resource-policy: same-origin\r\n\r\n");
}

TEST(ResponseHead, WritesTheDateInEnglish) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

RequestHead head_with(std::string method, std::string host, Fields headers = {}) {
  RequestHead head;
  head.method = std::move(method);
  head.host = std::move(host);
  head.headers = std::move(headers);
  return head;
}

TEST(Host, OnLoopbackIsAnAddressOrLocalhost) {
  const OriginPolicy policy{.hosts_allowed = {}, .origins_allowed = {}};
  for (const std::string host : {"localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:8080", "[::1]", "a.localhost"}) {
    EXPECT_FALSE(check_host(head_with("GET", host), true, policy)) << host;
  }
  for (const std::string host :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "1.2.3.4.5"}) {
    const auto problem = check_host(head_with("GET", host), true, policy);
    ASSERT_TRUE(problem) << host;
    EXPECT_EQ(problem->status, 421);
    EXPECT_FALSE(check_host(head_with("GET", host), false, policy)) << host;
  }
}

TEST(Host, IsOneOfTheAllowedWhenThereAreAny) {
  const OriginPolicy policy{.hosts_allowed = {"mingyue.example"}, .origins_allowed = {}};
  EXPECT_FALSE(check_host(head_with("GET", "Mingyue.example:443"), false, policy));
  EXPECT_FALSE(check_host(head_with("GET", "mingyue.example"), true, policy));
  EXPECT_TRUE(check_host(head_with("GET", "other.example"), false, policy));
}

TEST(Origin, OfAnotherPageMayNotWrite) {
  const OriginPolicy policy{.hosts_allowed = {}, .origins_allowed = {"https://console.example"}};
  const auto status = [&](std::string method, Fields headers) {
    const auto problem = check_origin(head_with(std::move(method), "localhost:8080", std::move(headers)), policy);
    return problem ? problem->status : 200;
  };
  EXPECT_EQ(status("POST", {}), 200);
  EXPECT_EQ(status("POST", {{"origin", "http://localhost:8080"}}), 200);
  EXPECT_EQ(status("POST", {{"origin", "https://console.example"}}), 200);
  EXPECT_EQ(status("POST", {{"origin", "http://localhost:9090"}}), 403);
  EXPECT_EQ(status("POST", {{"origin", "https://evil.example"}}), 403);
  EXPECT_EQ(status("POST", {{"origin", "null"}}), 403);
  EXPECT_EQ(status("DELETE", {{"sec-fetch-site", "cross-site"}}), 403);
  EXPECT_EQ(status("DELETE", {{"sec-fetch-site", "same-origin"}}), 200);
  EXPECT_EQ(status("GET", {{"origin", "https://evil.example"}}), 200);
  RequestHead terminal = head_with("GET", "localhost:8080", {{"origin", "https://evil.example"}});
  terminal.upgrade = "websocket";
  EXPECT_TRUE(check_origin(terminal, policy));
}

TEST(Event, CannotBeBrokenOutOf) {
  EXPECT_EQ(format_event("job", "7", R"({"a":1})"), "id: 7\nevent: job\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(format_event("", "", "x"), "data: x\n\n");
  EXPECT_EQ(format_event("a\nb", "1\r\n2", "x\ny\r\rz"), "id: 1  2\nevent: a b\ndata: x\ndata: y  z\n\n");
}

TEST(Census, CountsInAllAndByAddress) {
  Census census(3, 2);
  const AddressKey here{1};
  const AddressKey there{2};
  EXPECT_EQ(census.enter(here), Census::Verdict::Welcome);
  EXPECT_EQ(census.enter(here), Census::Verdict::Welcome);
  EXPECT_EQ(census.enter(here), Census::Verdict::TooManyFromThere);
  EXPECT_EQ(census.enter(there), Census::Verdict::Welcome);
  EXPECT_EQ(census.enter(there), Census::Verdict::TooMany);
  census.leave(here);
  EXPECT_EQ(census.connections(), 2u);
  EXPECT_EQ(census.enter(there), Census::Verdict::Welcome);
}

/// Asks a router without a server.
Response ask(const Router& router, std::string_view path, std::string if_none_match = {}, std::string codings = {},
             std::string_view accept = {}) {
  auto found = router.find("GET", *parse_target(path));
  Response answer{.status = 404};
  auto* match = std::get_if<Router::Found>(&found);
  if (!match) return answer;
  Request request;
  request.method = "GET";
  request.path = path;
  request.params = match->params;
  if (!if_none_match.empty()) request.headers.add("if-none-match", std::move(if_none_match));
  if (!codings.empty()) request.headers.add("accept-encoding", std::move(codings));
  if (!accept.empty()) request.headers.add("accept", std::string(accept));
  match->route->handler(std::move(request), make_reply([&](Response response) { answer = std::move(response); }));
  return answer;
}

TEST(StaticContent, ServesFilesAndTheIndexForPages) {
  Router router;
  StaticFiles files;
  files["index.html"] = {"text/html; charset=utf-8", "<html>", ""};
  files["assets/app-1.js"] = {std::string(content_type_of("app-1.js")), "run()", "\"v1\""};
  serve_files(router, "/console", std::move(files));

  EXPECT_EQ(ask(router, "/console").headers.get("location"), "/console/");
  EXPECT_EQ(ask(router, "/console/").bytes(), "<html>");
  EXPECT_EQ(ask(router, "/console/jobs/7").bytes(), "<html>");
  EXPECT_EQ(ask(router, "/console/missing.js").status, 404);
  // A node has a host's name: a browser that goes to its page gets it, and a script that is not there is still none.
  const std::string_view browser = "text/html,application/xhtml+xml,*/*;q=0.8";
  EXPECT_EQ(ask(router, "/console/nodes/gpu01.lake.example", {}, {}, browser).bytes(), "<html>");
  EXPECT_EQ(ask(router, "/console/nodes/gpu01.lake.example", {}, {}, "*/*").status, 404);
  EXPECT_EQ(ask(router, "/console/assets/missing.js", {}, {}, browser).status, 404);
  EXPECT_EQ(ask(router, "/elsewhere").status, 404);
  const Response script = ask(router, "/console/assets/app-1.js");
  EXPECT_EQ(script.bytes(), "run()");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(script.headers.get("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(ask(router, "/console/").headers.get("cache-control"), "no-cache");

  const std::string tag(ask(router, "/console/").headers.get("etag"));
  EXPECT_EQ(ask(router, "/console/", tag).status, 304);
  EXPECT_EQ(ask(router, "/console/", "\"x\", W/" + tag).status, 304);
  EXPECT_EQ(ask(router, "/console/", "*").status, 304);
  EXPECT_EQ(ask(router, "/console/", "\"x\"").status, 200);
}

TEST(StaticContent, SendsTheSmallestFormThatTheClientReads) {
  Router router;
  StaticFiles files;
  files["app.js"] = {std::string(content_type_of("app.js")), "run()", ""};
  files["app.js.br"] = {std::string(content_type_of("app.js.br")), "b", ""};
  files["app.js.gz"] = {std::string(content_type_of("app.js.gz")), "gz", ""};
  files["plain.js"] = {std::string(content_type_of("plain.js")), "walk()", ""};
  serve_files(router, "/", std::move(files));

  const Response plain = ask(router, "/app.js");
  EXPECT_EQ(plain.bytes(), "run()");
  EXPECT_EQ(plain.headers.get("content-encoding"), "");
  EXPECT_EQ(plain.headers.get("vary"), "Accept-Encoding");
  const Response brotli = ask(router, "/app.js", {}, "gzip, deflate, br, zstd");
  EXPECT_EQ(brotli.bytes(), "b");
  EXPECT_EQ(brotli.headers.get("content-encoding"), "br");
  EXPECT_EQ(brotli.content_type, "text/javascript; charset=utf-8");
  const Response gzip = ask(router, "/app.js", {}, "gzip");
  EXPECT_EQ(gzip.bytes(), "gz");
  EXPECT_EQ(gzip.headers.get("content-encoding"), "gzip");
  EXPECT_EQ(ask(router, "/plain.js", {}, "br").bytes(), "walk()");
  // A form of one coding is not the form of another: each has its tag.
  EXPECT_NE(gzip.headers.get("etag"), brotli.headers.get("etag"));
  EXPECT_EQ(ask(router, "/app.js", std::string(brotli.headers.get("etag")), "br").status, 304);
  EXPECT_EQ(ask(router, "/app.js", std::string(brotli.headers.get("etag")), "gzip").status, 200);
}

TEST(StaticContent, LetsNoScriptInThatIsNotAFileOfItsOwn) {
  Router router;
  StaticFiles files;
  files["index.html"] = {"text/html; charset=utf-8", "<html>", ""};
  serve_files(router, "/", std::move(files));
  const Response page = ask(router, "/");
  const std::string_view policy = page.headers.get("content-security-policy");
  EXPECT_NE(policy.find("script-src 'self';"), std::string_view::npos) << policy;
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string_view::npos) << policy;
  EXPECT_NE(policy.find("object-src 'none'"), std::string_view::npos) << policy;
  EXPECT_EQ(page.headers.get("referrer-policy"), "no-referrer");
}

TEST(StaticContent, MayHaveTheWholeSite) {
  Router router;
  router.on("GET", "/v1/jobs", [](const Request&, Reply reply) { reply.send(Response::json("[]")); });
  StaticFiles files;
  files["index.html"] = {"text/html; charset=utf-8", "<html>", ""};
  serve_files(router, "/", std::move(files));
  EXPECT_EQ(ask(router, "/").bytes(), "<html>");
  EXPECT_EQ(ask(router, "/jobs").bytes(), "<html>");
  EXPECT_EQ(ask(router, "/v1/jobs").bytes(), "[]");
  EXPECT_EQ(ask(router, "/v1/nothing").status, 404);
}

}  // namespace
}  // namespace mingyue::http
