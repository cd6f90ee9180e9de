#include "engines/shim/order.hpp"

#include <concepts>
#include <cstring>

namespace mingyue::engines {
namespace {

// Numbers are 8 bytes, little end first; texts and lists carry their length in front. One description of the fields
// serves both directions.
constexpr std::string_view magic = "mingyue-order-1\n";

class Writer {
 public:
  void operator()(std::integral auto value) { number(static_cast<std::uint64_t>(value)); }
  void operator()(const std::string& text) {
    number(text.size());
    bytes += text;
  }
  template <class T>
  void operator()(const std::vector<T>& list);

  std::string bytes{magic};

 private:
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  }
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {
    good_ = rest_.starts_with(magic);
    if (good_) rest_.remove_prefix(magic.size());
  }
  void operator()(std::integral auto& value) {
    value = static_cast<std::remove_reference_t<decltype(value)>>(number());
  }
  void operator()(std::string& text) { text = take(number()); }
  template <class T>
  void operator()(std::vector<T>& list);
  [[nodiscard]] bool whole() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) good_ = false;
    if (!good_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    const std::string_view raw = take(8);
    for (std::size_t i = 0; i < raw.size(); ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(raw[i])) << (8 * i);
    return value;
  }

  std::string_view rest_;
  bool good_ = false;
};

template <class Visitor>
void fields(Visitor& visit, std::string& text) {
  visit(text);
}
template <class Visitor>
void fields(Visitor& visit, const std::string& text) {
  visit(text);
}
template <class Visitor>
void fields(Visitor& visit, std::int32_t& value) {
  visit(value);
}
template <class Visitor>
void fields(Visitor& visit, const std::int32_t& value) {
  visit(value);
}

template <class Visitor, class Task>
requires std::same_as<std::remove_const_t<Task>, ShimTask>
void fields(Visitor& visit, Task& t) {
  visit(t.rank), visit(t.command), visit(t.script), visit(t.environment), visit(t.cpus), visit(t.memory_max),
      visit(t.output);
}

template <class Visitor, class Order>
requires std::same_as<std::remove_const_t<Order>, ShimOrder>
void fields(Visitor& visit, Order& o) {
  visit(o.attempt), visit(o.workdir), visit(o.workdir_is_fresh), visit(o.terminal), visit(o.wall_ms),
      visit(o.checkpoint_signal), visit(o.checkpoint_grace_ms), visit(o.term_grace_ms), visit(o.output_bytes_max),
      visit(o.processes_max), visit(o.hang_after_ms), visit(o.checkpoint_folder), visit(o.groups.unified),
      visit(o.groups.unified_memory), visit(o.groups.unified_pids), visit(o.groups.memory), visit(o.groups.pids),
      visit(o.tasks);
}

template <class T>
void Writer::operator()(const std::vector<T>& list) {
  number(list.size());
  for (const T& item : list) fields(*this, item);
}

template <class T>
void Reader::operator()(std::vector<T>& list) {
  const std::uint64_t size = number();
  for (std::uint64_t i = 0; i < size && good_; ++i) fields(*this, list.emplace_back());
}

}  // namespace

std::string encode(const ShimOrder& order) {
  Writer writer;
  fields(writer, order);
  return std::move(writer.bytes);
}

std::optional<ShimOrder> decode_order(std::string_view bytes) {
  ShimOrder order;
  Reader reader(bytes);
  fields(reader, order);
  if (!reader.whole()) return std::nullopt;
  return order;
}

}  // namespace mingyue::engines
