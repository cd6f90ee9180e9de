#pragma once

namespace mingyue::http {

/// What became of bytes offered to a stream. `Full`: nothing was taken, try again when there is room.
enum class Sent { Queued, Full, Closed };

}  // namespace mingyue::http
