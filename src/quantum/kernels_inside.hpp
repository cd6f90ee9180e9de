// The inner loops once; each kernels_*.cpp includes this with its own width of vectors. Nothing of the standard library
// is used but types: a function of a header, built here for a newer machine, could be the one that the linker keeps.

#include <cstddef>
#include <utility>

#include "quantum/kernels.hpp"

namespace mingyue::quantum {
namespace {

template <class T>
struct Vector {
  static constexpr std::size_t lanes = MINGYUE_VECTOR_BYTES / sizeof(T);
  typedef T Type __attribute__((vector_size(MINGYUE_VECTOR_BYTES)));
};
constexpr unsigned log2_of(std::size_t n) { return n <= 1 ? 0 : 1 + log2_of(n / 2); }

template <std::size_t Flip, class V, std::size_t... Lane>
inline __attribute__((always_inline)) V flipped(V v, std::index_sequence<Lane...>) {
  return __builtin_shufflevector(v, v, (Lane ^ Flip)...);
}

// The products are summed one statement each, so that a compiler can fuse them in one way only.
#define MINGYUE_BEGIN(out_re, out_im, c_re, c_im, v_re, v_im) \
  V out_re = (c_re) * (v_re);                                 \
  out_re -= (c_im) * (v_im);                                  \
  V out_im = (c_re) * (v_im);                                 \
  out_im += (c_im) * (v_re)
#define MINGYUE_ADD(out_re, out_im, c_re, c_im, v_re, v_im) \
  out_re += (c_re) * (v_re);                                \
  out_re -= (c_im) * (v_im);                                \
  out_im += (c_re) * (v_im);                                \
  out_im += (c_im) * (v_re)

/// Row r sums over columns r, r^1, r^2, r^3, here and below.
template <class T>
void dense_high(T* re, T* im, std::size_t size, std::size_t step_a, std::size_t step_b, const T* m_re, const T* m_im) {
  using V = typename Vector<T>::Type;
  const std::size_t at[4] = {0, step_a, step_b, step_a + step_b};
  T c_re[16], c_im[16];
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t d = 0; d < 4; ++d) {
      c_re[r * 4 + d] = m_re[r * 4 + (r ^ d)];
      c_im[r * 4 + d] = m_im[r * 4 + (r ^ d)];
    }
  }
  for (std::size_t high = 0; high < size; high += 2 * step_b) {
    for (std::size_t middle = high; middle < high + step_b; middle += 2 * step_a) {
      for (std::size_t i = middle; i < middle + step_a; i += Vector<T>::lanes) {
        V in_re[4], in_im[4];
        for (std::size_t r = 0; r < 4; ++r) {
          in_re[r] = *reinterpret_cast<const V*>(re + i + at[r]);
          in_im[r] = *reinterpret_cast<const V*>(im + i + at[r]);
        }
#pragma GCC unroll 4
        for (std::size_t r = 0; r < 4; ++r) {
          MINGYUE_BEGIN(o_re, o_im, c_re[r * 4], c_im[r * 4], in_re[r], in_im[r]);
          MINGYUE_ADD(o_re, o_im, c_re[r * 4 + 1], c_im[r * 4 + 1], in_re[r ^ 1], in_im[r ^ 1]);
          MINGYUE_ADD(o_re, o_im, c_re[r * 4 + 2], c_im[r * 4 + 2], in_re[r ^ 2], in_im[r ^ 2]);
          MINGYUE_ADD(o_re, o_im, c_re[r * 4 + 3], c_im[r * 4 + 3], in_re[r ^ 3], in_im[r ^ 3]);
          *reinterpret_cast<V*>(re + i + at[r]) = o_re;
          *reinterpret_cast<V*>(im + i + at[r]) = o_im;
        }
      }
    }
  }
}

