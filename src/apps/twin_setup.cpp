#include "apps/twin_setup.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "apps/serve_setup.hpp"
#include "base/text.hpp"
#include "client/table.hpp"
#include "formats/parse.hpp"
#include "twin/fault_document.hpp"
#include "twin/plain_centre.hpp"
#include "workload/lines.hpp"
#include "workload/read.hpp"

namespace mingyue::apps {
namespace {

using client::Exit;
namespace fs = std::filesystem;
using Refusals = std::vector<Refusal>;

constexpr std::int32_t nodes_a_switch = 32;

/// A rate is told from a file by its looks: a file is not called 3.79.
std::optional<std::int64_t> rate_of(const std::string& text) {
  const workload::Decimal value = workload::read_decimal(text);
  if (value.kind == workload::Decimal::Kind::not_a_number || value.kind == workload::Decimal::Kind::missing)
    return std::nullopt;
  return value.exact && value.kind == workload::Decimal::Kind::number ? value.thousandths : -1;
}

Expected<twin::FaultPlan, Refusals> read_fault_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    return std::unexpected(Refusals{{"bad-file", "", fmt::format("{} cannot be read", shown(path, 200)),
                                     "name a file of faults, or a rate per 1,000 node-days such as 3.79"}});
  auto tree = formats::parse_yaml(text.str());
  if (!tree) return std::unexpected(Refusals{std::move(tree).error()});
  auto plan = twin::read_faults(*tree);
  if (plan && plan->name.empty()) plan->name = fs::path(path).stem().string();
  return plan;
}

/// Says what is wrong by itself: a refusal of a file has its place.
bool read_plan(const client::Session& session, const std::vector<std::string>& sources,
               std::optional<twin::FaultPlan>& plan) {
  std::vector<twin::FaultPlan> plans;
  for (const std::string& source : sources) {
    if (const auto rate = rate_of(source)) {
      if (*rate <= 0 || *rate > 1'000'000) {
        tell_refusal(session, "--faults",
                     {"bad-value", "", fmt::format("\"{}\" is no rate of faults per 1,000 node-days", shown(source)),
                      "above 0 and at most 1000, with at most three decimals; Llama 3 had 3.79"});
        return false;
      }
      plans.push_back(twin::plain_faults(*rate));
      plans.back().name = source + " per 1,000 node-days";
      continue;
    }
    auto read = read_fault_file(source);
    if (!read) {
      (void)client::tell(session, client::Failure{0, std::move(read).error()}, source);
      return false;
    }
    plans.push_back(std::move(*read));
  }
  if (plans.empty()) return true;
  auto merged = twin::merge_faults(plans);
  if (!merged) {
    tell_refusal(session, "--faults", std::move(merged).error());
    return false;
  }
  plan = std::move(*merged);
  return true;
}

Expected<twin::CheckpointPolicy> checkpoint_of(const TwinWorldOptions& options) {
  Duration write = options.checkpoint == "trace" ? Duration{0} : twin::write_default;
  if (options.checkpoint_write == "0" || options.checkpoint_write == "0s") {
    write = Duration{0};
  } else if (!options.checkpoint_write.empty()) {
    auto said = parse_duration(options.checkpoint_write);
    if (!said) {
      said.error().field = "--checkpoint-write";
      return std::unexpected(std::move(said).error());
    }
    write = *said;
  }
  TRY(policy, twin::parse_checkpoint(options.checkpoint, write));
  const bool computed = policy.rule == twin::CheckpointRule::young || policy.rule == twin::CheckpointRule::daly ||
                        policy.rule == twin::CheckpointRule::automatic;
  if (computed && write == Duration{0})
    return refuse("out-of-range", "--checkpoint-write",
                  fmt::format("where writing takes no time, {} has no best interval", options.checkpoint),
                  "1ms or more; the default is 5s");
  return policy;
}

}  // namespace

Exit tell_refusal(const client::Session& session, std::string_view field, Refusal refusal) {
  if (refusal.field.empty()) refusal.field = field;
  (void)client::tell(session, client::Failure{0, {std::move(refusal)}});
  return Exit::usage;
}

