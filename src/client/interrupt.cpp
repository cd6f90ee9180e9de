#include "client/interrupt.hpp"

#include <array>
#include <atomic>
#include <csignal>

namespace mingyue::client {
namespace {

constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};
std::atomic<int> counted = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal's handler may use it");
std::array<struct sigaction, signals.size()> before;

extern "C" void count_one(int) { ++counted; }

}  // namespace

Interrupts::Interrupts() {
  counted = 0;
  struct sigaction counting {};
  counting.sa_handler = &count_one;  // without SA_RESTART: sleeps and polls end at once
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &counting, &before[i]);
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before[i], nullptr);
}

int Interrupts::count() const { return counted; }

}  // namespace mingyue::client
