#include "apps/serve_setup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "apps/serve_qpus.hpp"
#include "base/text.hpp"
#include "core/command.hpp"
#include "formats/json.hpp"
#include "formats/parse.hpp"
#include "http/unique_fd.hpp"
#include "ledger/book.hpp"
#include "ledger/history.hpp"

namespace mingyue::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t records_per_step = 10'000;
constexpr std::uintmax_t console_file_bytes_max = 16U << 20U;

Fault file_fault(const std::string& path, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  const bool is_read_only = error == EROFS || error == EACCES || error == EPERM;
  return {is_full        ? "disk-full"
          : is_read_only ? "read-only"
                         : "io-error",
          fmt::format("{}: {}", path, std::strerror(error))};
}

Expected<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return refuse("cannot-read", "", std::strerror(errno == 0 ? EIO : errno), "name a file that can be read");
  return text.str();
}

bool is_loopback_address(std::string_view host) { return host.starts_with("127.") || host == "::1"; }

}  // namespace

Expected<ListenAddress> parse_listen(std::string_view text) {
  const auto bad = [&] {
    return refuse("bad-listen", "listen", fmt::format("\"{}\" is no address to listen on", shown(text)),
                  "write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  const auto port = parse_integer(text.substr(colon + 1), 0, 65535);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return bad();
  if (!port) return bad();
  ListenAddress address{.host = host.empty()          ? "::"
                                : host == "localhost" ? "127.0.0.1"
                                                      : std::string(host),
                        .port = static_cast<std::uint16_t>(*port)};
  address.is_loopback = is_loopback_address(address.host);
  return address;
}

std::string url_of(std::string_view scheme, std::string_view host, std::uint16_t port) {
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  return host.find(':') == std::string_view::npos ? fmt::format("{}://{}:{}", scheme, host, port)
                                                  : fmt::format("{}://[{}]:{}", scheme, host, port);
}

Expected<Description, std::vector<Refusal>> describe_centre(const std::string& file, const std::string& data,
                                                            const model::MachineFacts& facts) {
  std::string path = file;
  if (path.empty() && fs::exists(data + "/centre.yaml")) path = data + "/centre.yaml";
  if (path.empty()) {
    Description machine{{model::describe_machine(facts), {}}, "this machine"};
    machine.document.centre.qpus = qpus_out_of_the_box();
    return machine;
  }
  using Refusals = std::vector<Refusal>;
  auto text = read_text(path);
  if (!text) return Unexpected<Refusals>(Refusals{std::move(text).error()});
  auto tree = formats::parse_yaml(*text);
  if (!tree) return Unexpected<Refusals>(Refusals{std::move(tree).error()});
  TRY(document, model::read_centre(*tree, facts));
  CHECK_OK(find_qpu_files(document.centre.qpus, path));
  return Description{std::move(document), path};
}

Expected<EndpointFile, Fault> EndpointFile::write(const std::string& data, const wire::Endpoint& endpoint) {
  const std::string path = data + "/endpoint.json";
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  http::UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const std::string text = formats::write_json(endpoint, formats::JsonStyle::cli, formats::JsonLayout::pretty) + "\n";
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(fd.get()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0) {
    return std::unexpected(file_fault(path, errno));
  }
  return EndpointFile(path);
}

EndpointFile::~EndpointFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Expected<void, Fault> rebuild_stale_rows(host::SqliteLogStore& store) {
  if (!store.rows_stale()) return {};
  core::State state;
  ledger::Book book;
  std::uint64_t seq = 0;
  Expected<void, Fault> outcome;
  const auto next = [&]() -> std::optional<host::SqliteLogStore::RowsUpTo> {
    if (seq >= store.head().seq || !outcome) return std::nullopt;
    std::vector<ledger::Row> rows;
    std::size_t count = 0;
    auto read = store.read(seq + 1, [&](const ports::Record& record) {
      auto body = core::decode_event(record.number, record.payload);
      if (!body) {
        outcome =
            fault("corrupt-log", fmt::format("record {} holds an event that this version does not know", record.seq));
        return false;
      }
      const core::Event event{record.at, std::move(*body)};
      ledger::history_rows(state, event, rows);
      ledger::record(book, event, rows);
      core::apply(state, event);
      seq = record.seq;
      return ++count < records_per_step;
    });
    if (!read) outcome = std::move(read);
    return host::SqliteLogStore::RowsUpTo{seq, std::move(rows)};
  };
  auto rebuilt = store.rebuild_rows(next);
  CHECK_OK(outcome);
  return rebuilt;
}

http::StaticFiles read_console(const std::string& folder) {
  http::StaticFiles files;
  std::error_code error;
  if (folder.empty() || !fs::is_directory(folder, error)) return files;
  for (const auto& entry :
       fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error)) {
    if (!entry.is_regular_file(error) || entry.file_size(error) > console_file_bytes_max) continue;
    const std::string path = fs::relative(entry.path(), folder, error).generic_string();
    auto bytes = read_text(entry.path().string());
    if (error || !bytes) continue;
    files[path] = {.content_type = std::string(http::content_type_of(path)), .bytes = std::move(*bytes), .etag = {}};
  }
  return files;
}

std::string console_beside_program() {
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  // Installed: PREFIX/bin and PREFIX/share. In the tree: build/NAME/bin and build/web.
  for (const fs::path& folder : {bin / "../share/mingyue/web", bin / "../../web"}) {
    if (fs::is_regular_file(folder / "index.html", error)) return folder.lexically_normal().string();
  }
  return {};
}

std::string shipped_recipes() {
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {bin / "../share/mingyue/recipes", bin / "../../../recipes"}) {
    if (fs::is_regular_file(folder / "README.md", error)) return fs::weakly_canonical(folder, error).string();
  }
  return {};
}

http::StaticFiles console_that_is_missing() {
  http::StaticFiles files;
  files["index.html"] = {.content_type = "text/html; charset=utf-8",
                         .bytes =
                             "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Mingyue · 明月</title>"
                             "<body style=\"font:16px/1.6 sans-serif;max-width:40em;margin:4em auto;padding:0 1em\">"
                             "<h1>Mingyue · 明月</h1><p>The centre runs; its console was not built. Build it with "
                             "<code>cmake --build BUILD --target console</code> (Node.js 20.19 or newer and npm), "
                             "then start the centre again. The API is at <a href=\"/v1/openapi.json\">/v1</a>.</p>"
                             "<p lang=\"zh\">中心正在运行，但控制台尚未构建。请执行 "
                             "<code>cmake --build BUILD --target console</code>（需要 Node.js 20.19 或更新版本与 "
                             "npm），然后重新启动中心。API 位于 <a href=\"/v1/openapi.json\">/v1</a>。</p>",
                         .etag = {}};
  return files;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? rlim_t{1} << 20 : limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace mingyue::apps