/// Qubit a is within a vector: its coefficients differ from lane to lane.
template <class T, unsigned A>
void dense_mixed(T* re, T* im, std::size_t size, std::size_t step_b, const T* m_re, const T* m_im) {
  using V = typename Vector<T>::Type;
  constexpr std::size_t lanes = Vector<T>::lanes;
  const auto all = std::make_index_sequence<lanes>{};
  V c_re[8], c_im[8];
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t d = 0; d < 4; ++d) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const std::size_t r = (lane >> A & 1) | b << 1;
        c_re[b * 4 + d][lane] = m_re[r * 4 + (r ^ d)];
        c_im[b * 4 + d][lane] = m_im[r * 4 + (r ^ d)];
      }
    }
  }
  for (std::size_t high = 0; high < size; high += 2 * step_b) {
    for (std::size_t i = high; i < high + step_b; i += lanes) {
      V in_re[2], in_im[2], turned_re[2], turned_im[2];
      for (std::size_t b = 0; b < 2; ++b) {
        in_re[b] = *reinterpret_cast<const V*>(re + i + b * step_b);
        in_im[b] = *reinterpret_cast<const V*>(im + i + b * step_b);
        turned_re[b] = flipped<std::size_t{1} << A>(in_re[b], all);
        turned_im[b] = flipped<std::size_t{1} << A>(in_im[b], all);
      }
#pragma GCC unroll 2
      for (std::size_t b = 0; b < 2; ++b) {
        MINGYUE_BEGIN(o_re, o_im, c_re[b * 4], c_im[b * 4], in_re[b], in_im[b]);
        MINGYUE_ADD(o_re, o_im, c_re[b * 4 + 1], c_im[b * 4 + 1], turned_re[b], turned_im[b]);
        MINGYUE_ADD(o_re, o_im, c_re[b * 4 + 2], c_im[b * 4 + 2], in_re[b ^ 1], in_im[b ^ 1]);
        MINGYUE_ADD(o_re, o_im, c_re[b * 4 + 3], c_im[b * 4 + 3], turned_re[b ^ 1], turned_im[b ^ 1]);
        *reinterpret_cast<V*>(re + i + b * step_b) = o_re;
        *reinterpret_cast<V*>(im + i + b * step_b) = o_im;
      }
    }
  }
}

template <class T, unsigned A, unsigned B>
void dense_low(T* re, T* im, std::size_t size, const T* m_re, const T* m_im) {
  using V = typename Vector<T>::Type;
  constexpr std::size_t lanes = Vector<T>::lanes;
  const auto all = std::make_index_sequence<lanes>{};
  V c_re[4], c_im[4];
  for (std::size_t d = 0; d < 4; ++d) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::size_t r = (lane >> A & 1) | (lane >> B & 1) << 1;
      c_re[d][lane] = m_re[r * 4 + (r ^ d)];
      c_im[d][lane] = m_im[r * 4 + (r ^ d)];
    }
  }
  constexpr std::size_t flip_a = std::size_t{1} << A, flip_b = std::size_t{1} << B;
  for (std::size_t i = 0; i < size; i += lanes) {
    const V v_re = *reinterpret_cast<const V*>(re + i), v_im = *reinterpret_cast<const V*>(im + i);
    MINGYUE_BEGIN(o_re, o_im, c_re[0], c_im[0], v_re, v_im);
    const V a_re = flipped<flip_a>(v_re, all), a_im = flipped<flip_a>(v_im, all);
    MINGYUE_ADD(o_re, o_im, c_re[1], c_im[1], a_re, a_im);
    const V b_re = flipped<flip_b>(v_re, all), b_im = flipped<flip_b>(v_im, all);
    MINGYUE_ADD(o_re, o_im, c_re[2], c_im[2], b_re, b_im);
    const V ab_re = flipped<(flip_a | flip_b)>(v_re, all), ab_im = flipped<(flip_a | flip_b)>(v_im, all);
    MINGYUE_ADD(o_re, o_im, c_re[3], c_im[3], ab_re, ab_im);
    *reinterpret_cast<V*>(re + i) = o_re;
    *reinterpret_cast<V*>(im + i) = o_im;
  }
}

template <class T, unsigned A, unsigned B>
bool try_low(T* re, T* im, std::size_t size, unsigned a, unsigned b, const T* m_re, const T* m_im) {
  if constexpr (B >= log2_of(Vector<T>::lanes)) {
    return false;
  } else if constexpr (A >= B) {
    return try_low<T, 0, B + 1>(re, im, size, a, b, m_re, m_im);
  } else {
    if (a == A && b == B) {
      dense_low<T, A, B>(re, im, size, m_re, m_im);
      return true;
    }
    return try_low<T, A + 1, B>(re, im, size, a, b, m_re, m_im);
  }
}

