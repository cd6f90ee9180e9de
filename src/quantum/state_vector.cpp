#include "quantum/state_vector.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "base/invariant.hpp"
#include "quantum/kernels.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace mingyue::quantum {
namespace {

/// A sweep works on 2^local_bits amplitudes at a time: real and imaginary parts of 2^12 doubles are 64 KB, of which a
/// level-2 cache of any machine holds several times as many. Runs of 2^low_bits numbers keep memory busy.
template <class T>
constexpr int local_bits = sizeof(T) == 8 ? 13 : 14;
constexpr int low_bits = 6;

/// Sums go over blocks of this many amplitudes, and over the blocks in order.
constexpr std::size_t block_bits = 12;

/// The lower bits of `index`, spread to the bits that `mask` has.
std::uint64_t deposit(std::uint64_t index, std::uint64_t mask) {
  std::uint64_t result = 0;
  while (mask != 0) {
    if ((index & 1) != 0) result |= mask & -mask;
    index >>= 1;
    mask &= mask - 1;
  }
  return result;
}

/// One step, with qubits as positions within a piece (-1: outside of it).
template <class T>
struct LocalOp {
  Op::Kind kind = Op::Kind::dense;
  int a = -1, b = -1;
  std::uint64_t outside_a = 0, outside_b = 0;  ///< of a diagonal step: where its qubits are in the whole index
  std::uint64_t controls = 0, wanted = 0;      ///< within
  std::uint64_t outside_controls = 0, outside_wanted = 0;
  T re[16], im[16];
};

/// The work of one sweep on a piece that lies in `re` and `im`.
template <class T>
class Piece {
 public:
  Piece(const Sweep& sweep, std::uint64_t local_mask) : bits_(static_cast<unsigned>(sweep.local.size())) {
    const auto position = [&](Qubit qubit) {
      const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(qubit);
      return (local_mask & bit) == 0 ? -1 : std::popcount(local_mask & (bit - 1));
    };
    for (const Op& op : sweep.ops) {
      LocalOp<T> local;
      local.kind = op.kind;
      for (std::size_t i = 0; i < 16; ++i) {
        local.re[i] = static_cast<T>(op.matrix[i].real());
        local.im[i] = static_cast<T>(op.matrix[i].imag());
      }
      if (op.a >= 0) local.a = position(op.a);
      if (op.b >= 0) local.b = position(op.b);
      if (op.kind == Op::Kind::diagonal) {
        if (local.a < 0) local.outside_a = std::uint64_t{1} << static_cast<unsigned>(op.a);
        if (local.b < 0) local.outside_b = std::uint64_t{1} << static_cast<unsigned>(op.b);
      }
      for (std::uint64_t left = op.controls; left != 0; left &= left - 1) {
        const int qubit = std::countr_zero(left);
        const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(qubit);
        if (const int at = position(qubit); at >= 0) {
          local.controls |= std::uint64_t{1} << static_cast<unsigned>(at);
          if ((op.wanted & bit) != 0) local.wanted |= std::uint64_t{1} << static_cast<unsigned>(at);
        } else {
          local.outside_controls |= bit;
          local.outside_wanted |= op.wanted & bit;
        }
      }
      ops_.push_back(local);
    }
  }

  /// `base` is the index of its first amplitude.
  void work(T* re, T* im, std::uint64_t base) const {
    for (const LocalOp<T>& op : ops_) {
      if (op.kind == Op::Kind::dense) {
        kernels_.dense(re, im, bits_, static_cast<unsigned>(op.a), static_cast<unsigned>(op.b), op.re, op.im);
      } else if (op.kind == Op::Kind::diagonal) {
        diagonal(op, re, im, base);
      } else if ((base & op.outside_controls) == op.outside_wanted) {
        controlled(op, re, im);
      }
    }
  }

