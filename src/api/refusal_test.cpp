#include "api/api_testing.hpp"

/// Everything that is refused: who may not, and what is wrong.
namespace mingyue::api::testing {
namespace {

struct Case {
  std::string_view user;  ///< empty: no token
  std::string_view method;
  std::string_view target;
  std::string_view body;
  int status;
  std::string_view code;
  std::string_view field;
};

TEST(Refusals, NameWhatIsWrongAndWhatToDo) {
  TestService service;
  const auto job = service.running();
  EXPECT_EQ(job.job.raw(), 1U);
  const Case cases[] = {
      {"", "GET", "/v1/jobs", "", 401, "no-token", "Authorization"},
      {"", "GET", "/v1/nothing", "", 404, "unknown-path", ""},
      {"alice", "DELETE", "/v1/jobs", "", 405, "method-not-allowed", ""},
      {"alice", "GET", "/v1/jobs?stat=queued", "", 400, "unknown-parameter", "stat"},
      {"alice", "GET", "/v1/jobs?state=quued", "", 400, "bad-parameter", "state"},
      {"alice", "GET", "/v1/jobs?limit=0", "", 400, "bad-parameter", "limit"},
      {"alice", "GET", "/v1/jobs?limit=10001", "", 400, "bad-parameter", "limit"},
      {"alice", "GET", "/v1/jobs?all=yes", "", 400, "bad-parameter", "all"},
      {"alice", "GET", "/v1/jobs?user=a&user=b", "", 400, "bad-parameter", "user"},
      {"alice", "GET", "/v1/jobs/abc", "", 400, "", "id"},
      {"alice", "GET", "/v1/jobs/999", "", 404, "unknown-job", "id"},
      {"alice", "GET", "/v1/jobs/999/why", "", 404, "unknown-job", "id"},
      {"alice", "POST", "/v1/jobs/999/cancel", "", 404, "unknown-job", "job"},
      {"alice", "GET", "/v1/jobs/1/output?task=1", "", 400, "", "task"},
      {"alice", "GET", "/v1/jobs/1/output?attempt=2", "", 400, "", "attempt"},
      {"alice", "GET", "/v1/jobs/1/output?offset=1&tail=1", "", 400, "", "tail"},
      {"alice", "GET", "/v1/jobs/1/output?stream=log", "", 400, "bad-parameter", "stream"},
      {"alice", "GET", "/v1/nodes/n9", "", 404, "unknown-node", "name"},
      {"alice", "GET", "/v1/qpus/q9/calibration", "", 404, "unknown-qpu", "name"},
      {"otto", "POST", "/v1/nodes/n9/drain", "{}", 404, "unknown-node", "node"},
      {"otto", "POST", "/v1/nodes/n0/drain", "{", 400, "", ""},
      {"otto", "POST", "/v1/nodes/n0/drain", R"({"reson": "x"})", 422, "unknown-field", "reson"},
      {"otto", "POST", "/v1/projects/none/credits", R"({"amount": "1"})", 404, "unknown-project", "project"},
      {"otto", "POST", "/v1/projects/demo/credits", R"({"amount": "0"})", 422, "bad-amount", "amount"},
      {"otto", "POST", "/v1/projects/demo/credits", R"({"amount": "much"})", 422, "", "amount"},
      {"otto", "PUT", "/v1/users/eve", R"({"projects": ["none"]})", 422, "unknown-project", "projects"},
      {"otto", "PUT", "/v1/users/eve", R"({"role": "king"})", 422, "", "role"},
      {"otto", "POST", "/v1/tokens", R"({"token": "t", "user": "nobody", "role": "member"})", 422, "unknown-user",
       "user"},
      {"otto", "POST", "/v1/incidents/77/close", "{}", 404, "unknown-incident", "incident"},
      {"otto", "POST", "/v1/incidents/x/close", "{}", 400, "", "id"},
      {"alice", "GET", "/v1/ledger?from=yesterday", "", 400, "bad-parameter", "from"},
      {"alice", "GET", "/v1/ledger?from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z", "", 400, "", "to"},
      {"alice", "GET", "/v1/ledger?partition=none", "", 400, "", "partition"},
      {"alice", "GET", "/v1/ledger?by=colour", "", 400, "bad-parameter", "by"},
      {"alice", "GET", "/v1/jobs/1/terminal", "", 426, "upgrade-required", "Upgrade"},
      {"bob", "GET", "/v1/jobs/1/terminal", "", 403, "not-allowed", "id"},
      {"audrey", "GET", "/v1/events?from=0", "", 400, "bad-parameter", "from"},
  };
  for (const Case& c : cases) {
    const TestAnswer answer = service.ask(std::string(c.user), c.method, c.target, c.body);
    EXPECT_EQ(answer.status, c.status) << c.method << " " << c.target << "\n" << answer.body;
    EXPECT_EQ(answer.headers.get("content-type"), "application/problem+json") << c.target;
    const Tree problem = service.json(answer.body);
    if (!c.code.empty()) {
      EXPECT_EQ(problem.text("code"), c.code) << c.target;
    }
    if (!c.field.empty()) {
      EXPECT_EQ(problem.text("field"), c.field) << c.target << answer.body;
    }
    EXPECT_NE(problem.text("detail"), "") << c.target;
  }
}

TEST(Refusals, SayWhoMayWhenARoleMayNot) {
  TestService service;
  (void)service.running();  // job 1 of alice, project demo
  struct Right {
    std::string_view method;
    std::string_view target;
    std::string_view body;
    std::string_view allowed;  ///< users, each between spaces
  };
  const Right rights[] = {
      {"GET", "/v1/jobs", "", " alice bob lena otto audrey pat "},
      {"GET", "/v1/nodes", "", " alice bob lena otto audrey pat "},
      {"GET", "/v1/ledger", "", " alice bob lena otto audrey pat "},
      {"GET", "/v1/jobs/1/output", "", " alice lena otto audrey "},
      {"GET", "/v1/events", "", " otto audrey "},
      {"GET", "/v1/tokens", "", " otto "},
      {"POST", "/v1/nodes/n1/resume", "", " otto "},
      {"PUT", "/v1/projects/demo", "{}", " otto "},
      {"PUT", "/v1/users/bob", "{}", " otto "},
      {"DELETE", "/v1/tokens/none", "", " otto "},
      {"POST", "/v1/incidents/1/close", "{}", " otto "},
      {"POST", "/v1/jobs/1/release", "", " alice lena otto "},
  };
  for (const Right& right : rights) {
    for (const char* user : {"alice", "bob", "lena", "otto", "audrey", "pat"}) {
      const TestAnswer answer = service.ask(user, right.method, right.target, right.body);
      const bool may = right.allowed.find(" " + std::string(user) + " ") != std::string_view::npos;
      EXPECT_EQ(answer.status == 403, !may)
          << user << " " << right.method << " " << right.target << " " << answer.status << "\n"
          << answer.body;
      if (!may) {
        EXPECT_NE(service.json(answer.body).text("hint") + service.json(answer.body).text("detail"), "");
      }
    }
  }
  for (const char* user : {"audrey", "pat"})
    EXPECT_EQ(service.submit(user, "command: ['true']\nwall: 1h\n").status, 403) << user;
  for (const char* user : {"alice", "bob", "lena", "otto"})
    EXPECT_EQ(service.submit(user, "command: ['true']\nwall: 1h\n").status, 201) << user;
}

TEST(Refusals, ComeBeforeTheBodyIsRead) {
  TestService service;
  TestClient client(service.port());
  client.send(
      "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\nContent-Length: 8000000\r\n\r\n");
  EXPECT_EQ(client.read_answer("POST").status, 401);
}

}  // namespace
}  // namespace mingyue::api::testing
