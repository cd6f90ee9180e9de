#include <algorithm>
#include <array>

#include "client/manual.hpp"

/// Options and arguments of all verbs in Chinese.
namespace mingyue::client {
namespace {

struct Words {
  std::string_view key;
  std::string_view zh;
};

constexpr auto catalogue = std::to_array<Words>({
    {"--help", "显示本页"},
    {"--version", "输出版本"},
    {"--data", "中心的数据目录（MINGYUE_DATA；默认 ./centre）"},
    {"--url", "中心的地址（MINGYUE_URL）"},
    {"--token", "令牌（最好放在 MINGYUE_TOKEN 中：命令行参数他人可见）"},
    {"--token-file", "存有令牌的文件"},
    {"--ca", "为中心证书签名者的 PEM（MINGYUE_CA）"},
    {"--json", "供程序使用：输出 JSON 而非表格"},
    {"serve --listen", "主机:端口；端口 0 为任一空闲端口（默认 127.0.0.1:0）"},
    {"serve --centre", "中心的 YAML 文件；默认 DATA/centre.yaml，否则按本机配置"},
    {"serve --tls-certificate", "PEM；监听环回以外的地址时与密钥一同必需"},
    {"serve --tls-key", "PEM 私钥"},
    {"serve --shim", "监护程序；默认为本程序旁的 mingyue-shim"},
    {"serve --threads", "HTTP 服务线程数"},
    {"submit FILE", "YAML 文档或脚本；- 为标准输入"},
    {"submit --wait", "等待至其结束；此后与 wait 相同"},
    {"--array", "索引：0-9、1,3,7、0-100:10；末尾 %4 表示同时至多 4 个"},
    {"--after-ok", "这些作业成功后开始"},
    {"--after", "这些作业开始或结束后开始"},
    {"--after-any", "这些作业结束后开始，无论结果"},
    {"--deadline", "应在此前结束：2026-12-01T08:00:00Z"},
    {"--hold", "暂缓，直至放行"},
    {"--class", "中心的优先级类别"},
    {"--kind", "general、ai、supercomputing：账本如何归类"},
    {"--wall", "单次运行时限：90s、10m、2h、1d；run 默认 1h"},
    {"--tasks", "同时启动的任务数；默认 1"},
    {"--cores", "每个任务的核数；默认 1"},
    {"--memory", "每个任务的内存：512M、2G；默认每核 256M"},
    {"--cards", "每个任务的卡数；默认无"},
    {"--comment", "任意备注"},
    {"--workdir", "中心上已有的目录"},
    {"--project", "由谁付费；默认为您的首个项目"},
    {"--partition", "在何处运行；默认为中心的首个分区"},
    {"--name", "作业名称"},
    {"run --name", "作业名称；默认为命令名"},
    {"run --env", "NAME=value，或 NAME 取本地值；可重复"},
    {"run --pty", "带终端：mingyue run --pty -- bash"},
    {"run COMMAND", "写在 -- 之后"},
    {"jobs --all", "包括已结束的作业"},
    {"jobs --state", "held、queued、starting、running、succeeded、failed、cancelled、timed_out"},
    {"jobs --user", "该用户的"},
    {"jobs --project", "该项目的"},
    {"jobs --partition", "该分区的"},
    {"jobs --name", "该名称的"},
    {"jobs --limit", "至多多少个，最新者在前（默认 100）"},
    {"jobs --watch", "变化时重新显示，直至 Ctrl-C"},
    {"ID", "作业编号"},
    {"wait ID", "作业；数组的首个编号代表其全部元素"},
    {"wait --timeout", "最多等待多久（30s、2h）：退出码 124"},
    {"logs --follow", "持续输出，直至作业结束"},
    {"logs --err", "标准错误而非标准输出"},
    {"logs --task", "任务组中任务的序号（默认 0）"},
    {"logs --attempt", "第几次运行；默认最新一次"},
    {"logs --tail", "仅末尾若干字节"},
    {"node show NAME", "节点"},
    {"node drain NAME", "节点"},
    {"node resume NAME", "节点"},
    {"node drain --reason", "说明原因"},
    {"project set NAME", "项目"},
    {"project grant NAME", "项目"},
    {"project set --parent", "上级项目"},
    {"project set --shares", "在上级项目中的份额，相对于同级项目"},
    {"project set --merit", "学术权重，0 至 1000"},
    {"project set --budget", "yes：额度为零时停止"},
    {"project grant CREDITS", "额度；负数为收回"},
    {"user set NAME", "用户"},
    {"user set --role", "member、lead、operator、partner、auditor"},
    {"user set --project", "可提交到这些项目；首个为默认"},
    {"token issue NAME", "令牌的公开名称"},
    {"token issue --user", "所属用户"},
    {"token issue --role", "默认 member"},
    {"token revoke NAME", "令牌的公开名称"},
    {"incidents --all", "包括已关闭的"},
    {"incident close ID", "事件单编号"},
    {"incident close --how", "如何处理的"},
    {"ledger --from", "2026-12-01T00:00:00Z；默认从头开始"},
    {"ledger --to", "默认至今"},
    {"ledger --last", "7d、12h：代替 --from"},
    {"ledger --partition", "仅该分区"},
    {"ledger --project", "该项目的用量"},
    {"ledger --user", "该用户的用量"},
    {"ledger --kind", "该类作业的用量：general、ai、supercomputing"},
    {"ledger --by", "用量分组：project、user、kind、job"},
    {"events --follow", "持续输出"},
    {"events --from", "首条事件的编号"},
    {"events --job", "仅与该作业有关的"},
    {"events --limit", "默认 100"},
    {"log cut --at", "保留该记录之前的；其余移入日志旁的文件"},
    {"twin seeds --first", "首个种子（默认 1）；十六进制以 0x 开头"},
    {"twin seeds --count", "多少个（默认 100）"},
    {"completion SHELL", "bash、zsh 或 fish"},
    {"recipes --recipes", "算例所在目录"},
    {"recipes show NAME", "算例"},
    {"recipes run NAME", "算例"},
    {"recipes run --quickstart", "入门算例"},
    {"recipes run --reuse", "已有结果且算例未变则不重复运行"},
    {"recipes run --work", "工作目录；默认 DATA/work"},
});

}  // namespace

std::string_view in_chinese(std::string_view key) {
  const auto* const found = std::ranges::find(catalogue, key, &Words::key);
  return found == catalogue.end() ? std::string_view{} : found->zh;
}

}  // namespace mingyue::client
