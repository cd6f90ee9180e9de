#include "sched/sentence.hpp"

#include <fmt/format.h>

#include <string_view>

namespace mingyue::sched {
namespace {

/// The argument, or nothing if an older log has fewer.
std::string_view arg(const std::vector<std::string>& args, std::size_t i) {
  return i < args.size() ? std::string_view(args[i]) : std::string_view();
}

/// Instants are whole seconds to people: `2026-12-01T08:00:00.000Z` without its `.000`.
std::string for_people(std::string_view instant) {
  std::string text(instant);
  if (const auto dot = text.find(".000Z"); dot != std::string::npos) text.erase(dot, 4);
  return text;
}

std::string joined(const std::vector<std::string>& args, std::string_view comma) {
  std::string text;
  for (const std::string& one : args) {
    if (!text.empty()) text += comma;
    text += one;
  }
  return text;
}

std::string_view unit_zh(std::string_view what) {
  if (what == "cards") return "张卡";
  if (what == "cores") return "个核";
  if (what == "memory") return "内存";
  if (what == "nodes") return "个节点";
  return "个任务";
}

/// "8 h100 cards", "12 cores", "4G of memory".
std::string amount_en(std::string_view what, std::string_view n, std::string_view type) {
  if (what == "memory") return fmt::format("{} of memory", n);
  const std::string_view noun = n == "1" ? what.substr(0, what.size() - 1) : what;
  return type.empty() ? fmt::format("{} {}", n, noun) : fmt::format("{} {} {}", n, type, noun);
}

std::string amount_zh(std::string_view what, std::string_view n, std::string_view type) {
  if (what == "cards" && !type.empty()) return fmt::format("{} 张 {} 卡", n, type);
  if (what == "memory") return fmt::format("{} 内存", n);
  return fmt::format("{} {}", n, unit_zh(what));
}

std::string resources_en(const Wait& w) {
  const auto what = arg(w.args, 0), free = arg(w.args, 1), needed = arg(w.args, 2), type = arg(w.args, 3);
  if (what == "nodes") return fmt::format("{} of {} nodes free", free, needed);
  if (what == "tasks") return fmt::format("room for {} of {} tasks", free, needed);
  return fmt::format("needs {}, {} {} free", amount_en(what, needed, type), free,
                     free == "1" || what == "memory" ? "is" : "are");
}

std::string resources_zh(const Wait& w) {
  const auto what = arg(w.args, 0), free = arg(w.args, 1), needed = arg(w.args, 2), type = arg(w.args, 3);
  if (what == "nodes") return fmt::format("需要 {} 个节点，{} 个空闲", needed, free);
  if (what == "tasks") return fmt::format("{} 个任务中现有 {} 个放得下", needed, free);
  return fmt::format("需要 {}，空闲 {}", amount_zh(what, needed, type), free);
}

std::string start_of(const Wait& w) { return w.promised ? for_people(print_instant(*w.promised)) : std::string(); }

std::string promised(const Wait& w, Language language) {
  if (!w.promised) return {};
  const std::string when = start_of(w);
  return language == Language::zh ? fmt::format("；预定 {} 开始", when) : fmt::format("; promised {}", when);
}

std::string sentence_en(const Wait& w) {
  switch (w.code) {
    case WaitCode::held:
      return "held";
    case WaitCode::dependency:
      return fmt::format("waits for {}", arg(w.args, 0));
    case WaitCode::array_bound:
      return fmt::format("as many elements of its array run as may run at once ({})", arg(w.args, 0));
    case WaitCode::retry_delay:
      return fmt::format("tries again at {}", for_people(arg(w.args, 0)));
    case WaitCode::budget:
      return fmt::format("the budget of project {} is spent", arg(w.args, 0));
    case WaitCode::resources:
      return resources_en(w) + promised(w, Language::en);
    case WaitCode::would_delay:
      if (arg(w.args, 1).empty()) return fmt::format("would take nodes that are promised to job {}", arg(w.args, 0));
      return fmt::format("would delay job {} by {}", arg(w.args, 0), arg(w.args, 1));
    case WaitCode::too_large:
      if (!arg(w.args, 4).empty())
        return fmt::format("needs {}, its reservation {} has at most {}",
                           amount_en(arg(w.args, 0), arg(w.args, 2), arg(w.args, 3)), arg(w.args, 4), arg(w.args, 1));
      return fmt::format("needs {}, its partition has at most {}",
                         amount_en(arg(w.args, 0), arg(w.args, 2), arg(w.args, 3)), arg(w.args, 1));
    case WaitCode::wall_exceeds:
      return fmt::format("its wall limit is over the partition's longest, {}", arg(w.args, 0));
    case WaitCode::preempting:
      return fmt::format("{} {} asked to end for it", joined(w.args, ", "), w.args->size() == 1 ? "was" : "were") +
             promised(w, Language::en);
    case WaitCode::spares:
      return (arg(w.args, 0) == "1" ? "1 node is kept as a spare for large gangs"
                                    : fmt::format("{} nodes are kept as spares for large gangs", arg(w.args, 0))) +
             promised(w, Language::en);
    case WaitCode::moving:
      return fmt::format("{} {} asked to go on elsewhere, to make room for it", joined(w.args, ", "),
                         w.args->size() == 1 ? "was" : "were") +
             promised(w, Language::en);
    case WaitCode::reserved:
      if (arg(w.args, 1).empty())
        return fmt::format("nodes for it are in reservation {} until {}", arg(w.args, 0), for_people(arg(w.args, 2))) +
               promised(w, Language::en);
      return fmt::format("would run into reservation {} (from {})", arg(w.args, 0), for_people(arg(w.args, 1))) +
             promised(w, Language::en);
    case WaitCode::reservation:
      return fmt::format("its reservation {} begins at {}", arg(w.args, 0), for_people(arg(w.args, 1))) +
             promised(w, Language::en);
    case WaitCode::reservation_over:
      return fmt::format("its reservation {} is over", arg(w.args, 0));
    case WaitCode::reservation_short:
      return fmt::format("its reservation {} has no room for it any more", arg(w.args, 0));
    case WaitCode::qpu_out:
      return fmt::format("no quantum device that qualifies is in service: {}", arg(w.args, 0));
    case WaitCode::qpu_shared:
      return fmt::format("as many jobs as may share the quantum devices that qualify ({})", arg(w.args, 0));
  }
  return {};
}

std::string sentence_zh(const Wait& w) {
  switch (w.code) {
    case WaitCode::held:
      return "已被挂起";
    case WaitCode::dependency:
      return fmt::format("等待 {}", arg(w.args, 0));
    case WaitCode::array_bound:
      return fmt::format("其数组同时运行的元素已达上限（{}）", arg(w.args, 0));
    case WaitCode::retry_delay:
      return fmt::format("将于 {} 重试", for_people(arg(w.args, 0)));
    case WaitCode::budget:
      return fmt::format("项目 {} 的预算已用完", arg(w.args, 0));
    case WaitCode::resources:
      return resources_zh(w) + promised(w, Language::zh);
    case WaitCode::would_delay:
      if (arg(w.args, 1).empty()) return fmt::format("会占用已预留给作业 {} 的节点", arg(w.args, 0));
      return fmt::format("会使作业 {} 推迟 {}", arg(w.args, 0), arg(w.args, 1));
    case WaitCode::too_large:
      if (!arg(w.args, 4).empty())
        return fmt::format("需要 {}，其预留 {} 最多只有 {}", amount_zh(arg(w.args, 0), arg(w.args, 2), arg(w.args, 3)),
                           arg(w.args, 4), arg(w.args, 1));
      return fmt::format("需要 {}，其分区最多只有 {}", amount_zh(arg(w.args, 0), arg(w.args, 2), arg(w.args, 3)),
                         arg(w.args, 1));
    case WaitCode::wall_exceeds:
      return fmt::format("时限超过分区的最长时限 {}", arg(w.args, 0));
    case WaitCode::preempting:
      return fmt::format("已请 {} 为其让出资源", joined(w.args, "、")) + promised(w, Language::zh);
    case WaitCode::spares:
      return fmt::format("{} 个节点留作大型成组作业的备用节点", arg(w.args, 0)) + promised(w, Language::zh);
    case WaitCode::moving:
      return fmt::format("已请 {} 迁往别处继续，为其让出资源", joined(w.args, "、")) + promised(w, Language::zh);
    case WaitCode::reserved:
      if (arg(w.args, 1).empty())
        return fmt::format("可用的节点在 {} 前属于预留 {}", for_people(arg(w.args, 2)), arg(w.args, 0)) +
               promised(w, Language::zh);
      return fmt::format("会跑进预留 {}（自 {} 起）", arg(w.args, 0), for_people(arg(w.args, 1))) +
             promised(w, Language::zh);
    case WaitCode::reservation:
      return fmt::format("其预留 {} 于 {} 开始", arg(w.args, 0), for_people(arg(w.args, 1))) +
             promised(w, Language::zh);
    case WaitCode::reservation_over:
      return fmt::format("其预留 {} 已结束", arg(w.args, 0));
    case WaitCode::reservation_short:
      return fmt::format("其预留 {} 已容不下它", arg(w.args, 0));
    case WaitCode::qpu_out:
      return fmt::format("符合要求的量子设备均未在服务：{}", arg(w.args, 0));
    case WaitCode::qpu_shared:
      return fmt::format("共用符合要求的量子设备（{}）的作业已达上限", arg(w.args, 0));
  }
  return {};
}

std::string advice_en(const Wait& w) {
  const auto first = arg(w.change_args, 0);
  const std::string_view when = w.code == WaitCode::too_large ? "it could run" : "it would start now";
  switch (w.change) {
    case ChangeCode::none:
      return {};
    case ChangeCode::release_it:
      return "release it";
    case ChangeCode::wait_for:
      return fmt::format("starts by {}, or sooner if running work ends early", start_of(w));
    case ChangeCode::fewer_tasks:
      return fmt::format("with {} {} {}", first, first == "1" ? "task" : "tasks", when);
    case ChangeCode::fewer_cores:
      return fmt::format("with {} {} per task {}", first, first == "1" ? "core" : "cores", when);
    case ChangeCode::shorter_wall:
      if (w.code == WaitCode::wall_exceeds) return fmt::format("ask for at most {}", first);
      return fmt::format("with a wall limit of {} {}", first, when);
    case ChangeCode::more_budget:
      return fmt::format("grant project {} more budget", first);
    case ChangeCode::resume_nodes:
      return fmt::format("if {} came back, {}", joined(w.change_args, ", "), when);
    case ChangeCode::other_partition:
      return fmt::format("in partition {} it would start now", first);
    case ChangeCode::be_preemptible:
      return fmt::format("as a preemptible job {}", when);
    case ChangeCode::cancel_dependency:
      return "drop the dependency";
  }
  return {};
}

std::string advice_zh(const Wait& w) {
  const auto first = arg(w.change_args, 0);
  const std::string_view when = w.code == WaitCode::too_large ? "即可运行" : "即可立刻开始";
  switch (w.change) {
    case ChangeCode::none:
      return {};
    case ChangeCode::release_it:
      return "解除挂起";
    case ChangeCode::wait_for:
      return fmt::format("最迟 {} 开始，若有作业提前结束则更早", start_of(w));
    case ChangeCode::fewer_tasks:
      return fmt::format("若改为 {} 个任务，{}", first, when);
    case ChangeCode::fewer_cores:
      return fmt::format("若每个任务改用 {} 个核，{}", first, when);
    case ChangeCode::shorter_wall:
      if (w.code == WaitCode::wall_exceeds) return fmt::format("时限请不超过 {}", first);
      return fmt::format("若时限改为 {}，{}", first, when);
    case ChangeCode::more_budget:
      return fmt::format("为项目 {} 追加预算", first);
    case ChangeCode::resume_nodes:
      return fmt::format("若 {} 恢复服务，{}", joined(w.change_args, "、"), when);
    case ChangeCode::other_partition:
      return fmt::format("在分区 {} 可立刻开始", first);
    case ChangeCode::be_preemptible:
      return fmt::format("若允许被抢占，{}", when);
    case ChangeCode::cancel_dependency:
      return "取消依赖";
  }
  return {};
}

}  // namespace

std::string sentence(const Wait& wait, Language language) {
  return language == Language::zh ? sentence_zh(wait) : sentence_en(wait);
}

std::string advice(const Wait& wait, Language language) {
  return language == Language::zh ? advice_zh(wait) : advice_en(wait);
}

}  // namespace mingyue::sched
