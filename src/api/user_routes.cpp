#include <fmt/format.h>

#include <algorithm>

#include "api/body.hpp"
#include "api/parts.hpp"
#include "wire/requests.hpp"

/// Users and their tokens.
namespace mingyue::api {
namespace {

wire::UserView user_view(const model::User& user) { return {user.name, user.role, user.projects}; }

const model::User* find_user(const core::State& state, std::string_view name) {
  const auto found = std::ranges::find(state.centre.users, name, &model::User::name);
  return found == state.centre.users.end() ? nullptr : &*found;
}

void put_user(Parts& parts, Call call) {
  auto body = read_body<wire::UserRequest>(call);
  if (!body) return call.refuse(body.error());
  const std::string name(call.param("name"));
  const auto look = [name](const runtime::View& view, const Call&) -> Expected<model::User, http::Problem> {
    const model::User* old = find_user(view.state, name);
    return old != nullptr ? *old : model::User{.name = name};
  };
  look_then(parts, std::move(call), look, [&parts, body = std::move(*body)](Call on, model::User user) {
    if (body.role) user.role = *body.role;
    if (body.projects) user.projects = *body.projects;
    const wire::UserView view = user_view(user);
    core::SetUser wish{on.caller.actor(), std::move(user)};
    command(
        parts, std::move(on), std::move(wish), [view](Call last, const runtime::Done&) { last.send(view); },
        Names::InBody);
  });
}

void list_tokens(Parts& parts, Call call) {
  answer(parts, std::move(call),
         [](const runtime::View& view, const Call&) -> Expected<std::vector<wire::TokenView>, http::Problem> {
           std::vector<wire::TokenView> all;
           for (const auto& [name, token] : view.state.tokens) {
             all.push_back({.token = name, .user = token.user, .role = token.role, .issued_at = token.issued_at});
           }
           return all;
         });
}

void issue_token(Parts& parts, Call call) {
  auto body = read_body<wire::TokenRequest>(call);
  if (!body) return call.refuse(body.error());
  const std::string secret = new_secret();
  core::IssueToken wish{call.caller.actor(), body->token, body->user, body->role, hash_of_secret(secret)};
  command(
      parts, std::move(call), std::move(wish),
      [secret](Call on, const runtime::Done& done) {
        for (const core::Event& event : done.events) {
          const auto* issued = std::get_if<core::TokenIssued>(&event.body);
          if (issued == nullptr) continue;
          const wire::TokenView view{issued->token, issued->user, issued->role, event.at, secret};
          http::Response response = http::Response::json(formats::write_json(view, formats::JsonStyle::api), 201);
          response.headers.add("Cache-Control", "no-store");
          return on.reply.send(std::move(response));
        }
      },
      Names::InBody);
}

void revoke_token(Parts& parts, Call call) {
  core::RevokeToken wish{call.caller.actor(), std::string(call.param("token"))};
  command(parts, std::move(call), std::move(wish),
          [](Call on, const runtime::Done&) { on.reply.send(http::Response::empty()); });
}

/// Operations that the role may ask for; of those on a job of somebody else's the job itself decides.
std::vector<std::string> abilities_of(const Routes& routes, model::Role role) {
  std::vector<std::string> can;
  for (const auto& [key, entry] : routes.all())
    if (may_ask(entry.info.access, role)) can.push_back(entry.info.id);
  std::ranges::sort(can);
  return can;
}

}  // namespace

void add_user_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/whoami",
              .id = "whoAmI",
              .summary = "The token's user, role and projects, and what they may do",
              .answers = {json_of<wire::WhoView>()}},
             [&parts, &routes](Call call) {
               answer(parts, std::move(call),
                      [&routes](const runtime::View& view, const Call& on) -> Expected<wire::WhoView, http::Problem> {
                        const model::User* user = find_user(view.state, on.caller.user);
                        return wire::WhoView{on.caller.user, on.caller.role,
                                             user == nullptr ? std::vector<std::string>{} : user->projects,
                                             abilities_of(routes, on.caller.role)};
                      });
             });
  routes.add({.method = "GET",
              .pattern = "/v1/users",
              .id = "listUsers",
              .summary = "All users",
              .answers = {json_of<std::vector<wire::UserView>>()}},
             [&parts](Call call) {
               answer(
                   parts, std::move(call),
                   [](const runtime::View& view, const Call&) -> Expected<std::vector<wire::UserView>, http::Problem> {
                     std::vector<wire::UserView> all;
                     for (const model::User& user : view.state.centre.users) all.push_back(user_view(user));
                     return all;
                   });
             });
  routes.add({.method = "PUT",
              .pattern = "/v1/users/{name}",
              .id = "setUser",
              .summary = "Make a user, or change one: fields left out keep their value",
              .access = Access::operators,
              .bodies = {json_of<wire::UserRequest>()},
              .answers = {json_of<wire::UserView>()}},
             [&parts](Call call) { put_user(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/tokens",
              .id = "listTokens",
              .summary = "All tokens, without their secrets",
              .access = Access::operators_read,
              .answers = {json_of<std::vector<wire::TokenView>>()}},
             [&parts](Call call) { list_tokens(parts, std::move(call)); });
  routes.add({.method = "POST",
              .pattern = "/v1/tokens",
              .id = "issueToken",
              .summary = "A new token; its secret is in this answer and nowhere else",
              .access = Access::operators,
              .bodies = {json_of<wire::TokenRequest>()},
              .status = 201,
              .answers = {json_of<wire::TokenView>()},
              .errors = {409}},
             [&parts](Call call) { issue_token(parts, std::move(call)); });
  routes.add({.method = "DELETE",
              .pattern = "/v1/tokens/{token}",
              .id = "revokeToken",
              .summary = "The token's secret no longer opens anything",
              .access = Access::operators,
              .status = 204},
             [&parts](Call call) { revoke_token(parts, std::move(call)); });
}

}  // namespace mingyue::api