template <class T, unsigned A>
bool try_mixed(T* re, T* im, std::size_t size, unsigned a, std::size_t step_b, const T* m_re, const T* m_im) {
  if constexpr (A < log2_of(Vector<T>::lanes)) {
    if (a != A) return try_mixed<T, A + 1>(re, im, size, a, step_b, m_re, m_im);
    dense_mixed<T, A>(re, im, size, step_b, m_re, m_im);
    return true;
  } else {
    return false;
  }
}

template <class T>
void dense(T* re, T* im, unsigned bits, unsigned a, unsigned b, const T* m_re, const T* m_im) {
  constexpr unsigned inside = log2_of(Vector<T>::lanes);
  const std::size_t size = std::size_t{1} << bits, step_a = std::size_t{1} << a, step_b = std::size_t{1} << b;
  if (a >= inside) {
    dense_high<T>(re, im, size, step_a, step_b, m_re, m_im);
  } else if (b >= inside) {
    try_mixed<T, 0>(re, im, size, a, step_b, m_re, m_im);
  } else {
    try_low<T, 0, 1>(re, im, size, a, b, m_re, m_im);
  }
}

/// Multiplies what has the bits `fixed` at the steps of a and b that are at least a vector apart.
template <class T>
void multiply(T* re, T* im, std::size_t size, std::size_t step_a, std::size_t step_b, std::size_t fixed,
              typename Vector<T>::Type f_re, typename Vector<T>::Type f_im) {
  using V = typename Vector<T>::Type;
  for (std::size_t high = 0; high < size; high += 2 * step_b) {
    for (std::size_t middle = high; middle < high + step_b; middle += 2 * step_a) {
      for (std::size_t i = middle + fixed; i < middle + fixed + step_a; i += Vector<T>::lanes) {
        const V v_re = *reinterpret_cast<const V*>(re + i), v_im = *reinterpret_cast<const V*>(im + i);
        MINGYUE_BEGIN(o_re, o_im, f_re, f_im, v_re, v_im);
        *reinterpret_cast<V*>(re + i) = o_re;
        *reinterpret_cast<V*>(im + i) = o_im;
      }
    }
  }
}

template <class T>
void diagonal(T* re, T* im, unsigned bits, unsigned a, unsigned b, const T* d_re, const T* d_im) {
  using V = typename Vector<T>::Type;
  constexpr std::size_t lanes = Vector<T>::lanes;
  constexpr unsigned inside = log2_of(lanes);
  const std::size_t size = std::size_t{1} << bits;
  const bool a_inside = a < inside, b_inside = b < inside;
  const std::size_t step_a = a_inside ? lanes : std::size_t{1} << a;
  const std::size_t step_b = b_inside ? size : std::size_t{1} << b;
  for (std::size_t high = 0; high < (b_inside ? 1U : 2U); ++high) {
    for (std::size_t low = 0; low < (a_inside ? 1U : 2U); ++low) {
      V f_re = {}, f_im = {};
      bool changes = false;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const std::size_t r = (a_inside ? lane >> a & 1 : low) | (b_inside ? lane >> b & 1 : high) << 1;
        f_re[lane] = d_re[r];
        f_im[lane] = d_im[r];
        changes = changes || d_re[r] != 1 || d_im[r] != 0;
      }
      if (!changes) continue;
      if (a_inside && b_inside) {
        multiply<T>(re, im, size, size, size, 0, f_re, f_im);
      } else if (a_inside) {
        multiply<T>(re, im, size, step_b, step_b, high * step_b, f_re, f_im);
      } else {
        multiply<T>(re, im, size, step_a, step_b, low * step_a + high * step_b, f_re, f_im);
      }
    }
  }
}

template <class T>
constexpr Kernels<T> table(const char* name) {
  return {name, dense<T>, diagonal<T>};
}

}  // namespace
}  // namespace mingyue::quantum
