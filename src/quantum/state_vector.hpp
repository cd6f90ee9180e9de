#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "base/prng.hpp"
#include "quantum/fusion.hpp"
#include "quantum/workers.hpp"

namespace mingyue::quantum {

/// Bytes that the amplitudes of so many qubits take.
template <class T>
[[nodiscard]] constexpr std::uint64_t state_bytes(int qubits) {
  return qubits > 58 ? UINT64_MAX : (std::uint64_t{2} * sizeof(T)) << static_cast<unsigned>(qubits < 5 ? 5 : qubits);
}

/// The amplitudes of all basis states, in float or double. It is not kept normalised: `total()` is the sum of the
/// squares, and probabilities are relative to it.
///
/// Steps are done in cache-sized pieces of the state: a sweep reads and writes memory once, whatever it does. Cost of a
/// dense step: 64 multiplications for four amplitudes. The bytes do not depend on the workers.
template <class T>
class StateVector {
 public:
  /// All qubits 0. At least one, at most 40. Throws std::bad_alloc; ask state_bytes before.
  explicit StateVector(int qubits);
  StateVector(const StateVector& other);
  StateVector(StateVector&&) noexcept = default;
  StateVector& operator=(StateVector&&) noexcept = default;
  StateVector& operator=(const StateVector&) = delete;

  [[nodiscard]] int qubits() const { return qubits_; }
  /// Steps in passes that suit this kind of number.
  [[nodiscard]] static std::vector<Sweep> plan(std::vector<Op> ops, int qubits);
  void apply(std::span<const Sweep> sweeps, Workers& workers);
  void clear();

  [[nodiscard]] Complex amplitude(std::uint64_t index) const { return {re_[index], im_[index]}; }
  [[nodiscard]] double probability(std::uint64_t index) const {
    const double re = re_[index], im = im_[index];
    return re * re + im * im;
  }
  [[nodiscard]] double total(Workers& workers) const;
  /// The part of total() in which the qubit is 1.
  [[nodiscard]] double weight_of_one(Qubit qubit, Workers& workers) const;
  /// Indices of `shots` draws with their number, by index.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::int64_t>> sample(std::int64_t shots, Prng& prng,
                                                                           Workers& workers) const;
  /// The expectation of one Pauli string: bits of x where it flips, of z where it signs; both is Y. Relative to
  /// total().
  [[nodiscard]] double pauli(std::uint64_t x, std::uint64_t z, Workers& workers) const;

 private:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<T[], Free>;
  static Memory allocate(std::size_t count);
  [[nodiscard]] std::size_t size() const { return std::size_t{1} << static_cast<unsigned>(bits_); }
  void apply(const Sweep& sweep, Workers& workers);
  template <class Sum>
  [[nodiscard]] std::vector<double> block_sums(Workers& workers, Sum sum) const;

  int qubits_ = 0;
  int bits_ = 0;  ///< at least 5, for whole vectors
  Memory re_;
  Memory im_;
};

extern template class StateVector<float>;
extern template class StateVector<double>;

}  // namespace mingyue::quantum
