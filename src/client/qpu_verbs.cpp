#include "client/qpu_verbs.hpp"

#include "base/text.hpp"
#include "client/change.hpp"
#include "client/columns.hpp"
#include "client/histogram.hpp"
#include "wire/requests.hpp"

namespace mingyue::client {
namespace {

using Align = Table::Align;

Cell state_of(const Session& session, const wire::QpuView& qpu) {
  const Tone tone = qpu.state == "up" ? Tone::good : qpu.state == "down" ? Tone::bad : Tone::warning;
  return {qpu.state + (qpu.simulated ? " (" + session.text("simulated") + ")" : ""), tone};
}

std::string who(const wire::QpuView& qpu) {
  if (!qpu.job) return "-";
  return std::to_string(qpu.job->raw()) + (qpu.session ? " (session)" : "");
}

std::string fidelity(double value) { return value > 0 ? fmt::format("{:.2f} %", 100 * value) : "-"; }

}  // namespace

std::string qpu_table(const Session& session, const std::vector<wire::QpuView>& qpus) {
  Table table = titled(session, {{"qpu"},
                                 {"technology"},
                                 {"qubits", Align::right},
                                 {"two.qubit", Align::right},
                                 {"state"},
                                 {"job"},
                                 {"waiting", Align::right},
                                 {"calibrated"},
                                 {"why"}});
  for (const wire::QpuView& qpu : qpus) {
    std::string why = qpu.why;
    if (qpu.back_at) why += (why.empty() ? "" : ", ") + session.text("until", short_time(*qpu.back_at));
    table.add({qpu.name, qpu.technology, std::to_string(qpu.qubits), fidelity(qpu.two_qubit_fidelity),
               state_of(session, qpu), who(qpu), std::to_string(qpu.waiting),
               qpu.calibrated_at ? short_time(*qpu.calibrated_at) : "-", why});
  }
  return printed(session, table);
}

Exit list_qpus(Session& session) {
  const auto all = get_list<wire::QpuView>(session, "/v1/qpus");
  if (!all) return tell(session, all.error());
  if (session.json)
    print_json(*all);
  else
    out(qpu_table(session, *all));
  return Exit::ok;
}

Exit show_qpu(Session& session, const std::string& name) {
  const auto qpu = get_one<wire::QpuView>(session, "/v1/qpus/" + encode(name));
  if (!qpu) return tell(session, qpu.error());
  if (session.json) {
    print_json(*qpu);
    return Exit::ok;
  }
  const std::string state = state_of(session, *qpu).text + (qpu->why.empty() ? "" : ": " + qpu->why);
  out(session.text("qpu", qpu->name, qpu->technology, qpu->qubits, state) + "\n");
  std::string gates;
  for (const std::string& gate : qpu->gates) gates += (gates.empty() ? "" : ", ") + gate;
  if (!gates.empty()) out("  " + session.text("qpu.gates", gates, fidelity(qpu->two_qubit_fidelity)) + "\n");
  if (!qpu->calibration.empty()) out("  " + session.text("qpu.calibration", qpu->calibration) + "\n");
  out("  " + session.text("qpu.shared", qpu->loops, print_credits(qpu->per_hour)) + "\n");
  if (qpu->job) out("  " + session.text("qpu.job", who(*qpu), qpu->waiting) + "\n");
  return Exit::ok;
}

Exit drain_qpu(Session& session, const std::string& name, const std::string& reason) {
  return change<wire::QpuView>(session, "POST", "/v1/qpus/" + encode(name) + "/drain",
                               formats::write_json(wire::DrainRequest{reason}, formats::JsonStyle::api),
                               session.text("qpu.drained", name));
}

Exit resume_qpu(Session& session, const std::string& name) {
  return change<wire::QpuView>(session, "POST", "/v1/qpus/" + encode(name) + "/resume", "",
                               session.text("qpu.resumed", name));
}

Exit show_result(Session& session, const ResultOptions& options) {
  const auto result = get_one<wire::CircuitResultView>(session, "/v1/jobs/" + encode(options.id) + "/result");
  if (!result) return tell(session, result.error());
  if (options.csv) {
    std::string text = "outcome,count\n";
    for (const auto& [bits, count] : result->counts) text += fmt::format("{},{}\n", bits, count);
    out(text);
  } else if (session.json) {
    print_json(*result);
  } else {
    out(histogram(*result, 40, 60));
  }
  return Exit::ok;
}

}  // namespace mingyue::client
