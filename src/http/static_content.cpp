#include "http/static_content.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "http/text.hpp"

namespace mingyue::http {
namespace {

struct HeldFile {
  std::string content_type;
  std::string etag;
  std::shared_ptr<const std::string> bytes;
};

/// Compressed beforehand; the shortest first. The ending is that of the file beside the plain one.
struct Coding {
  std::string_view name;
  std::string_view ending;
};
constexpr std::array<Coding, 2> codings{{{"br", ".br"}, {"gzip", ".gz"}}};

struct Site {
  std::map<std::string, HeldFile, std::less<>> files;
  StaticOptions options;
};

/// FNV-1a. A tag only has to change when the file does; nobody gains by forging one.
std::string etag_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("\"{:016x}\"", hash);
}

/// The file as this client reads it most cheaply, and its coding; an empty one: as it is.
std::pair<const HeldFile*, std::string_view> variant_of(const Site& site, const std::string& path,
                                                        const HeldFile& plain, const Request& request) {
  for (const Coding& coding : codings) {
    const auto smaller = site.files.find(path + std::string(coding.ending));
    if (smaller != site.files.end() && list_has(request.header("accept-encoding"), coding.name))
      return {&smaller->second, coding.name};
  }
  return {&plain, {}};
}

/// A page of the application: it has no ending, as files have one; or a browser goes to it, however its name looks
/// (/nodes/gpu01.lake.example). What is below the immutable prefix is a file, or nothing.
bool is_page(const Site& site, std::string_view path, const Request& request) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.find('.') == std::string_view::npos) return true;
  const std::string& files = site.options.immutable_prefix;
  return list_has(request.header("accept"), "text/html") && (files.empty() || !path.starts_with(files));
}

void answer(const Site& site, std::string_view path, const Request& request, Reply reply) {
  auto file = site.files.find(path);
  if (file == site.files.end() && is_page(site, path, request)) file = site.files.find(site.options.index);
  if (file == site.files.end()) return reply.refuse(problems::unknown_path(request.path));

  const auto [held, coding] = variant_of(site, file->first, file->second, request);
  const bool is_immutable = !site.options.immutable_prefix.empty() && path.starts_with(site.options.immutable_prefix);
  Response response;
  response.content_type = file->second.content_type;
  response.headers.add("etag", held->etag);
  response.headers.add("vary", "Accept-Encoding");
  if (!coding.empty()) response.headers.add("content-encoding", std::string(coding));
  response.headers.add("cache-control", is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.add("content-security-policy", site.options.content_security_policy);
  response.headers.add("referrer-policy", "no-referrer");
  if (etag_matches(request.header("if-none-match"), held->etag)) {
    response.status = 304;
    response.content_type.clear();
  } else {
    response.shared_body = held->bytes;
  }
  reply.send(std::move(response));
}

}  // namespace

void serve_files(Router& router, std::string_view prefix, StaticFiles files, StaticOptions options) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  auto site = std::make_shared<Site>();
  for (auto& [path, file] : files) {
    std::string etag = file.etag.empty() ? etag_of(file.bytes) : std::move(file.etag);
    site->files[path] = HeldFile{std::move(file.content_type), std::move(etag),
                                 std::make_shared<const std::string>(std::move(file.bytes))};
  }
  site->options = std::move(options);
  const std::string base(prefix);
  // Without its slash, relative links of the page would point beside the prefix.
  if (!base.empty()) {
    router.on("GET", base, [base](const Request&, Reply reply) {
      Response response = Response::empty(308);
      response.headers.add("location", base + "/");
      reply.send(std::move(response));
    });
  } else {
    router.on("GET", "/",
              [site](const Request& request, Reply reply) { answer(*site, "", request, std::move(reply)); });
  }
  router.on("GET", base + "/{file...}", [site](const Request& request, Reply reply) {
    answer(*site, request.param("file"), request, std::move(reply));
  });
}

std::string_view content_type_of(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".woff", "font/woff"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
  };
  for (const auto& [ending, type] : known) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    const std::string_view tag = trim(if_none_match.substr(0, comma));
    if (tag == "*" || (!tag.empty() && opaque(tag) == opaque(etag))) return true;
    if_none_match.remove_prefix(comma == std::string_view::npos ? if_none_match.size() : comma + 1);
  }
  return false;
}

}  // namespace mingyue::http
