#pragma once

#include <cstddef>

namespace mingyue::quantum {

/// The inner loops, built for several instruction sets. Amplitudes are two arrays (real and imaginary parts), aligned
/// to 64 bytes, of 2^bits numbers, bits >= 5; qubits are positions in the index, a < b. Matrices are row by row.
///
/// Every variant adds in the same order; those with fused multiply-add (any x86-64 machine since 2013) give the same
/// bytes whatever their width, the baseline differs from them by rounding.
template <class T>
struct Kernels {
  using Apply = void (*)(T* re, T* im, unsigned bits, unsigned a, unsigned b, const T* matrix_re, const T* matrix_im);
  const char* name;
  Apply dense;
  Apply diagonal;
};

/// The best that this machine runs.
template <class T>
[[nodiscard]] const Kernels<T>& kernels();
/// The i-th that this machine runs, best first; null beyond the last. For tests.
template <class T>
[[nodiscard]] const Kernels<T>* kernels_variant(std::size_t i);

}  // namespace mingyue::quantum