 private:
  /// Outside qubits have one value in all of a piece: the diagonal shrinks to those inside.
  void diagonal(const LocalOp<T>& op, T* re, T* im, std::uint64_t base) const {
    T d_re[4], d_im[4];
    unsigned a = static_cast<unsigned>(op.a), b = static_cast<unsigned>(op.b);
    const std::size_t out_a = (base & op.outside_a) != 0 ? 1 : 0, out_b = (base & op.outside_b) != 0 ? 2 : 0;
    if (op.a < 0 && op.b < 0) {
      a = 0, b = 1;
    } else if (op.a < 0) {
      a = b == 0 ? 1 : 0;
    } else if (op.b < 0) {
      b = a == 0 ? 1 : 0;
    }
    const bool swaps = a > b;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t index = (op.a < 0 ? out_a : i & 1) | (op.b < 0 ? out_b : i & 2);
      const std::size_t to = swaps ? (i & 1) << 1 | i >> 1 : i;
      d_re[to] = op.re[index];
      d_im[to] = op.im[index];
    }
    kernels_.diagonal(re, im, bits_, std::min(a, b), std::max(a, b), d_re, d_im);
  }

  void controlled(const LocalOp<T>& op, T* re, T* im) const {
    const std::uint64_t bit_a = op.a >= 0 ? std::uint64_t{1} << static_cast<unsigned>(op.a) : 0;
    const std::uint64_t bit_b = op.b >= 0 ? std::uint64_t{1} << static_cast<unsigned>(op.b) : 0;
    const std::uint64_t fixed = op.controls | bit_a | bit_b;
    const std::uint64_t rest = ((std::uint64_t{1} << bits_) - 1) & ~fixed;
    const std::size_t rows = op.kind == Op::Kind::phase ? 1 : op.b >= 0 ? 4 : 2;
    const std::uint64_t at[4] = {0, bit_a, bit_b, bit_a | bit_b};
    // Counts through the bits of `rest`.
    std::uint64_t free = 0;
    do {
      T old_re[4], old_im[4];
      const std::uint64_t index = free | op.wanted;
      for (std::size_t r = 0; r < rows; ++r) {
        old_re[r] = re[index | at[r]];
        old_im[r] = im[index | at[r]];
      }
      for (std::size_t r = 0; r < rows; ++r) {
        T new_re = 0, new_im = 0;
        for (std::size_t c = 0; c < rows; ++c) {
          const T m_re = op.re[r * rows + c], m_im = op.im[r * rows + c];
          new_re += m_re * old_re[c] - m_im * old_im[c];
          new_im += m_re * old_im[c] + m_im * old_re[c];
        }
        re[index | at[r]] = new_re;
        im[index | at[r]] = new_im;
      }
      free = (free - rest) & rest;
    } while (free != 0);
  }

  const Kernels<T>& kernels_ = kernels<T>();
  unsigned bits_;
  std::vector<LocalOp<T>> ops_;
};

}  // namespace

