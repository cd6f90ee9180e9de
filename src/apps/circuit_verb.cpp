#include "apps/circuit_verb.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "client/histogram.hpp"
#include "formats/json.hpp"
#include "qpu_client/qpu_client.hpp"
#include "wire/views.hpp"

namespace mingyue::apps {
namespace {

constexpr int try_again = 75;  // EX_TEMPFAIL of sysexits.h

/// Line numbers in what is refused stay right: only the line's text goes.
std::string circuit_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.starts_with("#!")) text.erase(0, text.find('\n'));
  return text;
}

/// Written beside and moved, so that nobody ever reads half of it.
bool write_result(const wire::CircuitResultView& result) {
  const std::string text = formats::write_json(result, formats::JsonStyle::api, formats::JsonLayout::pretty) + "\n";
  std::ofstream out("result.json.new", std::ios::binary);
  out << text;
  out.close();
  return out.good() && std::rename("result.json.new", "result.json") == 0;
}

}  // namespace

int run_circuit(const CircuitOptions& options) {
  const auto fail = [](const Refusal& why, int code) {
    fmt::print(stderr, "mingyue: {}{}{}\n", why.message, why.hint.empty() ? "" : "\n  hint: ", why.hint);
    return code;
  };
  auto devices = qpu_client::Devices::from_environment();
  if (!devices) return fail(devices.error(), 1);
  const std::string text = circuit_text(options.file);
  auto ran = devices->run({.shots = static_cast<std::uint32_t>(options.shots),
                           .seed = options.seed,
                           .device = options.device,
                           .circuits = {{.text = text}}});
  if (!ran) return fail(ran.error(), ran.error().code == "device-failed" ? try_again : 1);
  const auto& circuit = ran->circuits.at(0);
  wire::CircuitResultView result{.device = ran->device,
                                 .calibration = ran->calibration,
                                 .seed = std::to_string(ran->seed),
                                 .shots = options.shots,
                                 .expected_success = ran->success,
                                 .held_us = static_cast<std::int64_t>(ran->held_us),
                                 .waited_us = static_cast<std::int64_t>(ran->waited_us),
                                 .layout = circuit.layout,
                                 .measured = circuit.measured,
                                 .message = ran->message};
  for (const auto& [bits, count] : circuit.outcomes.at(0).counts)
    result.counts.emplace_back(bits, static_cast<std::int64_t>(count));
  fmt::print("{}", client::histogram(result, 20, 60));
  if (!write_result(result))
    return fail({"io-error", "", "result.json cannot be written", "is the disk full?"}, try_again);
  return 0;
}

}  // namespace mingyue::apps
