import { defineWords } from "../../i18n/words";

export const useWhatIfWords = defineWords("whatif", {
  en: {
    title: "What if", lead: "The centre's state is copied and run on twice, with and without a change. Nothing real changes.", change: "The change", ask: "Ask", clear: "Begin anew",
    drain: "Take nodes out of service", drainHint: "which nodes", resume: "Bring nodes back", resumeHint: "drained or lost ones", add: "Add nodes", like: "like", count: "how many", more: "Add", less: "Remove",
    weights: "Weights of the order", asIs: "as it is", weight: { by_class: "priority class", fair_share: "fair-share", age: "age", size: "size", merit: "merit" },
    submit: "Submit jobs", document: "Job {{n}}, as a document or a script", sample: "name: trial\ncores: 8\nwall: 2h\ncommand: [\"./run\"]",
    ahead: "Look ahead", aheads: { day: "1 day", week: "7 days", month: "30 days" }, futures: "Run times", futuresOf: { one: "every job uses its whole limit", twenty: "20 futures, drawn from the past", hundred: "100 futures, drawn from the past" },
    nothing: "Say what is to change: nodes, weights or jobs.", notAsked: "Ask, and both futures stand here side by side.", asking: "Running both futures…",
    both: "Both futures", what: "Figure", figure: "Until {{until}}", before: "As it is", after: "With the change", difference: "Difference", started: "Jobs that start", waiting: "Jobs that still wait", wait: "Mean wait", useOf: "Use of {{pool}}",
    jobs: "Who starts when", earlier: "{{n}} earlier", later: "{{n}} later", same: "Nothing that waits starts at another time.", job: "Job", asked: "would be new", shift: "Shift", notWithin: "not until then",
    table: "Jobs whose start changes, the largest shift first", track: "{{from}} to {{until}}", likely: "nine times in ten between {{early}} and {{late}}",
    basisLimit: "Every job uses its whole limit.", basisLearnt: "{{n}} futures, with run times as jobs like these had.", basisDrawn: "{{n}} futures, with drawn run times: too few jobs have ended here to learn from.", took: "Answered in {{time}}, as of {{now}}.",
    older: "The change was edited since: ask again.",
  },
  zh: {
    title: "假设", lead: "复制中心的状态，分别在有无更改的情况下推演。真实的中心不受影响。", change: "更改内容", ask: "推演", clear: "重新开始",
    drain: "停用节点", drainHint: "哪些节点", resume: "恢复节点", resumeHint: "已排空或失联的节点", add: "增加节点", like: "同型于", count: "数量", more: "添加", less: "移除",
    weights: "排队次序的权重", asIs: "保持现状", weight: { by_class: "优先级类", fair_share: "公平份额", age: "等待时间", size: "规模", merit: "评价" },
    submit: "提交作业", document: "作业 {{n}}：作业文档或脚本", sample: "name: trial\ncores: 8\nwall: 2h\ncommand: [\"./run\"]",
    ahead: "推演范围", aheads: { day: "1 天", week: "7 天", month: "30 天" }, futures: "运行时间", futuresOf: { one: "所有作业都用满时限", twenty: "20 种未来，取自历史", hundred: "100 种未来，取自历史" },
    nothing: "请说明要更改什么：节点、权重或作业。", notAsked: "推演之后，两种未来将并列于此。", asking: "正在推演两种未来…",
    both: "两种未来", what: "指标", figure: "至 {{until}}", before: "保持现状", after: "更改之后", difference: "差异", started: "启动的作业", waiting: "仍在等待的作业", wait: "平均等待", useOf: "{{pool}}利用率",
    jobs: "何时启动", earlier: "提前 {{n}} 个", later: "推迟 {{n}} 个", same: "等待中的作业启动时间均无变化。", job: "作业", asked: "新作业", shift: "变化", notWithin: "此前不启动",
    table: "启动时间有变化的作业，变化最大的在前", track: "{{from}} 至 {{until}}", likely: "九成可能在 {{early}} 与 {{late}} 之间",
    basisLimit: "所有作业都用满时限。", basisLearnt: "{{n}} 种未来，运行时间取自同类作业的历史。", basisDrawn: "{{n}} 种未来，运行时间随机抽取：已结束的作业尚不足以学习。", took: "用时 {{time}}，截至 {{now}}。",
    older: "更改内容已被编辑：请再次推演。",
  },
});
