#pragma once

#include <poll.h>

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"
#include "engines/shim/frames.hpp"

/// A pseudo-terminal and the people in front of it. Any number may be connected (each sees everything shown from then
/// on, all may type); none need be: the task goes on when they leave.
namespace mingyue::engines {

class Terminal {
 public:
  /// Opens the terminal, and listens on the Unix socket `terminal` in the present folder.
  [[nodiscard]] Expected<void, std::string> open();
  [[nodiscard]] int task_side() const { return task_side_.get(); }

  /// Adds what to wait for. Call serve() after the wait with what `shown` is to get.
  void await(std::vector<pollfd>& fds) const;
  void serve(const std::function<void(std::string_view)>& shown);
  /// Tells everyone the end, and waits a moment for the slow ones.
  void finish(TerminalExit exit);

 private:
  struct Client {
    Fd socket;
    FrameReader frames;
    std::string unsent;
    bool gone = false;
  };
  void accept_clients();
  void listen_to(Client& client);
  void tell(Client& client, std::string_view bytes);
  void type();

  Fd master_;
  Fd task_side_;  ///< kept open, so that the master does not see an end between two processes
  Fd listener_;
  std::list<Client> clients_;
  std::string typed_;  ///< what the terminal did not take yet
};

}  // namespace mingyue::engines
