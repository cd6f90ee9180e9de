// For x86-64-v3 machines; CMakeLists.txt gives the compiler that name for this file alone.
#if defined(__x86_64__)
#define MINGYUE_VECTOR_BYTES 32
#include "quantum/kernels_inside.hpp"

namespace mingyue::quantum {
extern const Kernels<float> kernels_v3_float;
extern const Kernels<double> kernels_v3_double;
const Kernels<float> kernels_v3_float = table<float>("v3");
const Kernels<double> kernels_v3_double = table<double>("v3");
}  // namespace mingyue::quantum
#endif
