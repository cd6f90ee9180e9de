#include "api/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "formats/json.hpp"
#include "http/message.hpp"
#include "http/text.hpp"

namespace mingyue::api {
namespace {

using formats::JsonWriter;

constexpr std::string_view problem_schema =
    R"({"type":"object","description":"RFC 9457","properties":{"type":{"type":"string"},"title":{"type":"string"},)"
    R"("status":{"type":"integer"},"code":{"type":"string"},"detail":{"type":"string"},"field":{"type":"string"},)"
    R"("hint":{"type":"string"},"line":{"type":"integer"},"errors":{"type":"array","items":{"$ref":"#/components/schemas/Refusal"}}},)"
    R"("required":["type","title","status","code","detail"]})";

/// `/v1/jobs/{id}` → id.
std::vector<std::string> path_params(std::string_view pattern) {
  std::vector<std::string> names;
  for (auto at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
    names.emplace_back(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
  }
  return names;
}

/// `/v1/jobs/{id}` → jobs.
std::string tag_of(std::string_view pattern) {
  std::string_view rest = pattern.starts_with("/v1/") ? pattern.substr(4) : pattern.substr(1);
  return std::string(rest.substr(0, rest.find_first_of("./")));
}

void write_param_schema(JsonWriter& json, const Param& param) {
  if (param.is_list) {
    json.begin_object();
    json.field("type", "array");
    json.key("items");
  }
  json.begin_object();
  switch (param.kind) {
    case Param::Kind::text:
      json.field("type", "string");
      break;
    case Param::Kind::word:
      json.field("type", "string");
      json.field("enum", param.words);
      break;
    case Param::Kind::number:
      json.field("type", "integer");
      json.key("minimum");
      json.integer(param.min, false);
      if (param.max != INT64_MAX) {
        json.key("maximum");
        json.integer(param.max, false);
      }
      break;
    case Param::Kind::flag:
      json.field("type", "boolean");
      break;
    case Param::Kind::instant:
      json.field("type", "string");
      json.field("format", "date-time");
      break;
  }
  json.end_object();
  if (param.is_list) json.end_object();
}

void write_params(JsonWriter& json, const RouteInfo& route) {
  json.key("parameters");
  json.begin_array();
  for (const std::string& name : path_params(route.pattern)) {
    json.begin_object();
    json.field("name", name);
    json.field("in", "path");
    json.field("required", true);
    json.key("schema");
    json.raw(R"({"type":"string"})");
    json.end_object();
  }
  for (const Param& param : route.query) {
    json.begin_object();
    json.field("name", param.name);
    json.field("in", "query");
    json.field("description", param.about);
    if (param.is_list) json.field("explode", false);
    json.key("schema");
    write_param_schema(json, param);
    json.end_object();
  }
  for (const auto& [name, about] : route.headers) {
    json.begin_object();
    json.field("name", name);
    json.field("in", "header");
    json.field("description", about);
    json.key("schema");
    json.raw(R"({"type":"string"})");
    json.end_object();
  }
  json.end_array();
}

void write_content(JsonWriter& json, const std::vector<Content>& contents, Schemas& schemas) {
  json.key("content");
  json.begin_object();
  for (const Content& content : contents) {
    json.key(content.type);
    json.begin_object();
    json.key("schema");
    json.raw(content.schema == nullptr ? std::string(R"({"type":"string"})") : content.schema(schemas));
    json.end_object();
  }
  json.end_object();
}

/// What may go wrong follows mostly from what the route is.
std::set<int> errors_of(const RouteInfo& route) {
  std::set<int> errors(route.errors.begin(), route.errors.end());
  errors.insert(400);
  errors.insert(503);
  if (route.access != Access::anyone) errors.insert({401, 429});
  if (route.access != Access::anyone && route.access != Access::any_role && route.access != Access::loopback)
    errors.insert(403);
  if (!path_params(route.pattern).empty()) errors.insert(404);
  if (!route.bodies.empty()) errors.insert({413, 422});
  for (const int status : route.also) errors.erase(status);
  return errors;
}

void write_responses(JsonWriter& json, const RouteInfo& route, Schemas& schemas) {
  json.key("responses");
  json.begin_object();
  std::set<int> good(route.also.begin(), route.also.end());
  good.insert(route.status);
  for (const int status : good) {
    json.key(std::to_string(status));
    json.begin_object();
    json.field("description", http::reason_phrase(status));
    if (!route.answers.empty()) write_content(json, route.answers, schemas);
    json.end_object();
  }
  for (const int status : errors_of(route)) {
    json.key(std::to_string(status));
    json.begin_object();
    json.field("description", http::reason_phrase(status));
    json.key("content");
    json.raw(R"({"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}})");
    json.end_object();
  }
  json.end_object();
}

void write_operation(JsonWriter& json, const RouteInfo& route, Schemas& schemas) {
  json.key(http::lower(route.method));
  json.begin_object();
  json.field("operationId", route.id);
  json.field("summary", route.summary);
  json.field("description", fmt::format("For: {}.", words(route.access)));
  json.field("tags", std::vector<std::string>{tag_of(route.pattern)});
  if (route.access == Access::anyone) {
    json.key("security");
    json.raw("[]");
  }
  write_params(json, route);
  if (!route.bodies.empty()) {
    json.key("requestBody");
    json.begin_object();
    json.field("required", route.options.needs_body);
    write_content(json, route.bodies, schemas);
    json.end_object();
  }
  write_responses(json, route, schemas);
  json.end_object();
}

void write_components(JsonWriter& json, const Schemas& schemas) {
  json.key("components");
  json.begin_object();
  json.key("securitySchemes");
  json.raw(R"({"token":{"type":"http","scheme":"bearer"}})");
  json.key("schemas");
  json.begin_object();
  for (const auto& [name, schema] : schemas.named()) {
    json.key(name);
    json.raw(schema);
  }
  json.key("Problem");
  json.raw(problem_schema);
  json.end_object();
  json.end_object();
}

}  // namespace

std::string openapi_document(const Routes& routes, std::string_view version) {
  Schemas schemas;
  (void)schemas.of<Refusal>();
  JsonWriter json(formats::JsonStyle::api);
  json.begin_object();
  json.field("openapi", "3.1.0");
  json.key("info");
  json.begin_object();
  json.field("title", "Mingyue");
  json.field("version", version);
  json.field("description",
             "The operating system of a compute centre. 64-bit quantities are strings; durations end in _ms, sizes in "
             "_bytes; instants are RFC 3339 in UTC. Words follow Accept-Language (en, zh).");
  json.end_object();
  json.key("servers");
  json.raw(R"([{"url":"/"}])");
  json.key("security");
  json.raw(R"([{"token":[]}])");
  json.key("paths");
  json.begin_object();
  std::string open;
  for (const auto& [key, entry] : routes.all()) {
    if (key.first != open) {
      if (!open.empty()) json.end_object();
      open = key.first;
      json.key(open);
      json.begin_object();
    }
    write_operation(json, entry.info, schemas);
  }
  if (!open.empty()) json.end_object();
  json.end_object();
  write_components(json, schemas);
  json.end_object();
  return json.take();
}

}  // namespace mingyue::api
