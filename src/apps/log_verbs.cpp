#include "apps/log_verbs.hpp"

#include "apps/fault_words.hpp"
#include "client/table.hpp"
#include "host/log_cut.hpp"
#include "host/log_verifier.hpp"
#include "host/sqlite_log_store.hpp"
#include "runtime/kernel.hpp"

namespace mingyue::apps {
namespace {

std::function<void(std::uint64_t, std::uint64_t)> progress_of(const client::Session& session) {
  if (!session.terminal || session.json) return {};
  return [](std::uint64_t done, std::uint64_t of) {
    client::out("\r\033[K" +
                client::progress_bar(of == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(of), 50));
    if (done == of) client::out("\r\033[K");
  };
}

/// What `log verify --json` prints.
struct VerifyView {
  std::uint64_t records = 0;
  std::uint64_t head_seq = 0;
  std::string head_hash;
  bool sound = false;
  std::uint64_t first_bad = 0;
  std::string why;
  std::string state_hash;  ///< of the state that the whole log gives; empty while a centre runs there
};
DESCRIBE(VerifyView, records, head_seq, head_hash, sound, first_bad, why, state_hash)

/// Folds the log from its first record, and holds the newest snapshot, which the running centre took of its own state,
/// against the fold at that point. Only while no centre runs there; beside one the chain alone is checked.
Expected<void, Fault> check_state(const client::Session& session, VerifyView& view) {
  auto store = host::SqliteLogStore::open(session.connection.where().data);
  if (!store) return store.error().code == "in-use" ? Expected<void, Fault>{} : Unexpected<Fault>(store.error());
  TRY(snapshot, (*store)->newest_snapshot());
  runtime::Kernel kernel;
  Expected<void, Fault> outcome;
  const auto read = (*store)->read(1, [&](const ports::Record& record) {
    outcome = kernel.replay(record);
    if (outcome && snapshot && snapshot->seq == record.seq && !kernel.agrees_with(*snapshot)) {
      outcome = fault("other-state", session.text("log.other.state", record.seq));
    }
    return outcome.has_value();
  });
  CHECK_OK(read);
  CHECK_OK(outcome);
  kernel.check();
  view.state_hash = print_hex(core::state_hash(kernel.state()));
  return {};
}

/// What is wrong at the first bad record, in the reader's words. The checks of the log speak English; the catalogue
/// knows their sentences, and one that it does not know stands as it is.
std::string why_bad(const client::Session& session, const host::Verification& checked) {
  const host::Verification::Bad& bad = *checked.first_bad;
  if (!checked.gaps.empty() && checked.gaps.front().first == bad.seq) {
    const auto& gap = checked.gaps.front();
    return gap.first == gap.last ? session.text("log.gap.one", gap.first)
                                 : session.text("log.gap", gap.first, gap.last);
  }
  for (std::size_t n = 0; n < client::catalogue_size(); ++n) {
    const client::CatalogueEntry entry = client::catalogue_entry(n);
    if (entry.key.starts_with("log.why.") && entry.en == bad.why) return session.text(entry.key);
  }
  return bad.why;
}

}  // namespace

int verify_log_verb(client::Session& session) {
  const auto checked = host::verify_log(session.connection.where().data, {.progress = progress_of(session)});
  if (!checked) return tell_fault(session, checked.error());
  VerifyView view{checked->records,  checked->head.seq, print_hex(checked->head.hash), checked->sound(), 0,
                  checked->structure};
  if (checked->first_bad) {
    view.first_bad = checked->first_bad->seq;
    view.why = why_bad(session, *checked);
  } else if (!checked->backwards.empty()) {
    view.first_bad = checked->backwards.front().seq;
    view.why = session.text("log.earlier");
  } else if (!checked->snapshots_bad.empty()) {
    view.first_bad = checked->snapshots_bad.front();
    view.why = session.text("log.snapshot");
  }
  if (view.sound) {
    if (const auto same = check_state(session, view); !same) {
      view.sound = false;
      view.why = fault_words(session, same.error());
    }
  }
  if (session.json) {
    client::print_json(view);
  } else if (view.sound) {
    client::out(session.text("log.ok", view.records, view.head_hash) + "\n");
    if (!view.state_hash.empty()) client::out(session.text("log.state", view.state_hash) + "\n");
  } else if (view.first_bad > 0) {
    client::out(session.text("log.broken", view.first_bad, view.why) + "\n");
  } else {
    client::out(session.text("log.unsound", view.why) + "\n");
  }
  return view.sound ? 0 : static_cast<int>(client::Exit::job_failed);
}

int cut_log_verb(client::Session& session, std::uint64_t at) {
  const auto cut = host::cut_log(session.connection.where().data, at, progress_of(session));
  if (!cut) return tell_fault(session, cut.error());
  client::out(session.text("log.cut", cut->head.seq, cut->given_up, cut->kept_aside) + "\n");
  return 0;
}

}  // namespace mingyue::apps
