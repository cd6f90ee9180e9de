#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/language.hpp"
#include "ledger/rows.hpp"
#include "runtime/centre.hpp"
#include "wire/views.hpp"

/// Jobs as clients see them: live ones from the state and the plan, ended ones from the read tables.
namespace mingyue::api {

using Waits = std::unordered_map<model::JobId, const sched::Wait*>;

/// What the plan says of these jobs: one pass over its waits.
[[nodiscard]] Waits waits_of(const sched::Plan& plan, const std::vector<model::JobId>& jobs);
[[nodiscard]] const sched::Wait* wait_of(const sched::Plan& plan, model::JobId job);

/// Why it waits, in a sentence; empty for a job that does not. `wait` is null where no plan has seen the job yet.
/// Of an attempt that is handed over to its engine's own queue and is nowhere yet; else empty.
[[nodiscard]] std::string handed_over_sentence(const core::State& state, const core::Job& job, Language language);
[[nodiscard]] std::string waiting_sentence(const core::Job& job, const sched::Wait* wait, Language language);

/// When a waiting job will likely start; nothing where that cannot be said, or for a job that does not wait.
[[nodiscard]] std::optional<wire::StartView> start_view(const runtime::View& view, const core::Job& job);
/// The same in a sentence, or why it cannot be said; empty for a job that does not wait.
[[nodiscard]] std::string start_sentence(const runtime::View& view, const core::Job& job, Language language);

/// Whether the job will keep its deadline, as far as the plan and its wall limit tell; empty where it has none.
[[nodiscard]] std::string deadline_sentence(const core::State& state, const core::Job& job, const sched::Wait* wait,
                                            Language language);

/// For jobs that do not wait: that it runs, or how it ended.
[[nodiscard]] std::string state_sentence(model::JobState state, std::string_view reason, Language language);
/// Of one that runs and was asked to make room: for whom. Else empty.
[[nodiscard]] std::string room_sentence(const core::Attempt& attempt, Language language);

[[nodiscard]] wire::JobView live_view(const runtime::View& view, const core::Job& job, const sched::Wait* wait,
                                      Language language);

/// Partitions all of whose nodes are virtual: work that ran there ran on virtual nodes.
[[nodiscard]] std::set<std::string, std::less<>> virtual_partitions(const model::Centre& centre);
[[nodiscard]] wire::JobView past_view(const ledger::JobRow& row,
                                      const std::set<std::string, std::less<>>& virtual_ones);

}  // namespace mingyue::api
