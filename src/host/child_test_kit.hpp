#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>

/// Tests that need a process of their own: to be killed, or to see another file system.
namespace mingyue::host::testing {

/// Runs `body` in a child and returns what it says: empty when all is well. A child that dies says so.
inline std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(120);
    const std::string answer = body() + "\n";
    (void)!::write(ends[1], answer.data(), answer.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string answer;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = ::read(ends[0], part.data(), part.size())) > 0;)
    answer.append(part.data(), static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (answer.empty()) return "the child ended with status " + std::to_string(status);
  answer.pop_back();
  return answer;
}

/// In a child: a file system in memory at `directory`, for this process only. Empty when that worked.
inline std::string mount_small_disk(const std::string& directory, const std::string& size) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0)
    return std::string("skip: no mount namespace here: ") + std::strerror(errno);
  if (user != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  if (::mount("none", directory.c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0)
    return std::string("skip: no tmpfs here: ") + std::strerror(errno);
  return {};
}

}  // namespace mingyue::host::testing

/// Fails with what the child said, or skips where it says `skip: why`.
#define EXPECT_CHILD_OK(...)                                                   \
  do {                                                                         \
    const std::string said_ = ::mingyue::host::testing::in_child(__VA_ARGS__); \
    if (said_.starts_with("skip: ")) GTEST_SKIP() << said_.substr(6);          \
    EXPECT_EQ(said_, "");                                                      \
  } while (false)
