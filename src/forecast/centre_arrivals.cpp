#include "forecast/centre_arrivals.hpp"

#include <algorithm>
#include <map>

namespace mingyue::forecast {
namespace {

/// What of a job decides where it stands and where it fits.
model::JobSpec outline_of(const model::JobSpec& spec) {
  model::JobSpec outline;
  outline.user = spec.user;
  outline.project = spec.project;
  outline.partition = spec.partition;
  outline.kind = spec.kind;
  outline.priority_class = spec.priority_class;
  outline.preemptible = spec.preemptible;
  outline.wall = spec.wall;
  for (const model::Part& part : spec.parts)
    outline.parts.push_back(
        {.tasks = part.tasks, .need = part.need, .placement = part.placement, .tasks_least = part.tasks_least});
  return outline;
}

}  // namespace

std::uint64_t CentreArrivals::submitted(const model::JobSpec& spec, Duration run, Instant now) {
  const std::uint64_t number = count_++;
  Came came{now, outline_of(spec), run};
  if (!ring_.empty()) {
    const Came& last = (*this)[number - 1];
    if (*last.spec == *came.spec) came.spec = last.spec;
  }
  if (ring_.size() < most_)
    ring_.push_back(std::move(came));
  else
    ring_[static_cast<std::size_t>(number % most_)] = std::move(came);
  return number;
}

void CentreArrivals::ran(std::uint64_t number, Duration run) {
  if (number >= begin() && number < end()) ring_[static_cast<std::size_t>(number % most_)].run = run;
}

Duration CentreArrivals::known(Instant now) const { return ring_.empty() ? Duration{} : now - (*this)[begin()].at; }

void CentreArrivals::write(codec::Writer& out) const {
  std::map<std::string, std::uint64_t> known;
  std::vector<const std::string*> specs;
  std::vector<std::uint64_t> which;
  const model::JobSpec* last = nullptr;
  for (std::uint64_t i = begin(); i != end(); ++i) {
    const model::JobSpec* spec = &*(*this)[i].spec;
    if (spec != last) {
      const auto [it, is_new] = known.try_emplace(codec::encode(*spec), specs.size());
      if (is_new) specs.push_back(&it->first);
      which.push_back(it->second);
      last = spec;
    } else {
      which.push_back(which.back());
    }
  }
  out.put_unsigned(count_);
  out.put_unsigned(specs.size());
  for (const std::string* spec : specs) out.put_text(*spec);
  out.put_unsigned(ring_.size());
  for (std::uint64_t i = begin(); i != end(); ++i) {
    out.put_unsigned(which[static_cast<std::size_t>(i - begin())]);
    codec::write(out, (*this)[i].at);
    codec::write(out, (*this)[i].run);
  }
}

void CentreArrivals::read(codec::Reader& in) {
  count_ = in.get_unsigned();
  std::vector<Shared<model::JobSpec>> specs(in.get_size());
  for (auto& spec : specs) {
    auto one = codec::decode<model::JobSpec>(in.get_text());
    if (!one) throw codec::Malformed("not a job");
    spec = std::move(*one);
  }
  const std::size_t size = in.get_size();
  if (size != std::min<std::uint64_t>(count_, most_)) throw codec::Malformed("another number of arrivals");
  ring_.assign(size, {});
  for (std::uint64_t i = begin(); i != end(); ++i) {
    Came& came = ring_[static_cast<std::size_t>(i % most_)];
    const std::uint64_t which = in.get_unsigned();
    if (which >= specs.size()) throw codec::Malformed("a job that is not there");
    came.spec = specs[static_cast<std::size_t>(which)];
    codec::read(in, came.at);
    codec::read(in, came.run);
  }
}

}  // namespace mingyue::forecast
