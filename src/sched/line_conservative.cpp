#include <algorithm>
#include <functional>
#include <map>

#include "sched/line_planner_inside.hpp"

/// Conservative: everyone has a promise, and keeps it from step to step.
///
/// The rule (compression, of Mu'alem and Feitelson): in each step, in the order of the line, each job moves to the
/// earliest start that there is while everyone else keeps their promises; what is promised for now starts. Whoever
/// comes last in line is promised last. If the order of the line changes, those who stand behind the first change lose
/// their promises and are promised anew in order; if room is lost that was promised (nodes down, work that outlives its
/// limit), everyone is.
///
/// Most jobs cannot move, and finding that out one by one would cost as much as planning anew. So it begins with what
/// has come free. A hole is offered to each shape, and the line of the shape knows the first who would start earlier in
/// it. Who moves leaves a hole where they stood, which is offered to those behind; those before are offered it in the
/// next step.
///
/// For whole nodes this is exact: the same starts as if everyone were looked at. Parts of nodes are looked at where a
/// hole in a bin has come free or grown, where a whole node has, and where their own bin has room before them; of those
/// that are alone in a bin and could move with it, the first eight. Of jobs of several demands, and of those with a
/// part beside whole nodes that could share one now, the first eight in line are looked at in a step in which anything
/// has come free.
///
/// One early end can let thousands move, each by a little. A step answers some hundred offers in the order of the line,
/// and beyond those only what may start now; the rest stands over for the next step. So a step takes milliseconds,
/// nothing that could start is left waiting, and promises get as early as they can be while nothing much happens.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
constexpr std::size_t offers_most = 1 << 16;  // some megabytes; more only stand over if hardly anything can move

/// How many offers one step answers. With 100,000 in line an answer costs some 10 us, with 1,000 a tenth of that.
std::size_t answers_most(std::size_t waiting) {
  return std::clamp<std::size_t>(5'000'000 / std::max<std::size_t>(1, waiting), 256, 4096);
}
}  // namespace

void LinePlanner::Inside::conservative(std::vector<LineStart>& starts) {
  bool late = false;  // a start was promised for an instant at which nobody asked what starts
  for (const Shape& shape : shapes) shape.promised.each_due(now - milliseconds(1), [&](auto...) { late = true; });
  if (nodes.broken() || late || unpacked || promised_to == the_first) {
    nodes.take_back_all();
    offers.clear();
    later_offers.clear();
    all.each([&](const WaitingLine::Entry& entry) {
      Job& job = jobs[at(entry.slot)];
      job.promise = LineNodes::none;
      job.promised = never;
      job.listed = false;
    });
    for (Shape& shape : shapes) shape.promised.clear();
    unpromised = false;
    unpacked = false;
    promised_to = the_first;
  } else {
    // The room of those behind is theirs to share out anew.
    LineNodes::Gains gains;
    std::swap(gains, nodes.gains());
    all.each(
        [&](const WaitingLine::Entry& entry) {
          Job& job = jobs[at(entry.slot)];
          if (job.promise == LineNodes::none) return;
          take_back(entry.slot);
          note_promise(entry.slot);
        },
        promised_to);
    std::swap(gains, nodes.gains());
    start_due(starts);
    compress(starts);
  }
  promise_in_order(promised_to, starts);
  promised_to = after_all;
  nodes.gains().clear();
}

void LinePlanner::Inside::start_due(std::vector<LineStart>& starts) {
  std::vector<std::pair<Place, std::int32_t>> due;
  for (const Shape& shape : shapes) {
    shape.promised.each_due(now, [&](Place place, std::int32_t slot) { due.emplace_back(place, slot); });
  }
  std::ranges::sort(due);
  for (const auto& [place, slot] : due) start_promised(slot, starts);
}

/// The line of its shape knows the job's promise.
void LinePlanner::Inside::note_promise(std::int32_t slot) {
  Job& job = jobs[at(slot)];
  PromisedLine& line = shapes[at(job.shape)].promised;
  job.promised = nodes.start_of(job.promise);
  if (tells_moves) moves.push_back(job.number);
  if (job.listed && job.promise == LineNodes::none)
    line.remove(place(job));
  else if (job.listed)
    line.move(place(job), job.promised);
  else if (job.promise != LineNodes::none)
    line.add({place(job), job.wall, job.promised, slot});
  job.listed = job.promise != LineNodes::none;
}

/// Promises a start to all from there on; they have none.
void LinePlanner::Inside::promise_in_order(Place from, std::vector<LineStart>& starts) {
  std::vector<WaitingLine::Entry> line;
  all.each([&](const WaitingLine::Entry& entry) { line.push_back(entry); }, from);
  // One shape with a longer limit starts no earlier in a pass: promises only take room away.
  std::vector<std::map<Duration, Instant>> known(line.size() > 1 ? shapes.size() : 0);
  for (const auto& entry : line) {
    const Job& job = jobs[at(entry.slot)];
    const bool helps = line.size() > 1 && shapes[at(job.shape)].alternatives.empty() && job.not_before <= now;
    Instant earliest = now;
    if (helps) {
      const auto& shape = known[at(job.shape)];
      if (const auto it = shape.upper_bound(job.wall); it != shape.begin()) earliest = std::prev(it)->second;
    }
    Instant promised = promise(entry.slot, earliest);
    if (promised > now && job.not_before <= now && shapes[at(job.shape)].mixed() && promise_now(entry.slot))
      promised = now;
    if (promised == now) {
      start_promised(entry.slot, starts);
      continue;
    }
    note_promise(entry.slot);
    if (promised == never) {
      unpromised = true;
      for (const Request& request : shapes[at(job.shape)].alternatives) unpacked |= nodes.fits_now(request);
    }
    if (!helps) continue;
    auto& shape = known[at(job.shape)];
    const auto [it, fresh] = shape.insert_or_assign(job.wall, promised);
    while (std::next(it) != shape.end() && std::next(it)->second <= promised) shape.erase(std::next(it));
  }
}

/// Everyone whom something free lets start earlier does, in order.
void LinePlanner::Inside::compress(std::vector<LineStart>& starts) {
  hurried = false;
  asked = 0;
  if (!offers.empty() || !nodes.gains().empty()) offer_again();
  offer_gains(the_first);
  const std::size_t most = answers_most(all.size());
  for (std::size_t answers = 0; !offers.empty() && answers < most && asked < 4 * most;) answers += answer(starts);
  const auto may_start = [&](const Offer& offer) { return offer.from <= now; };
  const auto urgent = std::ranges::partition(offers, std::not_fn(may_start));
  hurried = true;
  later_offers.insert(later_offers.end(), offers.begin(), urgent.begin());
  offers.erase(offers.begin(), urgent.begin());
  std::ranges::make_heap(offers, LastFirst{});
  while (!offers.empty()) (void)answer(starts);
  std::swap(offers, later_offers);
  condense(offers);
  if (offers.size() > offers_most) {
    std::ranges::nth_element(offers, offers.begin() + offers_most, {}, &Offer::place);
    offers.resize(offers_most);
  }
  std::ranges::make_heap(offers, LastFirst{});
}

}  // namespace mingyue::sched
