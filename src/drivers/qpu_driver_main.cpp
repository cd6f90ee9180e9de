// mingyue-qpu-driver DEVICE: reaches one quantum device for the centre, which starts it and talks to it over the socket
// at descriptor 3 (driver_wire.hpp). The name is for those who look at processes; everything else comes by the socket.

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "drivers/driver_server.hpp"
#include "drivers/open_backend.hpp"
#include "engines/shim/files.hpp"

int main() {
  using namespace mingyue::drivers;
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(driver_socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    fmt::print(stderr, "mingyue-qpu-driver is started by `mingyue serve`, not by people\n");
    return 2;
  }
  ::syscall(SYS_close_range, static_cast<unsigned>(driver_socket) + 1, ~0U, 0U);  // what others forgot to mark
  // When memory runs out, it is the vendor's library that goes, and not the centre.
  (void)mingyue::engines::write_control("/proc/self/oom_score_adj", "500");
  serve_driver(driver_socket, open_backend);
}
