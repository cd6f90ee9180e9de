#include "quantum/qasm_unroll.hpp"

namespace mingyue::quantum::qasm {
namespace {

constexpr LibraryGate both[] = {
    {"x", Gate::x, 0},     {"y", Gate::y, 0},       {"z", Gate::z, 0},        {"h", Gate::h, 0},    {"s", Gate::s, 0},
    {"sdg", Gate::sdg, 0}, {"t", Gate::t, 0},       {"tdg", Gate::tdg, 0},    {"sx", Gate::sx, 0},  {"rx", Gate::rx, 0},
    {"ry", Gate::ry, 0},   {"rz", Gate::rz, 0},     {"p", Gate::p, 0},        {"id", Gate::id, 0},  {"u1", Gate::p, 0},
    {"u2", Gate::u2, 0},   {"u3", Gate::u3, 0},     {"cx", Gate::x, 1},       {"cy", Gate::y, 1},   {"cz", Gate::z, 1},
    {"cp", Gate::p, 1},    {"crx", Gate::rx, 1},    {"cry", Gate::ry, 1},     {"crz", Gate::rz, 1}, {"ch", Gate::h, 1},
    {"ccx", Gate::x, 2},   {"swap", Gate::swap, 0}, {"cswap", Gate::swap, 1},
};
constexpr LibraryGate only_3[] = {{"phase", Gate::p, 0}, {"cphase", Gate::p, 1}, {"CX", Gate::x, 1}};
// What qelib1.inc has grown over the years in the programs that write OpenQASM 2.
constexpr LibraryGate only_2[] = {
    {"cu1", Gate::p, 1},   {"sxdg", Gate::sxdg, 0}, {"csx", Gate::sx, 1}, {"rxx", Gate::rxx, 0},
    {"rzz", Gate::rzz, 0}, {"c3x", Gate::x, 3},     {"c4x", Gate::x, 4},  {"c3sqrtx", Gate::sx, 3},
    {"c3sx", Gate::sx, 3}, {"ccz", Gate::z, 2},     {"u", Gate::u, 0},
};

// cu3 and cu take the phase that makes them the controlled u3 of the header's matrix times e^{i(φ+λ)/2}, as the
// programs that write it mean it. rccx and rc3x are Maslov's Toffoli gates up to phases (arXiv:1508.03273).
constexpr std::string_view qelib1 = R"(
gate u0(gamma) q { U(0, 0, 0) q; }
gate cu3(theta, phi, lambda) c, t { p((phi + lambda) / 2) c; ctrl @ u3(theta, phi, lambda) c, t; }
gate cu(theta, phi, lambda, gamma) c, t { p(gamma + (phi + lambda) / 2) c; ctrl @ u3(theta, phi, lambda) c, t; }
gate rccx a, b, c {
  u2(0, pi) c; p(pi / 4) c; cx b, c; p(-pi / 4) c; cx a, c; p(pi / 4) c; cx b, c; p(-pi / 4) c; u2(0, pi) c;
}
gate rc3x a, b, c, d {
  u2(0, pi) d; p(pi / 4) d; cx c, d; p(-pi / 4) d; u2(0, pi) d; cx a, d; p(pi / 4) d; cx b, d; p(-pi / 4) d; cx a, d;
  p(pi / 4) d; cx b, d; p(-pi / 4) d; u2(0, pi) d; p(pi / 4) d; cx c, d; p(-pi / 4) d; u2(0, pi) d;
}
)";

constexpr std::string_view stdgates = R"(
gate cu(theta, phi, lambda, gamma) c, t { p(gamma - theta / 2) c; ctrl @ U(theta, phi, lambda) c, t; }
)";

}  // namespace

std::string_view library_text(std::string_view name) {
  if (name == "qelib1.inc") return qelib1;
  if (name == "stdgates.inc") return stdgates;
  return {};
}

std::vector<LibraryGate> library_gates(std::string_view name) {
  std::vector<LibraryGate> all;
  if (name == "2") return {{"U", Gate::u, 0}, {"CX", Gate::x, 1}};
  if (name == "3") return {{"U", Gate::u, 0}, {"gphase", Gate::gphase, 0}};
  all.assign(std::begin(both), std::end(both));
  if (name == "qelib1.inc") all.insert(all.end(), std::begin(only_2), std::end(only_2));
  if (name == "stdgates.inc") all.insert(all.end(), std::begin(only_3), std::end(only_3));
  return all;
}

}  // namespace mingyue::quantum::qasm
