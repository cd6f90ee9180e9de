#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "api/api_testing.hpp"
#include "api/routes.hpp"

namespace mingyue::api::testing {
namespace {

/// Indents JSON, so that a difference is a line of a diff.
std::string pretty(const std::string& json) {
  std::string out;
  int depth = 0;
  bool quoted = false;
  const auto line = [&] { out += "\n" + std::string(static_cast<std::size_t>(depth) * 2, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted || c == '"') {
      out += c;
      if (quoted && c == '\\')
        out += json[++i];
      else if (c == '"')
        quoted = !quoted;
      continue;
    }
    const bool empty = (c == '{' || c == '[') && (json[i + 1] == '}' || json[i + 1] == ']');
    if (empty) {
      out += c;
      out += json[++i];
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      line();
    } else if (c == '}' || c == ']') {
      --depth;
      line();
      out += c;
    } else {
      out += c;
      if (c == ',') line();
      if (c == ':') out += ' ';
    }
  }
  return out + "\n";
}

TEST(OpenApi, IsTheDocumentInDocs) {
  TestService service;
  std::string document = service.service->openapi();
  const std::string version = "\"version\":\"1.2.3\"";
  document.replace(document.find(version), version.size(), "\"version\":\"0\"");
  const std::string now = pretty(document);
  const std::string path = std::string(MINGYUE_DOCS) + "/openapi.json";
  if (const char* renew = std::getenv("MINGYUE_RENEW"); renew != nullptr && std::string(renew) == "1")
    std::ofstream(path) << now;
  std::ifstream file(path);
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_TRUE(golden.str() == now)
      << "docs/openapi.json is not what the routes say; renew it with MINGYUE_RENEW=1 and read the difference";
}

void collect_references(const Tree& tree, std::set<std::string>& references) {
  for (const auto& field : tree.fields) {
    if (field.name == "$ref") references.insert(field.value.scalar);
    collect_references(field.value, references);
  }
  for (const Tree& item : tree.items) collect_references(item, references);
}

TEST(OpenApi, RefersOnlyToWhatItDefines) {
  TestService service;
  const TestAnswer answer = service.ask("", "GET", "/v1/openapi.json");
  ASSERT_EQ(answer.status, 200);
  const Tree document = service.json(answer.body);
  EXPECT_EQ(document.text("openapi"), "3.1.0");
  std::set<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 20U);
  const Tree* schemas = document.find("components")->find("schemas");
  for (const std::string& reference : references) {
    EXPECT_NE(schemas->find(reference.substr(std::string("#/components/schemas/").size())), nullptr) << reference;
  }
}

TEST(OpenApi, NamesEveryOperationOnceAndEveryPathParameter) {
  TestService service;
  const Tree document = service.json(service.service->openapi());
  std::set<std::string> ids;
  for (const auto& path : document.find("paths")->fields) {
    for (const auto& operation : path.value.fields) {
      EXPECT_TRUE(ids.insert(operation.value.text("operationId")).second) << operation.value.text("operationId");
      std::set<std::string> named;
      for (const Tree& parameter : operation.value.find("parameters")->items) {
        if (parameter.text("in") == "path") named.insert("{" + parameter.text("name") + "}");
      }
      for (const std::string& name : named) EXPECT_NE(path.name.find(name), std::string::npos);
      EXPECT_EQ(static_cast<std::size_t>(std::count(path.name.begin(), path.name.end(), '{')), named.size())
          << path.name;
      EXPECT_GE(operation.value.find("responses")->fields.size(), 2U);
    }
  }
  EXPECT_GE(ids.size(), 30U);
}

/// docs/api.md is written by hand: each of its routes exists.
TEST(OpenApi, HasEveryRouteOfTheHandbook) {
  TestService service;
  const std::string document = service.service->openapi();
  std::ifstream file(std::string(MINGYUE_DOCS) + "/api.md");
  std::string text;
  std::size_t found = 0;
  while (std::getline(file, text)) {
    for (auto at = text.find("`GET /"); at != std::string::npos; at = text.find("`GET /", at + 1)) {
      const std::size_t begin = at + 5;
      const std::string path = text.substr(begin, text.find_first_of("` ?", begin) - begin);
      EXPECT_NE(document.find("\"" + path + "\":"), std::string::npos) << path;
      ++found;
    }
  }
  EXPECT_GT(found, 15U);
}

}  // namespace
}  // namespace mingyue::api::testing
