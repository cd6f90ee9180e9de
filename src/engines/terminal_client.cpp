#include "engines/terminal_client.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>

namespace mingyue::engines {

Expected<Fd, Fault> connect_terminal(const std::string& attempt_folder) {
  const auto no_terminal = [&](const std::string& why) {
    return fault("no-terminal", "the attempt has no terminal to connect to (" + attempt_folder + "): " + why);
  };
  const auto folder = open_file(attempt_folder, O_PATH | O_DIRECTORY);
  if (!folder) return no_terminal(folder.error().text());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return no_terminal(Errno{errno}.text());

  // The kernel follows this name to the folder, and it is short.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/terminal", folder->get());
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    if (errno != EINTR) return no_terminal(Errno{errno}.text());
  return socket;
}

}  // namespace mingyue::engines
