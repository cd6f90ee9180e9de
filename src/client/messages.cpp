#include "client/messages.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace mingyue::client {
namespace {

constexpr auto catalogue = std::to_array<CatalogueEntry>({
    // Verbs, one line each, as --help lists them.
    {"about", "The operating system of a compute centre: one queue for every kind of work.", "算力中心操作系统：各类作业，一个队列。"},
    {"verb.serve", "run a centre, with its data in a directory", "运行一个中心，数据存于目录中"},
    {"verb.submit", "submit a job: a YAML document, or a script with #SBATCH lines", "提交作业：YAML 文档，或带 #SBATCH 行的脚本"},
    {"verb.run", "run a command as a job and wait for it", "把命令作为作业运行并等待"},
    {"verb.jobs", "list jobs", "列出作业"},
    {"verb.job", "show one job and its attempts", "显示一个作业及其各次运行"},
    {"verb.wait", "wait until jobs have ended", "等待作业结束"},
    {"verb.logs", "show a job's output", "显示作业输出"},
    {"verb.cancel", "end jobs", "取消作业"},
    {"verb.hold", "keep waiting jobs from starting", "暂缓排队作业"},
    {"verb.release", "let held jobs start", "放行暂缓的作业"},
    {"verb.why", "why a job waits, term by term", "作业为何等待，逐项说明"},
    {"verb.nodes", "list nodes", "列出节点"},
    {"verb.node", "show, drain or resume a node", "查看、排空或恢复节点"},
    {"verb.projects", "list projects and their credits", "列出项目及其额度"},
    {"verb.project", "set a project, or grant it credits", "设置项目，或授予额度"},
    {"verb.users", "list users", "列出用户"},
    {"verb.user", "set a user", "设置用户"},
    {"verb.tokens", "list tokens", "列出令牌"},
    {"verb.token", "issue or revoke a token", "签发或吊销令牌"},
    {"verb.incidents", "list incidents", "列出事件单"},
    {"verb.incident", "close an incident", "关闭事件单"},
    {"verb.ledger", "resource-time by class: capacity = the sum of the classes", "按类别的资源时间：容量 = 各类之和"},
    {"verb.events", "the log, event by event", "日志，逐条事件"},
    {"verb.log", "verify the log's hash chain, offline or beside a centre", "校验日志哈希链，离线或与中心并行"},
    {"verb.recipes", "real work ready to submit, with reference results", "可直接提交的真实算例及参考结果"},
    {"verb.status", "the centre in a few lines", "中心概况"},
    {"verb.twin", "simulate whole centres under seeded faults", "在种子化故障下模拟整个中心"},
    {"verb.completion", "print completion for bash, zsh or fish", "输出 bash、zsh 或 fish 的补全脚本"},
    {"verb.version", "print the version", "输出版本"},
    // What commands say.
    {"submitted", "job {} is submitted", "作业 {} 已提交"},
    {"submitted.array", "job {} is submitted: an array of {} jobs", "作业 {} 已提交：{} 个作业的数组"},
    {"submitted.repeated", "job {} had been submitted with this key before", "作业 {} 此前已用该键提交"},
    {"cancelled", "job {}: asked to end", "作业 {}：已请求结束"},
    {"held", "job {} is held", "作业 {} 已暂缓"},
    {"released", "job {} is released", "作业 {} 已放行"},
    {"node.drained", "node {} is drained: what runs there goes on, nothing new starts", "节点 {} 已排空：在运行的继续，不再启动新作业"},
    {"node.resumed", "node {} takes work again", "节点 {} 重新接受作业"},
    {"no.jobs", "no jobs", "没有作业"},
    {"hint", "hint", "提示"},
    {"waiting", "waiting for {} jobs", "等待 {} 个作业"},
    {"ended", "job {} ({}): {}", "作业 {}（{}）：{}"},
    {"timeout", "the time is over; {} jobs have not ended", "时间已到；{} 个作业尚未结束"},
    {"virtual", "virtual", "虚拟"},
    {"token.secret", "token {} for user {}; the secret is shown once:", "用户 {1} 的令牌 {0}；密钥只显示一次："},
    {"set", "{} is set", "{} 已设置"},
    {"granted", "project {}: {} credits granted", "项目 {}：已授予 {} 额度"},
    {"revoked", "token {} is revoked", "令牌 {} 已吊销"},
    {"closed", "incident {} is closed", "事件单 {} 已关闭"},
    {"log.ok", "the chain holds: {} records, head {}", "哈希链完整：{} 条记录，头 {}"},
    {"log.state", "replayed from its first record it gives the state {}, that of the centre when it stopped", "从首条记录重放得到状态 {}，与中心停止时一致"},
    {"log.broken", "the chain is broken at record {}: {}", "哈希链在第 {} 条记录处断裂：{}"},
    {"enforced", "enforced", "强制"},
    {"not.enforced", "not enforced", "不强制"},
});

}  // namespace

Language language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string_view(value).starts_with("zh") ? Language::zh : Language::en;
  }
  return Language::en;
}

std::string_view message(Language language, std::string_view key) {
  const auto it = std::ranges::find(catalogue, key, &CatalogueEntry::key);
  if (it == catalogue.end()) return key;
  return language == Language::zh ? it->zh : it->en;
}

std::size_t catalogue_size() { return catalogue.size(); }
CatalogueEntry catalogue_entry(std::size_t n) { return catalogue[n]; }

}  // namespace mingyue::client
