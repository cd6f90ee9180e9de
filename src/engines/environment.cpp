#include "engines/environment.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "engines/shim/files.hpp"
#include "model/environment.hpp"

namespace mingyue::engines {
namespace {

std::string variable(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::string(value) : std::move(otherwise);
}

/// A job may use `mingyue` itself, wherever the daemon was started from.
std::string with_own_folder(std::string path) {
  char own[4096];
  const ssize_t length = ::readlink("/proc/self/exe", own, sizeof own);
  if (length <= 0 || length == static_cast<ssize_t>(sizeof own)) return path;
  std::string folder(own, static_cast<std::size_t>(length));
  folder.erase(folder.rfind('/'));
  if ((":" + path + ":").find(":" + folder + ":") == std::string::npos) path += ":" + folder;
  return path;
}

}  // namespace

DaemonDefaults defaults_of_this_process() {
  std::string home = "/";
  std::string user = std::to_string(::getuid());
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) {
    home = entry.pw_dir;
    user = entry.pw_name;
  }
  return {.path = with_own_folder(variable("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")),
          .home = variable("HOME", home),
          .user = user,
          .temporary = variable("TMPDIR", "/tmp"),
          .language = variable("LANG", "")};
}

std::vector<std::string> task_environment(const model::LaunchOrder& order, const model::TaskOrder& task,
                                          const AttemptPlaces& places, const DaemonDefaults& defaults) {
  std::map<std::string, std::string> variables{
      {"HOME", defaults.home},        {"LOGNAME", defaults.user}, {"PATH", defaults.path},
      {"TMPDIR", defaults.temporary}, {"USER", defaults.user},    {"SHELL", "/bin/sh"},
  };
  if (!defaults.language.empty()) variables["LANG"] = defaults.language;
  if (order.terminal) variables["TERM"] = "xterm-256color";
  for (const auto& [name, value] : task.environment) variables[name] = value;
  if (places.master_port != 0) {
    variables["MASTER_ADDR"] = "127.0.0.1";
    variables["MASTER_PORT"] = std::to_string(places.master_port);
  }
  if (variables.contains(model::qpu_variable))
    for (const auto& [name, value] : places.qpu) {
      std::string& variable = variables[name];
      // A job may have its own modules for Python: they come first.
      if (name == "PYTHONPATH" && !variable.empty())
        variable.append(":").append(value);
      else
        variable = value;
    }
  variables["MINGYUE_PROGRESS"] = places.progress;
  variables["MINGYUE_CHECKPOINT"] = places.checkpoint;
  variables["MINGYUE_CHECKPOINT_LAST"] = order.checkpoint_last;
  variables["MINGYUE_ATTEMPT_ID"] = model::print(order.attempt);

  std::vector<std::string> list;
  for (const auto& [name, value] : variables) list.emplace_back(name).append("=").append(value);
  return list;
}

std::vector<std::string> attempt_marks(const std::string& attempt, const std::string& progress) {
  return {"MINGYUE_ATTEMPT_ID=" + attempt, "MINGYUE_PROGRESS=" + progress};
}

std::uint16_t free_port() {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0) return 0;
  return ntohs(address.sin_port);
}

}  // namespace mingyue::engines
