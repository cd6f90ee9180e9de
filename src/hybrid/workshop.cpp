#include "hybrid/workshop.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/hash.hpp"
#include "quantum/qasm.hpp"

namespace mingyue::hybrid {
namespace {

/// More than this are forgotten at once: they are worked out again when they are asked for.
constexpr std::size_t remembered_max = 4'096;

std::string key_of(const std::string& text) { return print_hex(hash_of(text)); }

std::string key_of(const std::string& text_key, const DeviceModel& model) {
  return text_key + ' ' + model.name + ' ' + model.calibration.id;
}

CircuitFacts facts_of(const quantum::Circuit& circuit) {
  CircuitFacts facts{.qubits = circuit.qubits,
                     .parameters = static_cast<std::int32_t>(circuit.parameters.size()),
                     .gates = quantum::size_of(circuit).gates};
  for (const quantum::Register& bits : circuit.bit_registers)
    if (!bits.local) facts.bits += bits.size;
  return facts;
}

/// On an ideal simulator a shot costs next to nothing; what takes time is the state, once.
Appraisal ideally(const CircuitFacts& facts) {
  const int qubits = std::min(facts.qubits, 40);
  const auto amplitudes = static_cast<double>(std::int64_t{1} << qubits);
  const double ns = amplitudes * static_cast<double>(facts.gates + 1) * 0.5;
  return {.success = 1, .shot_ns = 200, .once_ms = static_cast<std::int64_t>(ns / 1e6)};
}

Expected<Appraisal> appraise_on(const quantum::Circuit& circuit, const CircuitFacts& facts, const DeviceModel& model) {
  if (model.ideal) return ideally(facts);
  TRY(made, qpu::transpile(circuit, model.device, model.calibration));
  return Appraisal{.success = made.success,
                   .shot_ns = made.shot_ns + model.device.times.between_shots_ns,
                   .once_ms = model.device.times.circuit_ms};
}

}  // namespace

Workshop::Workshop() : thread_([this] { run(); }) {}

Workshop::~Workshop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  news_.notify_all();
  thread_.join();
}

std::optional<std::vector<Appraised>> Workshop::remembered(const std::vector<std::string>& texts,
                                                           const std::vector<Model>& models) const {
  const std::lock_guard lock(mutex_);
  std::vector<Appraised> all;
  for (const std::string& text : texts) {
    const Key key = key_of(text);
    const auto facts = facts_.find(key);
    if (facts == facts_.end()) return std::nullopt;
    Appraised one{.facts = facts->second, .on = {}};
    for (const Model& model : models) {
      const auto appraisal = appraisals_.find(key_of(key, *model));
      if (appraisal == appraisals_.end()) return std::nullopt;
      one.on.push_back(appraisal->second);
    }
    all.push_back(std::move(one));
  }
  return all;
}

void Workshop::appraise(std::vector<std::string> texts, std::vector<Model> models, Done done) {
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back({std::move(texts), std::move(models), std::move(done)});
  }
  news_.notify_one();
}

void Workshop::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [this] { return stopping_ || !asked_.empty(); });
    if (stopping_) return;
    Work work = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    work.done(work_out(work));
    lock.lock();
  }
}

Expected<std::vector<Appraised>> Workshop::work_out(const Work& work) {
  std::vector<Appraised> all;
  for (std::size_t i = 0; i < work.texts.size(); ++i) {
    if (auto known = remembered({work.texts[i]}, work.models)) {
      all.push_back(std::move(known->front()));
      continue;
    }
    auto circuit = quantum::read_qasm(work.texts[i]);
    if (!circuit) {
      Refusal refusal = std::move(circuit).error();
      refusal.field = fmt::format("circuits[{}]:{}", i, refusal.field);
      return Unexpected<Refusal>(std::move(refusal));
    }
    Appraised one{.facts = facts_of(*circuit), .on = {}};
    for (const Model& model : work.models) one.on.push_back(appraise_on(*circuit, one.facts, *model));
    const std::lock_guard lock(mutex_);
    if (facts_.size() >= remembered_max) facts_.clear();
    if (appraisals_.size() >= remembered_max) appraisals_.clear();
    const Key key = key_of(work.texts[i]);
    facts_.insert_or_assign(key, one.facts);
    for (std::size_t m = 0; m < work.models.size(); ++m)
      appraisals_.insert_or_assign(key_of(key, *work.models[m]), one.on[m]);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace mingyue::hybrid
