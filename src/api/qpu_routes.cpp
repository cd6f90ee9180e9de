#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "api/body.hpp"
#include "api/find_job.hpp"
#include "api/parts.hpp"
#include "api/qpu_access.hpp"
#include "formats/json_read.hpp"
#include "formats/parse.hpp"
#include "wire/requests.hpp"

/// Quantum devices, and what circuits measured.
namespace mingyue::api {
namespace {

constexpr std::size_t result_bytes_max = std::size_t{16} << 20;

wire::QpuView view_of(const model::Qpu& qpu, const core::QpuState& state) {
  wire::QpuView view{.name = qpu.name,
                     .technology = state.facts.technology,
                     .simulated = state.facts.simulated,
                     .qubits = state.facts.qubits,
                     .gates = state.facts.gates,
                     .two_qubit_fidelity = state.facts.two_qubit_fidelity / 1e6,
                     .calibration = state.facts.calibration,
                     .state = state.out != model::QpuOut::no ? enum_word(state.out)
                              : state.drained                ? "drained"
                                                             : "up",
                     .why = state.out != model::QpuOut::no ? state.why : state.drained_why,
                     .back_at = state.out != model::QpuOut::no ? state.back_at : std::nullopt,
                     .loops = qpu.loops,
                     .per_hour = qpu.per_hour};
  if (state.facts.qubits == 0) view.state = "unseen";
  if (state.facts.calibrated_at != Instant{}) view.calibrated_at = state.facts.calibrated_at;
  return view;
}

std::vector<wire::QpuView> views_of(const core::State& state) {
  std::vector<wire::QpuView> all;
  for (const model::Qpu& qpu : state.centre.qpus) all.push_back(view_of(qpu, state.qpus.at(qpu.name)));
  return all;
}

/// What the service knows beside: who is there now.
void add_live(Parts& parts, std::vector<wire::QpuView>& views) {
  if (parts.options.qpus == nullptr) return;
  for (const QpuAccess::Live& live : parts.options.qpus->devices()) {
    const auto view = std::ranges::find(views, live.name, &wire::QpuView::name);
    if (view == views.end()) continue;
    if (live.job != model::JobId{}) view->job = live.job;
    view->session = live.session;
    view->waiting = live.waiting;
  }
}

void list_qpus(Parts& parts, Call call) {
  const auto look = [](const runtime::View& view, const Call&) -> Expected<std::vector<wire::QpuView>, http::Problem> {
    return views_of(view.state);
  };
  look_then(parts, std::move(call), look, [&parts](Call on, std::vector<wire::QpuView> views) {
    add_live(parts, views);
    on.send(views);
  });
}

http::Problem no_device(const Call& call) {
  return problem_of(Refusal{"unknown-qpu", "name",
                            fmt::format("there is no quantum device {}", shown(call.param("name"))),
                            "see: mingyue qpus", 0});
}

void show_qpu(Parts& parts, Call call) {
  const std::string name(call.param("name"));
  const auto look = [name](const runtime::View& view,
                           const Call& on) -> Expected<std::vector<wire::QpuView>, http::Problem> {
    std::vector<wire::QpuView> all = views_of(view.state);
    std::erase_if(all, [&](const wire::QpuView& one) { return one.name != name; });
    if (!all.empty()) return all;
    return Unexpected<http::Problem>(no_device(on));
  };
  look_then(parts, std::move(call), look, [&parts](Call on, std::vector<wire::QpuView> views) {
    add_live(parts, views);
    on.send(views.front());
  });
}

void show_calibration(Parts& parts, Call call) {
  // Whether there is such a device the state knows; how well it does, the service.
  const std::string name(call.param("name"));
  const auto look = [name](const runtime::View& view, const Call& on) -> Expected<std::string, http::Problem> {
    if (std::ranges::find(view.state.centre.qpus, name, &model::Qpu::name) == view.state.centre.qpus.end())
      return Unexpected<http::Problem>(no_device(on));
    return name;
  };
  look_then(parts, std::move(call), look, [&parts](Call on, const std::string& qpu) {
    const auto seen = parts.options.qpus == nullptr ? std::nullopt : parts.options.qpus->calibration_of(qpu);
    on.send(seen.value_or(wire::QpuCalibrationView{.name = qpu}));
  });
}

void drain_qpu(Parts& parts, Call call) {
  auto body = read_body<wire::DrainRequest>(call);
  if (!body) return call.refuse(body.error());
  if (body->reason.size() > 400) {
    return call.refuse(
        {.status = 422,
         .refusal = {"bad-value", "reason", "the reason is longer than 400 bytes", "say it shorter", 0}});
  }
  core::DrainQpu wish{call.caller.actor(), std::string(call.param("name")), std::move(body->reason)};
  command(parts, std::move(call), std::move(wish),
          [&parts](Call on, const runtime::Done&) { show_qpu(parts, std::move(on)); });
}

void resume_qpu(Parts& parts, Call call) {
  core::ResumeQpu wish{call.caller.actor(), std::string(call.param("name"))};
  command(parts, std::move(call), std::move(wish),
          [&parts](Call on, const runtime::Done&) { show_qpu(parts, std::move(on)); });
}

/// The result.json that the newest attempt left in its own folder.
Expected<wire::CircuitResultView, http::Problem> read_result(const std::string& folder, model::JobId job) {
  const auto none = [&](const std::string& why) {
    return Unexpected<http::Problem>(
        problem_of(Refusal{"no-counts", "id", fmt::format("job {} {}", job.raw(), why),
                           "only jobs that were submitted as circuits have one, once they have run", 0}));
  };
  // The job has made it: to open a pipe would wait for its other end, and a link could lead anywhere.
  const std::string path = folder + "/work/result.json";
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error)))
    return none("has left no result");
  std::ifstream in(path, std::ios::binary);
  if (!in) return none("has left no result");
  std::string text;
  std::istreambuf_iterator<char> at(in);
  for (; at != std::istreambuf_iterator<char>() && text.size() <= result_bytes_max; ++at) text += *at;
  if (text.size() > result_bytes_max) return none("has a result of more than 16 MiB");
  const auto tree = formats::parse_json(text);
  if (!tree) return none("has a result that cannot be read");
  auto result = formats::read_json<wire::CircuitResultView>(*tree, formats::UnknownFields::ignore);
  if (!result) return none("has a result of another kind");
  return std::move(*result);
}

