#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "model/job.hpp"

/// The body of GET /v1/cards: what every card and core does now, in a form for centres of ten thousand cards.
///
/// A slot says in one number what it does: from 0 up, the place in `jobs` of the job that holds it, whose class it is
/// in; below 0, what it is instead: -1 is the first word of `idle_words`, -2 the second, and so on.
namespace mingyue::wire {

/// A job that holds something.
struct CardsJob {
  model::JobId id;
  std::string name;
  std::string user;
  std::string project;
  model::WorkKind kind = model::WorkKind::general;
  std::string use;  ///< the ledger's class of what it holds now: `start` or `productive`; what went into
                    ///< checkpoints or was lost is known only afterwards
};
DESCRIBE(CardsJob, id, name, user, project, kind, use)

/// So many cores of a node that do the same.
struct CoresDo {
  std::int32_t what = -1;  ///< as of a slot
  std::int32_t count = 0;
};
DESCRIBE(CoresDo, what, count)

struct CardsNode {
  std::string name;
  std::string partition;
  std::string switch_name;
  std::string engine;  ///< empty: this machine's own
  std::string state;   ///< as of a node
  std::string card_type;
  std::vector<std::int32_t> cards;  ///< one slot for each card, by index
  std::vector<CoresDo> cores;       ///< sums to the node's cores
};
DESCRIBE(CardsNode, name, partition, switch_name, engine, state, card_type, cards, cores)

struct CardsView {
  Instant at;
  std::uint64_t seq = 0;                ///< of the newest event that it includes
  std::vector<std::string> idle_words;  ///< `idle`, `down`, `drained`, `maintenance`, `others`
  std::vector<CardsJob> jobs;           ///< by id
  std::vector<CardsNode> nodes;         ///< in the order of the centre's file
};
DESCRIBE(CardsView, at, seq, idle_words, jobs, nodes)

}  // namespace mingyue::wire
