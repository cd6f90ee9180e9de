#include "forecast/centre_forecaster.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace mingyue::forecast {
namespace {

/// Of what save() writes; another version is learnt anew from the log.
constexpr std::uint64_t save_version = 1;

}  // namespace

const StartForecast* CentreStarts::of(model::JobId job) const {
  const auto found = std::ranges::lower_bound(starts, job.raw(), {}, &StartForecast::job);
  return found == starts.end() || found->job != job.raw() ? nullptr : &*found;
}

NoForecast CentreStarts::why_not(model::JobId job) const {
  if (of(job) != nullptr) return NoForecast::none;
  if (std::ranges::binary_search(not_in_line, job.raw())) return NoForecast::not_in_line;
  if (!std::ranges::binary_search(in_line, job.raw())) return NoForecast::not_yet;
  return enough ? NoForecast::beyond_horizon : NoForecast::too_little;
}

ForecastOptions CentreForecaster::options_of_a_centre() { return {.plans_exact = 200, .arrivals_most = 0}; }

CentreForecaster::CentreForecaster(const ForecastOptions& options) : options_(options), forecaster_(options) {}

void CentreForecaster::wait(model::JobId id, Known& job, Instant now) {
  forecaster_.submitted({id.raw(), job.facts, {}, 0}, now);
  job.where = Known::Where::waiting;
}

void CentreForecaster::submitted(const Note& note) {
  const model::JobSpec& spec = *note.spec;
  const RunFacts facts = facts_of(spec);
  const Duration likely = std::max(run_times().predict(facts).quantile(500), milliseconds(1));
  const std::uint64_t count = std::max<std::uint64_t>(1, spec.indices.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    const model::JobId id{note.job.raw() + i};
    Known& job = known_[id];
    job = {.facts = facts, .arrival = arrivals_.submitted(spec, likely, note.at)};
    if (!spec.hold) wait(id, job, note.at);
  }
}

void CentreForecaster::ended(const Note& note, Known& job) {
  const sched::JobNumber number = note.job.raw();
  const bool through = note.succeeded || !(job.cut || note.was_cut);
  if (through) {
    ++ended_;
    const Duration ran = note.at - forecaster_.memory().running.at(number).started_at;
    arrivals_.ran(job.arrival, std::max(ran, milliseconds(1)));
  }
  forecaster_.ended(number, note.at, through ? Ran::through : Ran::cut);
  job.where = Known::Where::away;
  job.cut = false;
}

void CentreForecaster::fold(const Note& note) {
  if (note.kind == Note::Kind::submitted) return submitted(note);
  const auto it = known_.find(note.job);
  if (it == known_.end()) return;  // older than what is remembered
  Known& job = it->second;
  using Where = Known::Where;
  switch (note.kind) {
    case Note::Kind::submitted:
      break;
    case Note::Kind::held:
      if (job.where == Where::waiting) forecaster_.left(note.job.raw(), note.at);
      job.where = job.where == Where::waiting ? Where::away : job.where;
      break;
    case Note::Kind::released:
    case Note::Kind::requeued:
      if (job.where == Where::away) wait(note.job, job, note.at);
      break;
    case Note::Kind::started:
      if (job.where == Where::away) wait(note.job, job, note.at);
      if (job.where == Where::waiting) forecaster_.started(note.job.raw(), note.at);
      job.where = Where::running;
      job.ran = true;
      break;
    case Note::Kind::cut:
      job.cut = true;
      break;
    case Note::Kind::ended:
      if (job.where == Where::running) ended(note, job);
      break;
    case Note::Kind::gone:
      if (job.where == Where::waiting) forecaster_.left(note.job.raw(), note.at);
      if (job.where == Where::running) forecaster_.ended(note.job.raw(), note.at, Ran::cut);
      if (!job.ran) arrivals_.ran(job.arrival, Duration{});
      known_.erase(it);
      break;
  }
}

CentreStarts CentreForecaster::look(Moment moment, const std::function<bool()>& go_on) const {
  CentreStarts seen{.made_at = moment.input.snapshot.now, .enough = ended_ >= ends_least};
  std::vector<sched::JobNumber> waiting;
  for (const sched::WaitingView& job : moment.input.snapshot.waiting) waiting.push_back(job.id.raw());
  const auto& memory = forecaster_.memory();
  // Of what it was not told of, a forecaster cannot speak.
  const CentreLine centre(std::move(moment), arrivals_,
                          [&](model::JobId job) { return memory.waiting.contains(job.raw()); });
  for (std::size_t p = 0; p < centre.partitions(); ++p) {
    InLine line = centre.line(p);
    std::erase_if(line.running, [&](const SupposedEnd& one) { return !memory.running.contains(one.job); });
    seen.in_line.insert(seen.in_line.end(), line.waiting.begin(), line.waiting.end());
    if (!seen.enough || line.waiting.empty()) continue;
    const auto starts = forecaster_.forecast_all(line, centre.arrivals(p), centre.now(), go_on);
    if (go_on && !go_on()) return {};
    seen.starts.insert(seen.starts.end(), starts.begin(), starts.end());
  }
  std::ranges::sort(seen.in_line);
  std::ranges::sort(seen.starts, {}, &StartForecast::job);
  std::ranges::set_difference(waiting, seen.in_line, std::back_inserter(seen.not_in_line));
  return seen;
}

void CentreForecaster::stated(const CentreStarts& starts) {
  for (const StartForecast& one : starts.starts)
    if (forecaster_.worth_stating(one)) forecaster_.stated(one);
}

std::optional<RunTime> CentreForecaster::run_time(const RunFacts& facts) const {
  if (ended_ < ends_least) return std::nullopt;
  return run_times().predict(facts);
}

std::string CentreForecaster::save() const {
  codec::Writer out;
  out.put_unsigned(save_version);
  codec::write(out, forecaster_.memory());
  codec::write(out, known_);
  out.put_unsigned(ended_);
  arrivals_.write(out);
  return out.take();
}

std::optional<CentreForecaster> CentreForecaster::load(std::string_view bytes) {
  try {
    codec::Reader in(bytes);
    if (in.get_unsigned() != save_version) return std::nullopt;
    ForecasterMemory memory;
    codec::read(in, memory);
    CentreForecaster loaded;
    loaded.forecaster_ = Forecaster(loaded.options_, std::move(memory));
    codec::read(in, loaded.known_);
    loaded.ended_ = in.get_unsigned();
    loaded.arrivals_.read(in);
    if (!in.at_end()) return std::nullopt;
    return loaded;
  } catch (const codec::Malformed&) {
    return std::nullopt;
  }
}

}  // namespace mingyue::forecast
