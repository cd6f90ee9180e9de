#include "quantum/fusion.hpp"

#include <algorithm>
#include <bit>

#include "base/invariant.hpp"

namespace mingyue::quantum {
namespace {

std::uint64_t bit(Qubit qubit) { return std::uint64_t{1} << static_cast<unsigned>(qubit); }

Matrix4 product(const Matrix4& left, const Matrix4& right) {
  Matrix4 result{};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t k = 0; k < 4; ++k) {
      const Complex l = left[r * 4 + k];
      if (l == 0.0) continue;
      // By hand: the library's product of complex numbers looks for infinities.
      for (std::size_t c = 0; c < 4; ++c) {
        const Complex x = right[k * 4 + c];
        result[r * 4 + c] +=
            Complex(l.real() * x.real() - l.imag() * x.imag(), l.real() * x.imag() + l.imag() * x.real());
      }
    }
  }
  return result;
}

/// `low` on the lower bit of the index, `high` on the higher.
Matrix4 both(const Matrix2& low, const Matrix2& high) {
  Matrix4 result{};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) result[r * 4 + c] = low[(r & 1) * 2 + (c & 1)] * high[(r >> 1) * 2 + (c >> 1)];
  }
  return result;
}

Matrix4 swapped(const Matrix4& m) {
  constexpr std::size_t other[4] = {0, 2, 1, 3};
  Matrix4 result{};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) result[other[r] * 4 + other[c]] = m[r * 4 + c];
  }
  return result;
}

constexpr Matrix2 identity2 = {1, 0, 0, 1};

bool is_diagonal(const Matrix2& m) { return m[1] == 0.0 && m[2] == 0.0; }
bool is_diagonal(const Matrix4& m) {
  for (std::size_t i = 0; i < 16; ++i) {
    if (i % 5 != 0 && m[i] != 0.0) return false;
  }
  return true;
}
Matrix4 full(const Op& op) {
  if (op.kind == Op::Kind::dense) return op.matrix;
  Matrix4 m{};
  for (std::size_t i = 0; i < 4; ++i) m[i * 5] = op.matrix[i];
  return m;
}
/// A pair's op again, as diagonal as it is.
void set_pair(Op& op, const Matrix4& m) {
  if (is_diagonal(m)) {
    op.kind = Op::Kind::diagonal;
    op.matrix = {m[0], m[5], m[10], m[15]};
  } else {
    op.kind = Op::Kind::dense;
    op.matrix = m;
  }
}
bool is_pair(const Op& op) { return op.kind == Op::Kind::dense || op.kind == Op::Kind::diagonal; }

}  // namespace

std::uint64_t Op::mixes() const {
  if (kind == Kind::dense) return bit(a) | bit(b);
  if (kind == Kind::controlled) return bit(a) | (b >= 0 ? bit(b) : 0);
  return 0;
}

std::uint64_t Op::marks() const { return kind == Kind::diagonal ? bit(a) | bit(b) : controls; }

Fuser::Fuser(int qubits) : per_qubit_(static_cast<std::size_t>(qubits)) {
  INVARIANT(qubits >= 2 && qubits <= 63, "{} qubits", qubits);
}

void Fuser::add(const GateUse& use, std::span<const double> values) {
  std::array<double, 3> angles{};
  for (std::size_t i = 0; i < use.angles.size(); ++i) angles[i] = use.angles[i].evaluate(values);
  const std::span<const double> given(angles.data(), use.angles.size());
  const int own = facts_of(use.gate).qubits;
  if (use.qubits.empty()) {
    phase_ *= phase_of(angles[0]);
  } else if (use.qubits.size() == 1) {
    if (own == 1) {
      add_matrix(use.qubits[0], matrix2_of(use.gate, given));
    } else {
      const Complex phase = phase_of(angles[0]);
      add_matrix(use.qubits[0], use.negative != 0 ? Matrix2{phase, 0, 0, 1} : Matrix2{1, 0, 0, phase});
    }
  } else if (use.qubits.size() == 2) {
    Matrix4 m{};
    if (own == 2) {
      m = matrix4_of(use.gate, given);
    } else if (own == 1) {
      // The control is the lower bit.
      const Matrix2 inner = matrix2_of(use.gate, given);
      const std::size_t active = use.negative != 0 ? 0 : 1;
      m[(1 - active) * 5] = m[(1 - active + 2) * 5] = 1;
      for (std::size_t r = 0; r < 2; ++r) {
        for (std::size_t c = 0; c < 2; ++c) m[(r * 2 + active) * 4 + c * 2 + active] = inner[r * 2 + c];
      }
    } else {
      for (std::size_t i = 0; i < 4; ++i) m[i * 5] = i == (~use.negative & 3) ? phase_of(angles[0]) : Complex(1);
    }
    add_pair(use.qubits[0], use.qubits[1], m);
  } else {
    add_large(use, given);
  }
}

void Fuser::add_matrix(Qubit qubit, const Matrix2& matrix) {
  PerQubit& per = per_qubit_[static_cast<std::size_t>(qubit)];
  if (!per.pending && per.last >= 0) {
    // Into the op before it, unless that is diagonal and would no longer be.
    Op& op = ops_[static_cast<std::size_t>(per.last)];
    if (is_pair(op) && (op.kind == Op::Kind::dense || is_diagonal(matrix))) {
      const Matrix4 more = op.a == qubit ? both(matrix, identity2) : both(identity2, matrix);
      set_pair(op, product(more, full(op)));
      return;
    }
  }
  per.matrix = per.pending ? quantum::product(matrix, per.matrix) : matrix;
  per.pending = true;
}

