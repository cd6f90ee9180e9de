// For x86-64-v4 machines; CMakeLists.txt gives the compiler that name for this file alone.
#if defined(__x86_64__)
#define MINGYUE_VECTOR_BYTES 64
#include "quantum/kernels_inside.hpp"

namespace mingyue::quantum {
extern const Kernels<float> kernels_v4_float;
extern const Kernels<double> kernels_v4_double;
const Kernels<float> kernels_v4_float = table<float>("v4");
const Kernels<double> kernels_v4_double = table<double>("v4");
}  // namespace mingyue::quantum
#endif
