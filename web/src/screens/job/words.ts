import { defineWords } from "../../i18n/words";

export const useJobWords = defineWords("job", {
  en: {
    job: "Job {{id}}", of: "element {{index}} of array", array: "Array", virtual: "virtual nodes",
    action: {
      cancel: "Cancel", hold: "Hold", release: "Release", again: "Submit again", confirm: "Cancel job {{id}}?",
      confirmArray: "This is the first job of an array: all its elements are cancelled.", confirmOne: "It ends, and what it did since its last checkpoint is lost.",
      keep: "Keep it", doCancel: "Cancel the job", cancelled: "The centre has taken it: job {{id}} is cancelled.", held: "Job {{id}} is held.",
      released: "Job {{id}} waits again.", submitted: "Submitted as job {{id}}.", notYours: "Your role may not change jobs.",
    },
    progress: "Progress", noProgress: "It has not said how far it is.", checkpoint: "Newest checkpoint",
    why: {
      waits: "Why it waits", state: "How it stands", place: "Place in the queue", likely: "Likely start", between: "{{percent}} % between {{from}} and {{to}}",
      promised: "At the latest", promisedMeans: "if all that runs uses its whole limit", sooner: "It would start sooner with",
      now: "at once", deadline: "Deadline", terms: "Priority, term by term",
      term: { class_term: "priority class", fair_share_term: "fair-share", age_term: "age", size_term: "size", merit_term: "merit", deadline_term: "deadline" },
      loop: "Quantum devices", batches: "batches", heldFor: "held for", waiting: "waiting batches",
    },
    facts: "Facts", user: "User", project: "Project", partition: "Partition", kind: "Kind", priorityClass: "Priority class",
    tasks: "Tasks", tasksRange: "{{least}} to {{most}}", cores: "Cores", cards: "Cards", nodes: "Nodes", wall: "Limit", ran: "Ran in all", submitted: "Submitted",
    started: "Started", ended: "Ended", exit: "Exit code", workdir: "Folder", comment: "Comment", charged: "Charged", chargedUnit: "{{n}} credits", lost: "Lost time",
    peak: "Most memory", cpu: "CPU time",
    attempts: "Attempts", noAttempts: "It has not started yet.", attempt: "Attempt", outcome: "Outcome", where: "Where", steps: "Step",
    timeline: "Attempts over time", starting: "starting", runs: "running", lostPart: "lost", backfill: "backfilled", signal: "signal {{n}}",
    outcomes: {
      starting: "starting", running: "running", succeeded: "succeeded", exited: "failed", signalled: "killed by a signal", memory: "out of memory", wall: "over its limit",
      ended: "ended", launch_failed: "could not start", lost: "lost", node_lost: "node lost", cancelled: "cancelled", preempted: "made room", hung: "hung", move: "moved",
    },
    result: {
      title: "What it measured", order: "Order", often: "most often first", outcome: "outcome", count: "Count", share: "Share", more: "{{n}} more outcomes, {{shots}} shots together",
      save: "Save as CSV", none: "It measured nothing.", device: "Device", shots: "Shots", success: "Expected success of a shot", held: "Device held for", waited: "Waited for it",
      calibration: "Calibration", seed: "Seed", layout: "Qubits of the device", message: "The device says",
    },
    output: "Output", stream: "Stream", out: "output", err: "errors", task: "Task", search: "Search in the output", next: "Next match", previous: "Previous match", noMatch: "no match",
    follow: "Follow", following: "following", complete: "complete", download: "Save", newestAttempt: "newest attempt", attemptN: "attempt {{n}}",
    dropped: "{{size}} before this are no longer kept.", broken: "The line broke; trying again…", noOutput: "It wrote nothing.",
  },
  zh: {
    job: "作业 {{id}}", of: "作业数组的第 {{index}} 个", array: "作业数组", virtual: "虚拟节点",
    action: {
      cancel: "取消", hold: "挂起", release: "放行", again: "再次提交", confirm: "取消作业 {{id}}？",
      confirmArray: "这是作业数组的第一个作业：数组中的全部作业都会被取消。", confirmOne: "作业将结束，自上一个检查点以来的工作会丢失。",
      keep: "保留", doCancel: "取消作业", cancelled: "中心已受理：作业 {{id}} 已取消。", held: "作业 {{id}} 已挂起。",
      released: "作业 {{id}} 重新排队。", submitted: "已提交为作业 {{id}}。", notYours: "您的角色不能更改作业。",
    },
    progress: "进度", noProgress: "作业尚未报告进度。", checkpoint: "最新检查点",
    why: {
      waits: "为何等待", state: "当前情况", place: "队列位置", likely: "预计启动", between: "{{percent}} % 的可能在 {{from}} 与 {{to}} 之间",
      promised: "最迟", promisedMeans: "所有运行中的作业都用满时限", sooner: "这样可以更早启动",
      now: "立即", deadline: "截止时间", terms: "优先级各项",
      term: { class_term: "优先级类", fair_share_term: "公平份额", age_term: "等待时间", size_term: "规模", merit_term: "评价", deadline_term: "截止时间" },
      loop: "量子设备", batches: "批数", heldFor: "占用时间", waiting: "等待的批",
    },
    facts: "概况", user: "用户", project: "项目", partition: "分区", kind: "类型", priorityClass: "优先级类",
    tasks: "任务数", tasksRange: "{{least}} 至 {{most}}", cores: "核", cards: "加速卡", nodes: "节点", wall: "时限", ran: "累计运行", submitted: "提交",
    started: "启动", ended: "结束", exit: "退出码", workdir: "目录", comment: "备注", charged: "已扣额度", chargedUnit: "{{n}} 额度", lost: "损失时间",
    peak: "内存峰值", cpu: "CPU 时间",
    attempts: "运行记录", noAttempts: "尚未启动。", attempt: "运行", outcome: "结果", where: "位置", steps: "步",
    timeline: "各次运行的时间线", starting: "启动", runs: "运行", lostPart: "损失", backfill: "回填", signal: "信号 {{n}}",
    outcomes: {
      starting: "启动中", running: "运行中", succeeded: "成功", exited: "失败", signalled: "被信号终止", memory: "内存不足", wall: "超过时限",
      ended: "已结束", launch_failed: "无法启动", lost: "丢失", node_lost: "节点丢失", cancelled: "已取消", preempted: "被抢占", hung: "挂死", move: "迁移",
    },
    result: {
      title: "测量结果", order: "排序", often: "次数从多到少", outcome: "结果", count: "次数", share: "占比", more: "另有 {{n}} 种结果，共 {{shots}} 次",
      save: "保存为 CSV", none: "没有测量结果。", device: "设备", shots: "测量次数", success: "单次预期成功率", held: "占用设备", waited: "等待设备",
      calibration: "校准", seed: "种子", layout: "所用的量子比特", message: "设备消息",
    },
    output: "输出", stream: "输出流", out: "标准输出", err: "错误输出", task: "任务", search: "在输出中搜索", next: "下一处", previous: "上一处", noMatch: "没有匹配",
    follow: "跟随", following: "跟随中", complete: "已完整", download: "保存", newestAttempt: "最近一次运行", attemptN: "第 {{n}} 次运行",
    dropped: "此前的 {{size}} 已不再保留。", broken: "连接中断，正在重试…", noOutput: "没有任何输出。",
  },
});
