#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/router.hpp"

namespace mingyue::http {

struct StaticFile {
  std::string content_type;  ///< `text/html; charset=utf-8`
  std::string bytes;
  std::string etag;  ///< `"4f2a"` with its quotes; empty: computed from the bytes
};

/// Path below the prefix, without a slash in front (`index.html`, `assets/app-4f2a.js`), to its file.
using StaticFiles = std::map<std::string, StaticFile, std::less<>>;

struct StaticOptions {
  /// Also answers what is a page of the application: a name without a dot, or one that a browser goes to (`Accept:
  /// text/html`) outside of `immutable_prefix`.
  std::string index = "index.html";
  std::string immutable_prefix = "assets/";  ///< names that change with their content: kept for a year
  std::string content_security_policy =
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
      "connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
};

/// Serves the files under `prefix` (`/`, `/console`) with ETag and If-None-Match. Each file is held once and sent
/// without a copy. Where `app.js.br` or `app.js.gz` lies beside `app.js`, a client that takes that coding gets it.
void serve_files(Router& router, std::string_view prefix, StaticFiles files, StaticOptions options = {});

/// `text/javascript; charset=utf-8` for `app.js`; `application/octet-stream` for what is not known.
[[nodiscard]] std::string_view content_type_of(std::string_view path);

/// Does If-None-Match name this tag (`*`, a list, weak tags)?
[[nodiscard]] bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace mingyue::http
