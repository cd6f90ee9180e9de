#pragma once

#include "drivers/backend.hpp"

namespace mingyue::drivers {

/// The descriptor on which a driver process finds its socket.
inline constexpr int driver_socket = 3;

/// The whole life of a driver process: opens the backend that the first request names, answers until it is told to
/// stop or the socket closes, which means that the centre is gone, and ends the process. It does not come back even
/// where the device hangs: one thread reads and never waits for the device.
[[noreturn]] void serve_driver(int socket, const BackendOpener& opener);

}  // namespace mingyue::drivers
