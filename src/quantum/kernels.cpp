#include "quantum/kernels.hpp"

#include <type_traits>

namespace mingyue::quantum {

extern const Kernels<float> kernels_baseline_float;
extern const Kernels<double> kernels_baseline_double;
#if defined(__x86_64__)
extern const Kernels<float> kernels_v3_float;
extern const Kernels<double> kernels_v3_double;
extern const Kernels<float> kernels_v4_float;
extern const Kernels<double> kernels_v4_double;
#endif

template <class T>
const Kernels<T>* kernels_variant(std::size_t i) {
  const Kernels<T>* found[3] = {};
  std::size_t count = 0;
  const auto add = [&](const Kernels<float>& single, const Kernels<double>& twice) {
    if constexpr (std::is_same_v<T, float>) {
      found[count++] = &single;
    } else {
      found[count++] = &twice;
    }
  };
#if defined(__x86_64__)
  // What the levels x86-64-v4 and v3 ask for beyond each other and this code could use.
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512cd");
  if (v4) add(kernels_v4_float, kernels_v4_double);
  if (v3) add(kernels_v3_float, kernels_v3_double);
#endif
  add(kernels_baseline_float, kernels_baseline_double);
  return i < count ? found[i] : nullptr;
}

template <class T>
const Kernels<T>& kernels() {
  static const Kernels<T>& best = *kernels_variant<T>(0);
  return best;
}

template const Kernels<float>* kernels_variant(std::size_t);
template const Kernels<double>* kernels_variant(std::size_t);
template const Kernels<float>& kernels();
template const Kernels<double>& kernels();

}  // namespace mingyue::quantum
