#pragma once

#include <string>
#include <type_traits>

#include "client/session.hpp"
#include "formats/parse.hpp"

namespace mingyue::client {

struct Nothing {};

/// A write, and what it is told as: `said` for people, for programs what the centre answers with. `T` is that; Nothing:
/// it answers with nothing. A repetition after a lost answer does no harm: the key is the same.
template <class T>
Exit change(Session& session, const std::string& method, const std::string& path, const std::string& body,
            const std::string& said) {
  Request request{.method = method, .path = path, .body = body, .content_type = body.empty() ? "" : "application/json"};
  request.headers["Idempotency-Key"] = fresh_key();
  const auto answer = session.connection.ask(request);
  if (!answer) return tell(session, answer.error());
  if constexpr (!std::is_same_v<T, Nothing>) {
    if (session.json) {
      const auto tree = formats::parse_json(answer->body);
      if (!tree) return tell(session, Failure{answer->status, {tree.error()}});
      const auto value = read_as<T>(*tree);
      if (!value) return tell(session, value.error());
      print_json(*value);
      return Exit::ok;
    }
  }
  if (!session.json) out(said + "\n");
  return Exit::ok;
}

}  // namespace mingyue::client
