// For any machine.
#define MINGYUE_VECTOR_BYTES 16
#include "quantum/kernels_inside.hpp"

namespace mingyue::quantum {
extern const Kernels<float> kernels_baseline_float;
extern const Kernels<double> kernels_baseline_double;
const Kernels<float> kernels_baseline_float = table<float>("baseline");
const Kernels<double> kernels_baseline_double = table<double>("baseline");
}  // namespace mingyue::quantum
