#include <fmt/format.h>

#include <algorithm>

#include "api/body.hpp"
#include "api/parts.hpp"
#include "wire/requests.hpp"

/// Projects: who pays, their shares and credits.
namespace mingyue::api {
namespace {

wire::ProjectView project_view(const runtime::View& view, const model::Project& project) {
  wire::ProjectView seen{.name = project.name,
                         .parent = project.parent,
                         .shares = project.shares,
                         .merit = project.merit,
                         .has_budget = project.has_budget};
  if (const auto account = view.state.accounts.find(project.name); account != view.state.accounts.end()) {
    seen.granted = account->second.granted;
    seen.charged = account->second.charged;
    seen.reserved = account->second.reserved;
    seen.available = account->second.available();
  }
  if (const auto usage = view.state.usage.find(project.name); usage != view.state.usage.end()) {
    seen.recent_use = usage->second.at(view.now, view.state.centre.policy.fair_share_half_life);
  }
  return seen;
}

const model::Project* find_project(const core::State& state, std::string_view name) {
  const auto found = std::ranges::find(state.centre.projects, name, &model::Project::name);
  return found == state.centre.projects.end() ? nullptr : &*found;
}

void send_project(Parts& parts, Call call, std::string name) {
  answer(
      parts, std::move(call),
      [name = std::move(name)](const runtime::View& view, const Call&) -> Expected<wire::ProjectView, http::Problem> {
        const model::Project* project = find_project(view.state, name);
        if (project == nullptr) {
          return Unexpected<http::Problem>(
              problem_of(Refusal{"unknown-project", "name", fmt::format("there is no project {}", shown(name)),
                                 "see: mingyue projects", 0}));
        }
        return project_view(view, *project);
      });
}

/// The body says what is to change; everything else stays as it is.
void put_project(Parts& parts, Call call) {
  auto body = read_body<wire::ProjectRequest>(call);
  if (!body) return call.refuse(body.error());
  const std::string name(call.param("name"));
  const auto look = [name](const runtime::View& view, const Call&) -> Expected<model::Project, http::Problem> {
    const model::Project* old = find_project(view.state, name);
    return old != nullptr ? *old : model::Project{.name = name};
  };
  look_then(parts, std::move(call), look, [&parts, body = std::move(*body)](Call on, model::Project project) {
    if (body.parent) project.parent = *body.parent;
    if (body.shares) project.shares = *body.shares;
    if (body.merit) project.merit = *body.merit;
    if (body.has_budget) project.has_budget = *body.has_budget;
    const std::string wanted = project.name;
    core::SetProject wish{on.caller.actor(), std::move(project)};
    command(
        parts, std::move(on), std::move(wish),
        [&parts, wanted](Call last, const runtime::Done&) { send_project(parts, std::move(last), wanted); },
        Names::InBody);
  });
}

void grant_credits(Parts& parts, Call call) {
  auto body = read_body<wire::CreditsRequest>(call);
  if (!body) return call.refuse(body.error());
  const std::string name(call.param("name"));
  core::GrantCredits wish{call.caller.actor(), name, body->amount, std::string(call.request.header("idempotency-key"))};
  command(parts, std::move(call), std::move(wish),
          [&parts, name](Call on, const runtime::Done&) { send_project(parts, std::move(on), name); });
}

}  // namespace

void add_project_routes(Parts& parts, Routes& routes) {
  routes.add(
      {.method = "GET",
       .pattern = "/v1/projects",
       .id = "listProjects",
       .summary = "All projects with their accounts",
       .answers = {json_of<std::vector<wire::ProjectView>>()}},
      [&parts](Call call) {
        answer(parts, std::move(call),
               [](const runtime::View& view, const Call&) -> Expected<std::vector<wire::ProjectView>, http::Problem> {
                 std::vector<wire::ProjectView> all;
                 for (const model::Project& project : view.state.centre.projects)
                   all.push_back(project_view(view, project));
                 return all;
               });
      });
  routes.add({.method = "PUT",
              .pattern = "/v1/projects/{name}",
              .id = "setProject",
              .summary = "Make a project, or change one: fields left out keep their value",
              .access = Access::operators,
              .bodies = {json_of<wire::ProjectRequest>()},
              .answers = {json_of<wire::ProjectView>()}},
             [&parts](Call call) { put_project(parts, std::move(call)); });
  routes.add({.method = "POST",
              .pattern = "/v1/projects/{name}/credits",
              .id = "grantCredits",
              .summary = "Give a project credits, or take some back",
              .access = Access::operators,
              .headers = {{"Idempotency-Key", "the same key within a day grants once"}},
              .bodies = {json_of<wire::CreditsRequest>()},
              .answers = {json_of<wire::ProjectView>()}},
             [&parts](Call call) { grant_credits(parts, std::move(call)); });
}

}  // namespace mingyue::api