std::optional<PreparedRun> prepare_run(const client::Session& session, const TwinWorldOptions& options,
                                       const std::string& centre, const std::string& policy,
                                       const std::string& version) {
  const auto no = [&](std::string_view field, Refusal refusal) {
    tell_refusal(session, field, std::move(refusal));
    return std::nullopt;
  };
  PreparedRun prepared;
  twin::TraceRunOptions& run = prepared.options;
  run.version = version;
  run.trace_name = fs::path(options.trace).filename().string();
  const auto backfill = sched::parse_backfill(policy);
  if (!backfill)
    return no("--policy", {"bad-value", "", fmt::format("there is no policy \"{}\"", shown(policy)),
                           "aged, easy, easy-sjbf, conservative or fcfs"});
  run.policy = *backfill;
  char* end = nullptr;
  run.seed = std::strtoull(options.seed.c_str(), &end, 0);
  if (options.seed.empty() || options.seed.front() == '-' || *end != '\0')
    return no("--seed",
              {"bad-value", "", fmt::format("\"{}\" is not a number", shown(options.seed)), "7, or 0x9f3c21"});
  if (!options.until.empty()) {
    const auto until = parse_duration(options.until);
    if (!until) return no("--until", until.error());
    run.until = *until;
  }
  auto checkpoint = checkpoint_of(options);
  if (!checkpoint) return no("--checkpoint", std::move(checkpoint).error());
  run.checkpoint = *checkpoint;
  if (!read_plan(session, options.faults, run.faults)) return std::nullopt;
  if (!centre.empty()) {
    auto described = describe_centre(centre, "", {});
    if (!described) {
      (void)client::tell(session, client::Failure{0, described.error()}, centre);
      return std::nullopt;
    }
    run.centre = std::move(described->document.centre);
  } else if (options.nodes > 0) {
    run.centre = twin::plain_centre(options.nodes, options.cores, options.cards, nodes_a_switch);
  }
  const std::int32_t machine = centre.empty() ? options.nodes * (options.cards > 0 ? options.cards : options.cores) : 0;
  auto source = workload::read_trace_file(
      options.trace, {.machine = machine,
                      .bad_rows = options.skip ? workload::BadRows::skip : workload::BadRows::refuse,
                      .seed = run.seed});
  if (!source) return no("--trace", std::move(source).error());
  prepared.source = std::move(*source);
  if (options.until.empty()) run.until = prepared.source->facts().window;
  if (run.centre.nodes.empty()) {  // as large as the trace says its machine was
    const workload::TraceFacts& facts = prepared.source->facts();
    const bool cards = facts.unit == workload::Unit::cards;
    const std::int32_t a_node = cards ? 8 : 1;
    if (facts.machine() < a_node)
      return no("--nodes", {"bad-centre", "", "the trace does not say on how large a machine it ran",
                            "name the centre: --centre FILE, or --nodes with --cores and --cards"});
    run.centre = twin::plain_centre(facts.machine() / a_node, cards ? 64 : 1, cards ? 8 : 0, nodes_a_switch);
  }
  return prepared;
}

Expected<void> write_report_file(const std::string& folder, const std::string& name, const std::string& text) {
  std::error_code error;
  fs::create_directories(folder, error);
  const fs::path path = fs::path(folder) / name;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file.good()) return {};
  return refuse("bad-file", "", fmt::format("{} cannot be written", path.string()),
                "name a folder that can be written to");
}

TwinProgress::TwinProgress(const client::Session& session) : shown_(::isatty(STDERR_FILENO) != 0 && !session.json) {}

void TwinProgress::tell(double share, Instant now) {
  if (!shown_) return;
  const auto at = std::chrono::steady_clock::now();
  if (begin_ == Instant{}) begin_ = now;
  if (at - last_ < std::chrono::milliseconds(200)) return;
  last_ = at;
  const double real = std::chrono::duration<double>(at - started_).count();
  const double fast = static_cast<double>((now - begin_).raw()) / 1000.0 / std::max(real, 1e-3);
  fmt::print(stderr, "\r\033[K{} {}  {:.0f}x", client::progress_bar(share, 40), print_instant(now).substr(0, 10), fast);
  drawn_ = true;
}

void TwinProgress::clear() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
  drawn_ = false;
}

}  // namespace mingyue::apps