void Fuser::add_pair(Qubit a, Qubit b, const Matrix4& matrix) {
  const Matrix4 ordered = a < b ? matrix : swapped(matrix);
  if (a > b) std::swap(a, b);
  PerQubit& low = per_qubit_[static_cast<std::size_t>(a)];
  PerQubit& high = per_qubit_[static_cast<std::size_t>(b)];
  Matrix4 m = ordered;
  if (low.pending || high.pending) {
    m = product(m, both(low.pending ? low.matrix : identity2, high.pending ? high.matrix : identity2));
    low.pending = high.pending = false;
  }
  if (low.last >= 0 && low.last == high.last && is_pair(ops_[static_cast<std::size_t>(low.last)])) {
    Op& op = ops_[static_cast<std::size_t>(low.last)];
    set_pair(op, product(m, full(op)));
    return;
  }
  Op op;
  op.a = a;
  op.b = b;
  set_pair(op, m);
  low.last = high.last = static_cast<int>(ops_.size());
  ops_.push_back(op);
}

/// A gate of three qubits and more stays one: it moves few amplitudes.
void Fuser::add_large(const GateUse& use, std::span<const double> angles) {
  Op op;
  for (const Qubit qubit : use.qubits) flush(qubit);
  const int own = facts_of(use.gate).qubits;
  for (int i = 0; i < use.controls; ++i) {
    const std::uint64_t control = bit(use.qubits[static_cast<std::size_t>(i)]);
    op.controls |= control;
    if ((use.negative >> i & 1) == 0) op.wanted |= control;
  }
  if (own == 0) {
    op.kind = Op::Kind::phase;
    op.matrix[0] = phase_of(angles[0]);
  } else if (own == 1) {
    const Matrix2 inner = matrix2_of(use.gate, angles);
    op.kind = Op::Kind::controlled;
    op.a = use.qubits.back();
    std::copy(inner.begin(), inner.end(), op.matrix.begin());
    if (is_diagonal(inner) && inner[0] == 1.0) {
      op.kind = Op::Kind::phase;
      op.controls |= bit(op.a);
      op.wanted |= bit(op.a);
      op.matrix[0] = inner[3];
      op.a = -1;
    }
  } else {
    op.kind = Op::Kind::controlled;
    op.a = use.qubits[use.qubits.size() - 2];
    op.b = use.qubits.back();
    op.matrix = matrix4_of(use.gate, angles);
    if (op.a > op.b) {
      std::swap(op.a, op.b);
      op.matrix = swapped(op.matrix);
    }
  }
  for (const Qubit qubit : use.qubits) per_qubit_[static_cast<std::size_t>(qubit)].last = static_cast<int>(ops_.size());
  ops_.push_back(op);
}

/// What waits on a qubit becomes an op, together with what waits on another where something does.
void Fuser::flush(Qubit qubit) {
  if (!per_qubit_[static_cast<std::size_t>(qubit)].pending) return;
  Qubit partner = qubit == 0 ? 1 : 0;
  for (std::size_t i = 0; i < per_qubit_.size(); ++i) {
    if (per_qubit_[i].pending && static_cast<Qubit>(i) != qubit) {
      partner = static_cast<Qubit>(i);
      break;
    }
  }
  Matrix4 nothing{};
  nothing[0] = nothing[5] = nothing[10] = nothing[15] = 1;
  add_pair(qubit, partner, nothing);
}

std::vector<Op> Fuser::take() {
  for (std::size_t i = 0; i < per_qubit_.size(); ++i) flush(static_cast<Qubit>(i));
  if (phase_ != 1.0) {
    Op op;
    op.kind = Op::Kind::diagonal;
    op.a = 0;
    op.b = 1;
    op.matrix = {phase_, phase_, phase_, phase_};
    const auto found = std::ranges::find_if(ops_, is_pair);
    if (found == ops_.end()) {
      ops_.push_back(op);
    } else {
      for (Complex& element : found->matrix) element *= phase_;
    }
    phase_ = 1;
  }
  for (PerQubit& per : per_qubit_) per.last = -1;
  return std::exchange(ops_, {});
}

std::vector<Sweep> plan_sweeps(std::vector<Op> ops, int qubits, int local_bits, int low_bits) {
  local_bits = std::min(local_bits, qubits);
  low_bits = std::min(low_bits, local_bits - 2 > 0 ? local_bits - 2 : local_bits);
  std::vector<Sweep> sweeps;
  std::vector<Op> left;
  while (!ops.empty()) {
    std::uint64_t local = (std::uint64_t{1} << static_cast<unsigned>(low_bits)) - 1;
    // What stays behind must not be overtaken by what does not commute with it.
    std::uint64_t mixed_behind = 0, marked_behind = 0;
    Sweep sweep;
    left.clear();
    for (Op& op : ops) {
      const std::uint64_t mixes = op.mixes(), marks = op.marks();
      const bool free = (mixes & (mixed_behind | marked_behind)) == 0 && (marks & mixed_behind) == 0;
      if (free && std::popcount(local | mixes) <= local_bits) {
        local |= mixes;
        sweep.ops.push_back(op);
      } else {
        mixed_behind |= mixes;
        marked_behind |= marks;
        left.push_back(op);
      }
    }
    // Room that is left goes to the lowest qubits: longer runs.
    for (Qubit qubit = 0; qubit < qubits && std::popcount(local) < local_bits; ++qubit) local |= bit(qubit);
    for (Qubit qubit = 0; qubit < qubits; ++qubit) {
      if ((local & bit(qubit)) != 0) sweep.local.push_back(qubit);
    }
    sweeps.push_back(std::move(sweep));
    ops.swap(left);
  }
  return sweeps;
}

}  // namespace mingyue::quantum
