#pragma once

#include <string>

namespace mingyue::apps {

/// How a centre is served.
struct ServeOptions {
  std::string data;                    ///< its data directory; made when it is not there
  std::string centre_file;             ///< empty: DATA/centre.yaml if there is one, else this machine as it is
  std::string listen = "127.0.0.1:0";  ///< HOST:PORT; port 0 is any free one
  std::string tls_certificate;         ///< PEM; with a key, for addresses that others can reach
  std::string tls_key;
  std::string shim;     ///< empty: mingyue-shim beside this program
  std::string console;  ///< folder of the web console; empty: where console_beside_program() finds it
  int threads = 1;      ///< that serve HTTP
};

/// What the process ends with. Everything but `ok` has said why in one line, and what to do.
enum class ServeExit {
  ok = 0,
  failed = 1,       ///< something that should not happen
  bad_options = 2,  ///< an option, or the centre's file, is refused
  in_use = 3,       ///< another daemon has this data directory
  corrupt_log = 4,
  wrong_version = 5,  ///< the data was written by another version
  cannot_write = 6,   ///< disk full, read-only, no permission
  cannot_listen = 7,  ///< the address is taken, or not this machine's
  no_engine = 8,      ///< the shim is missing, or the engine's folder cannot be used
};

/// Runs a centre until SIGTERM or SIGINT. When it is ready, it prints one line:
///
///     mingyue: centre NAME is ready at http://127.0.0.1:PORT (data DIR, recovered N events in T s)
///
/// and DATA/endpoint.json tells clients of this machine where it is and with which token. An address that others can
/// reach is refused without TLS, and without a token in the log that they could come in with.
///
/// To stop: no more requests, everything that was accepted is made durable, and jobs go on running: the next start
/// adopts them. SIGHUP reads certificate and key again.
int serve(const ServeOptions& options);

}  // namespace mingyue::apps
