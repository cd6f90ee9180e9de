#pragma once

#include "runtime/centre.hpp"
#include "wire/now.hpp"

namespace mingyue::api {

/// On the core's thread: what everything does now. One pass over live jobs and nodes.
[[nodiscard]] wire::NowView now_view(const runtime::View& view);

}  // namespace mingyue::api
