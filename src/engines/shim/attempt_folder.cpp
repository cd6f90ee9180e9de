#include "engines/shim/attempt_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace mingyue::engines {
namespace {

/// The records are lines `key value`, so that a person can read them with `cat`. A value is one line.
std::string line(std::string_view key, std::string_view value) {
  std::string text(key);
  text += ' ';
  for (const char c : value) text += c == '\n' || c == '\0' ? ' ' : c;
  return text + '\n';
}

std::string line(std::string_view key, std::int64_t value) { return line(key, std::to_string(value)); }

std::int64_t number_of(std::string_view text, std::string_view key) {
  return std::strtoll(record_value(text, key).c_str(), nullptr, 10);
}

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 64);
  if (!text) return "unknown";
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

}  // namespace

std::uint64_t process_start_time(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!stat) return 0;
  // The name in parentheses may hold anything, so the fields are counted from the last ')'. The start time is field 22.
  std::size_t at = stat->rfind(')');
  if (at == std::string::npos) return 0;
  for (int field = 2; field < 22; ++field) {
    at = stat->find(' ', at + 1);
    if (at == std::string::npos) return 0;
  }
  return std::strtoull(stat->c_str() + at + 1, nullptr, 10);
}

Claim claim_of_this_process() { return Claim{::getpid(), process_start_time(::getpid()), boot_id()}; }

Expected<bool, Errno> claim(const AttemptFolder& folder, const Claim& claim) {
  // link() refuses an existing name, exactly as O_CREAT|O_EXCL does, and the name appears with its content.
  const std::string temporary = folder.started() + "." + std::to_string(::getpid());
  {
    TRY(file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
    CHECK_OK(write_all(file.get(), line("pid", claim.pid) + line("start", static_cast<std::int64_t>(claim.start_time)) +
                                       line("boot", claim.boot)));
  }
  const int error = ::link(temporary.c_str(), folder.started().c_str()) == 0 ? 0 : errno;
  ::unlink(temporary.c_str());
  if (error == EEXIST) return false;
  if (error != 0) return std::unexpected(Errno{error});
  return true;
}

std::optional<Claim> read_claim(const AttemptFolder& folder) {
  const auto text = read_file(folder.started(), 4096);
  if (!text) return std::nullopt;
  return Claim{static_cast<pid_t>(number_of(*text, "pid")), static_cast<std::uint64_t>(number_of(*text, "start")),
               record_value(*text, "boot")};
}

Expected<Fd, Errno> take_lock(const AttemptFolder& folder) {
  TRY(file, open_file(folder.lock(), O_RDWR | O_CREAT));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_OFD_SETLK, &whole) == 0) return file;
  if (errno == EAGAIN || errno == EACCES) return Fd();
  return std::unexpected(Errno{errno});
}

bool is_locked(const AttemptFolder& folder) {
  const auto file = open_file(folder.lock(), O_RDWR);
  if (!file) return false;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(file->get(), F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

void reserve_end(const AttemptFolder& folder) {
  const auto file = open_file(folder.end() + ".new", O_WRONLY | O_CREAT);
  if (file) (void)::fallocate(file->get(), 0, 0, 4096);  // where it is not supported, the end is retried
}

Expected<void, Errno> write_end(const AttemptFolder& folder, const EndRecord& record) {
  const std::string temporary = folder.end() + ".new";
  {
    // Not truncated before it is written: the reserved block must stay ours.
    TRY(file, open_file(temporary, O_WRONLY | O_CREAT));
    const std::string text = line("cause", record.cause) + line("exit_code", record.exit_code) +
                             line("signal", record.signal) + line("task", record.task) + line("cpu_ms", record.cpu_ms) +
                             line("memory_peak", record.memory_peak) +
                             line("message", std::string_view(record.message).substr(0, 2048));
    CHECK_OK(write_all(file.get(), text));
    if (::ftruncate(file.get(), static_cast<off_t>(text.size())) != 0) return std::unexpected(Errno{errno});
  }
  if (::rename(temporary.c_str(), folder.end().c_str()) != 0) return std::unexpected(Errno{errno});
  return {};
}

std::string record_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view row = text.substr(0, end);
    if (row.size() > key.size() && row.starts_with(key) && row[key.size()] == ' ')
      return std::string(row.substr(key.size() + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

EndRecord parse_end(std::string_view text) {
  EndRecord record;
  record.cause = record_value(text, "cause");
  record.exit_code = static_cast<std::int32_t>(number_of(text, "exit_code"));
  record.signal = static_cast<std::int32_t>(number_of(text, "signal"));
  record.task = static_cast<std::int32_t>(number_of(text, "task"));
  record.cpu_ms = number_of(text, "cpu_ms");
  record.memory_peak = number_of(text, "memory_peak");
  record.message = record_value(text, "message");
  return record;
}

std::optional<EndRecord> read_end(const AttemptFolder& folder) {
  const auto text = read_file(folder.end(), 65536);
  if (!text) return std::nullopt;
  return parse_end(*text);
}

}  // namespace mingyue::engines