template <class T>
auto StateVector<T>::allocate(std::size_t count) -> Memory {
  constexpr std::size_t huge = std::size_t{2} << 20;
  const std::size_t bytes = count * sizeof(T);
  const std::size_t alignment = bytes >= huge ? huge : 64;
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
  // A hint: runs of a sweep are megabytes apart, and small pages would miss the translation cache at each.
  if (bytes >= huge) (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return Memory(static_cast<T*>(memory));
}

template <class T>
StateVector<T>::StateVector(int qubits) : qubits_(qubits), bits_(std::max(qubits, 5)) {
  INVARIANT(qubits >= 1 && qubits <= 40, "{} qubits", qubits);
  re_ = allocate(size());
  im_ = allocate(size());
  clear();
}

template <class T>
StateVector<T>::StateVector(const StateVector& other) : qubits_(other.qubits_), bits_(other.bits_) {
  re_ = allocate(size());
  im_ = allocate(size());
  std::memcpy(re_.get(), other.re_.get(), size() * sizeof(T));
  std::memcpy(im_.get(), other.im_.get(), size() * sizeof(T));
}

template <class T>
void StateVector<T>::clear() {
  std::memset(re_.get(), 0, size() * sizeof(T));
  std::memset(im_.get(), 0, size() * sizeof(T));
  re_[0] = 1;
}

template <class T>
std::vector<Sweep> StateVector<T>::plan(std::vector<Op> ops, int qubits) {
  return plan_sweeps(std::move(ops), std::max(qubits, 5), local_bits<T>, low_bits);
}

template <class T>
void StateVector<T>::apply(std::span<const Sweep> sweeps, Workers& workers) {
  for (const Sweep& sweep : sweeps) apply(sweep, workers);
}

template <class T>
void StateVector<T>::apply(const Sweep& sweep, Workers& workers) {
  std::uint64_t local_mask = 0;
  for (const Qubit qubit : sweep.local) local_mask |= std::uint64_t{1} << static_cast<unsigned>(qubit);
  const Piece<T> piece(sweep, local_mask);
  const std::size_t piece_size = std::size_t{1} << sweep.local.size();
  const std::size_t pieces = size() / piece_size;
  const std::uint64_t outside_mask = (size() - 1) & ~local_mask;
  const std::size_t run = std::size_t{1} << static_cast<unsigned>(std::countr_one(local_mask));
  // Where each run of neighbours begins; the first bits of the local index are neighbours in memory.
  std::vector<std::uint64_t> starts;
  for (std::size_t i = 0; i < piece_size; i += run) starts.push_back(deposit(i, local_mask));
  const int shares = static_cast<int>(
      std::min<std::size_t>(pieces, workers.count() == 1 ? 1 : static_cast<std::size_t>(workers.count()) * 8));
  workers.run(shares, [&](int share) {
    const std::size_t first = pieces * static_cast<std::size_t>(share) / static_cast<std::size_t>(shares);
    const std::size_t last = pieces * (static_cast<std::size_t>(share) + 1) / static_cast<std::size_t>(shares);
    if (run == piece_size) {
      for (std::size_t i = first; i < last; ++i)
        piece.work(re_.get() + i * piece_size, im_.get() + i * piece_size, i * piece_size);
      return;
    }
    // Runs that are far apart are gathered: in place, powers of two would fall on each other in the cache.
    const Memory buffer_re = allocate(piece_size), buffer_im = allocate(piece_size);
    for (std::size_t i = first; i < last; ++i) {
      const std::uint64_t base = deposit(i, outside_mask);
      for (std::size_t k = 0; k < starts.size(); ++k) {
        std::memcpy(buffer_re.get() + k * run, re_.get() + (base | starts[k]), run * sizeof(T));
        std::memcpy(buffer_im.get() + k * run, im_.get() + (base | starts[k]), run * sizeof(T));
      }
      piece.work(buffer_re.get(), buffer_im.get(), base);
      for (std::size_t k = 0; k < starts.size(); ++k) {
        std::memcpy(re_.get() + (base | starts[k]), buffer_re.get() + k * run, run * sizeof(T));
        std::memcpy(im_.get() + (base | starts[k]), buffer_im.get() + k * run, run * sizeof(T));
      }
    }
  });
}

/// sum(first, last) for each block of indices.
template <class T>
template <class Sum>
std::vector<double> StateVector<T>::block_sums(Workers& workers, Sum sum) const {
  const std::size_t block = std::min(size(), std::size_t{1} << block_bits);
  const std::size_t blocks = size() / block;
  std::vector<double> sums(blocks);
  const int shares = static_cast<int>(
      std::min<std::size_t>(blocks, workers.count() == 1 ? 1 : static_cast<std::size_t>(workers.count()) * 8));
  workers.run(shares, [&](int share) {
    const std::size_t first = blocks * static_cast<std::size_t>(share) / static_cast<std::size_t>(shares);
    const std::size_t last = blocks * (static_cast<std::size_t>(share) + 1) / static_cast<std::size_t>(shares);
    for (std::size_t i = first; i < last; ++i) sums[i] = sum(i * block, (i + 1) * block);
  });
  return sums;
}

namespace {

double in_order(const std::vector<double>& sums) {
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

/// Eight sums side by side, so that the additions do not wait for each other; always added up the same way.
template <class T>
double sum_of_squares(const T* re, const T* im, std::size_t first, std::size_t last) {
  double sums[8] = {};
  for (std::size_t i = first; i < last; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) {
      const double a = re[i + k], b = im[i + k];
      sums[k] += a * a + b * b;
    }
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

template <class T>
double StateVector<T>::total(Workers& workers) const {
  return in_order(block_sums(
      workers, [&](std::size_t first, std::size_t last) { return sum_of_squares(re_.get(), im_.get(), first, last); }));
}

template <class T>
double StateVector<T>::weight_of_one(Qubit qubit, Workers& workers) const {
  const std::size_t step = std::size_t{1} << static_cast<unsigned>(qubit);
  return in_order(block_sums(workers, [&](std::size_t first, std::size_t last) {
    if (step >= last - first) return (first & step) == 0 ? 0.0 : sum_of_squares(re_.get(), im_.get(), first, last);
    double sum = 0;
    for (std::size_t i = first + step; i < last; i += 2 * step) {
      if (step >= 8) {
        sum += sum_of_squares(re_.get(), im_.get(), i, i + step);
      } else {
        for (std::size_t k = i; k < i + step; ++k) sum += probability(k);
      }
    }
    return sum;
  }));
}

template <class T>
std::vector<std::pair<std::uint64_t, std::int64_t>> StateVector<T>::sample(std::int64_t shots, Prng& prng,
                                                                           Workers& workers) const {
  const std::vector<double> sums = block_sums(
      workers, [&](std::size_t first, std::size_t last) { return sum_of_squares(re_.get(), im_.get(), first, last); });
  const double total = in_order(sums);
  std::vector<double> draws(static_cast<std::size_t>(shots));
  for (double& draw : draws) draw = static_cast<double>(prng.next() >> 11) * 0x1p-53 * total;
  std::ranges::sort(draws);
  // Draws in order meet indices in order: each block that has one is looked through once.
  std::vector<std::pair<std::uint64_t, std::int64_t>> found;
  const std::size_t block = size() / sums.size();
  std::size_t next = 0;
  double before = 0;
  for (std::size_t i = 0; i < sums.size() && next < draws.size(); ++i) {
    const bool is_last = i + 1 == sums.size();
    if (!is_last && draws[next] >= before + sums[i]) {
      before += sums[i];
      continue;
    }
    double reached = before;
    std::uint64_t possible = UINT64_MAX;
    for (std::uint64_t index = i * block; index < (i + 1) * block && next < draws.size(); ++index) {
      const double probability = this->probability(index);
      if (probability == 0) continue;
      possible = index;
      reached += probability;
      std::int64_t count = 0;
      while (next < draws.size() && draws[next] < reached) ++count, ++next;
      if (count > 0) found.emplace_back(index, count);
    }
    // Rounding may leave a draw between the last index of a block and the block's end.
    const double end = before + sums[i];
    std::int64_t count = 0;
    while (possible != UINT64_MAX && next < draws.size() && (draws[next] < end || is_last)) ++count, ++next;
    if (count > 0 && !found.empty() && found.back().first == possible) {
      found.back().second += count;
    } else if (count > 0) {
      found.emplace_back(possible, count);
    }
    before = end;
  }
  INVARIANT(next == draws.size(), "{} of {} draws have no outcome: the state is empty", draws.size() - next,
            draws.size());
  return found;
}

template <class T>
double StateVector<T>::pauli(std::uint64_t x, std::uint64_t z, Workers& workers) const {
  // <P> = Σ conj(a[i ^ x]) a[i] (-1)^{|i & z|} i^{|x & z|}: of the factor only the real or the imaginary part counts.
  const int quarter = std::popcount(x & z) & 3;
  const double sum = in_order(block_sums(workers, [&](std::size_t first, std::size_t last) {
    double part = 0;
    for (std::uint64_t i = first; i < last; ++i) {
      const std::uint64_t k = i ^ x;
      const double a_re = re_[i], a_im = im_[i], b_re = re_[k], b_im = im_[k];
      // conj(b) a
      const double value = (quarter & 1) == 0 ? b_re * a_re + b_im * a_im : b_re * a_im - b_im * a_re;
      part += (std::popcount(i & z) & 1) == 0 ? value : -value;
    }
    return part;
  }));
  // Re(i^q (u + iv)): u, -v, -u, v.
  return (quarter == 0 || quarter == 3 ? sum : -sum) / total(workers);
}

template class StateVector<float>;
template class StateVector<double>;

}  // namespace mingyue::quantum
