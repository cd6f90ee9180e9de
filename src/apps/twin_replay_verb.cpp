#include "apps/twin_replay_verb.hpp"

#include <filesystem>

#include "apps/fault_words.hpp"
#include "client/table.hpp"
#include "host/sqlite_log_store.hpp"
#include "twin/replay.hpp"

namespace mingyue::apps {
namespace {

/// What `twin replay --json` prints.
struct ReplayView {
  std::uint64_t records = 0;
  std::uint64_t decisions = 0;
  std::uint64_t plans = 0;
  std::uint64_t starts = 0;
  std::uint64_t as_recorded = 0;
  bool same = true;
  std::uint64_t first_different = 0;  ///< 0: none
  std::string recorded;
  std::string decided;
};
DESCRIBE(ReplayView, records, decisions, plans, starts, as_recorded, same, first_different, recorded, decided)

}  // namespace

int twin_replay_verb(client::Session& session, const std::string& folder) {
  const std::filesystem::path data = folder.empty() ? session.connection.where().data : folder;
  if (std::error_code unread; !std::filesystem::exists(data / "centre.db", unread)) {
    return tell_fault(session, {"cannot-open", (data / "centre.db").string() +
                                                   ": No such file or directory; name the data directory of a centre"});
  }
  const auto store = host::SqliteLogStore::open(data);
  if (!store) return tell_fault(session, store.error());
  const std::uint64_t records = (*store)->head().seq;
  const bool bar = session.terminal && !session.json;
  const auto replayed = twin::replay(**store, [&](std::uint64_t done) {
    if (bar && records > 0) {
      client::out("\r\033[K" + client::progress_bar(static_cast<double>(done) / static_cast<double>(records), 50));
    }
  });
  if (bar) client::out("\r\033[K");
  if (!replayed) return tell_fault(session, replayed.error());
  ReplayView view{replayed->records,
                  replayed->decisions,
                  replayed->plans,
                  replayed->starts,
                  replayed->as_recorded,
                  true,
                  0,
                  "",
                  ""};
  if (replayed->divergence) {
    view.same = false;
    view.first_different = replayed->divergence->seq;
    view.recorded = replayed->divergence->recorded;
    view.decided = replayed->divergence->decided;
  }
  if (session.json) {
    client::print_json(view);
  } else {
    client::out(session.text("replay.counts", view.records, view.decisions, view.plans, view.starts) + "\n");
    if (view.as_recorded > 0) client::out(session.text("replay.trust", view.as_recorded) + "\n");
    client::out((view.same ? session.text("replay.same")
                           : session.text("replay.other", view.first_different, view.recorded, view.decided)) +
                "\n");
  }
  return view.same ? 0 : static_cast<int>(client::Exit::job_failed);
}

}  // namespace mingyue::apps
