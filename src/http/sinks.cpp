#include "http/sinks.hpp"

#include <algorithm>

#include "http/byte_stream.hpp"
#include "http/event_stream.hpp"
#include "http/text.hpp"

namespace mingyue::http {

EventSink::EventSink(std::shared_ptr<SinkHold> hold) : hold_(std::move(hold)) {}

bool EventSink::send(std::string_view event, std::string_view id, std::string_view json) {
  if (closed()) return false;
  return send_formatted(format_event(event, id, json));
}

bool EventSink::send_formatted(std::string_view text) {
  const Sent sent = hold_->queue().put(text);
  if (sent == Sent::Full) {
    hold_->queue().finish(": too slow: reconnect with Last-Event-ID\n\n");
  }
  return sent == Sent::Queued;
}

Sent EventSink::offer(std::string_view formatted) { return hold_->queue().put(formatted); }
void EventSink::on_room(std::function<void()> callback) { hold_->queue().on_room(std::move(callback)); }
void EventSink::close() { hold_->queue().finish(); }
bool EventSink::closed() const { return hold_->queue().closed(); }
std::size_t EventSink::queued_bytes() const { return hold_->queue().queued(); }
void EventSink::on_closed(std::move_only_function<void()> callback) { hold_->queue().on_closed(std::move(callback)); }

std::string format_event(std::string_view event, std::string_view id, std::string_view json) {
  std::string out;
  out.reserve(event.size() + id.size() + json.size() + 24);
  const auto line = [&out](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += name;
    for (const char c : value) out += is_control(c) ? ' ' : c;
    out += '\n';
  };
  line("id: ", id);
  line("event: ", event);
  out += "data: ";
  for (const char c : json) {
    if (c == '\n') {
      out += "\ndata: ";
    } else {
      out += c == '\r' ? ' ' : c;
    }
  }
  out += "\n\n";
  return out;
}

ByteSink::ByteSink(std::shared_ptr<SinkHold> hold) : hold_(std::move(hold)) {}

Sent ByteSink::send(std::string_view bytes) { return hold_->queue().put(bytes); }
void ByteSink::close() { hold_->queue().finish(); }
bool ByteSink::closed() const { return hold_->queue().closed(); }
std::size_t ByteSink::queued_bytes() const { return hold_->queue().queued(); }
void ByteSink::on_room(std::function<void()> callback) { hold_->queue().on_room(std::move(callback)); }
void ByteSink::on_closed(std::move_only_function<void()> callback) { hold_->queue().on_closed(std::move(callback)); }

}  // namespace mingyue::http