void show_result(Parts& parts, Call call) {
  find_job(parts, std::move(call), [&parts](Call on, const FoundJob& job) {
    if (!may_read_output(on.caller, job)) {
      return on.refuse(problem_of(Refusal{"not-allowed", "id",
                                          fmt::format("the result of job {} belongs to user {}, project {}",
                                                      job.row.id.raw(), job.row.user, job.row.project),
                                          fmt::format("allowed: {}", words(Access::output)), 0}));
    }
    const auto result = read_result(parts.engine.attempt_folder({job.row.id, job.row.attempts}), job.row.id);
    if (!result) return on.refuse(result.error());
    on.send(*result);
  });
}

}  // namespace

void add_qpu_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/qpus",
              .id = "listQpus",
              .summary = "Quantum devices",
              .answers = {json_of<std::vector<wire::QpuView>>()}},
             [&parts](Call call) { list_qpus(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/qpus/{name}",
              .id = "showQpu",
              .summary = "One quantum device",
              .answers = {json_of<wire::QpuView>()}},
             [&parts](Call call) { show_qpu(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/qpus/{name}/calibration",
              .id = "showCalibration",
              .summary = "How well each qubit and each pair of a quantum device does, and where they lie; what its "
                         "driver does not tell is absent",
              .answers = {json_of<wire::QpuCalibrationView>()}},
             [&parts](Call call) { show_calibration(parts, std::move(call)); });
  routes.add({.method = "POST",
              .pattern = "/v1/qpus/{name}/drain",
              .id = "drainQpu",
              .summary = "No more work for this quantum device; what runs there is let end",
              .access = Access::operators,
              .bodies = {json_of<wire::DrainRequest>()},
              .answers = {json_of<wire::QpuView>()}},
             [&parts](Call call) { drain_qpu(parts, std::move(call)); });
  routes.add({.method = "POST",
              .pattern = "/v1/qpus/{name}/resume",
              .id = "resumeQpu",
              .summary = "It takes work again",
              .access = Access::operators,
              .answers = {json_of<wire::QpuView>()}},
             [&parts](Call call) { resume_qpu(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/jobs/{id}/result",
              .id = "showResult",
              .summary = "What a job that was submitted as a circuit measured",
              .access = Access::output,
              .answers = {json_of<wire::CircuitResultView>()}},
             [&parts](Call call) { show_result(parts, std::move(call)); });
}

}  // namespace mingyue::api
