#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Requests and responses as plain values.
namespace mingyue::http {

/// Names with values, in the order they came; a name may repeat. Header names are in lower case, query and path
/// parameter names are as written.
class Fields {
 public:
  struct Field {
    std::string name;
    std::string value;
    friend bool operator==(const Field&, const Field&) = default;
  };

  Fields() = default;
  Fields(std::initializer_list<Field> fields) : fields_(fields) {}

  /// The first value of the name; null when there is none.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  /// The first value of the name, or the fallback. The view lives as long as this.
  [[nodiscard]] std::string_view get(std::string_view name, std::string_view fallback = {}) const;
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;

  void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  friend bool operator==(const Fields&, const Fields&) = default;

 private:
  std::vector<Field> fields_;
};

/// One request, complete: its body has been read, its path is decoded and has no tricks left in it.
struct Request {
  std::string method;  ///< `GET`; a HEAD arrives as HEAD at the GET handler
  std::string path;    ///< decoded: `/v1/jobs/4711`
  std::string route;   ///< the pattern that matched: `/v1/jobs/{id}`
  Fields params;       ///< `id` → `4711`
  Fields query;        ///< decoded
  Fields headers;
  std::string body;
  std::string peer_address;  ///< `192.0.2.7`, `2001:db8::1`
  std::uint16_t peer_port = 0;
  std::uint16_t local_port = 0;
  bool is_loopback = false;  ///< both ends are on this machine
  bool is_tls = false;
  std::string upgrade;  ///< what the client asks to switch to, lower case; empty for an ordinary request

  [[nodiscard]] std::string_view param(std::string_view name) const { return params.get(name); }
  [[nodiscard]] std::string_view header(std::string_view lower_name) const { return headers.get(lower_name); }
};

/// One answer. Framing (lengths, chunks, Connection, Date) belongs to the server: such headers set here are ignored,
/// and control bytes in names and values never reach the wire.
struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  Fields headers;
  /// Bytes sent instead of `body`, without a copy: one file for ten thousand readers.
  std::shared_ptr<const std::string> shared_body;

  [[nodiscard]] static Response json(std::string body, int status = 200) {
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
  }
  [[nodiscard]] static Response text(std::string body, int status = 200) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body)};
  }
  [[nodiscard]] static Response empty(int status = 204) { return {.status = status}; }

  [[nodiscard]] std::string_view bytes() const { return shared_body ? std::string_view(*shared_body) : body; }
};

/// `Not Found`; `Unknown` for a status that has no name.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace mingyue::http
