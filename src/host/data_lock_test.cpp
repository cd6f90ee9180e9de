#include "host/data_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace mingyue::host {
namespace {

class DataLockTest : public ::testing::Test {
 protected:
  DataLockTest() {
    std::string name = "/tmp/mingyue-lock-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~DataLockTest() override { std::filesystem::remove_all(folder_); }

  /// A process that holds the lock for so long, as a child of a killed daemon does.
  [[nodiscard]] pid_t hold(unsigned milliseconds) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const int fd = ::open((folder_ + "/lock").c_str(), O_RDWR | O_CREAT, 0600);
      if (fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) != 0) ::_exit(1);
      ::close(::open((folder_ + "/held").c_str(), O_WRONLY | O_CREAT, 0600));
      ::usleep(milliseconds * 1'000);
      ::_exit(0);
    }
    while (!std::filesystem::exists(folder_ + "/held")) ::usleep(1'000);
    return child;
  }

  std::string folder_;
};

TEST_F(DataLockTest, WaitsForAChildOfADaemonThatWasKilled) {
  const pid_t child = hold(300);
  EXPECT_TRUE(DataLock::take(folder_).has_value());
  ::waitpid(child, nullptr, 0);
}

TEST_F(DataLockTest, IsRefusedWhileAnotherDaemonLives) {
  const pid_t child = hold(60'000);
  const auto lock = DataLock::take(folder_);
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code, "in-use");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace mingyue::host
