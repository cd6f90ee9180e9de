import { defineWords } from "../../i18n/words";

export const useProjectsWords = defineWords("projects", {
  en: {
    title: "Projects", tree: "Projects and their budgets", name: "Project", shares: "Shares", sharesMeans: "its part of what its parent has, beside its siblings",
    part: "Part", partMeans: "of its siblings' shares", merit: "Merit", meritMeans: "a visible weight in the order of the queue, 0 to 1000", budget: "Budget", noBudget: "no budget: charged, never stopped",
    granted: "Granted", charged: "Charged", reserved: "Reserved", left: "Left", recent: "Recent use, core h", recentMeans: "what fair-share remembers: use that fades with time",
    credits: "credits", make: "New project", count: "{{n}} projects", none: "There is no project yet.", budgetOf: "Budget of {{name}}", used: "{{charged}} charged, {{reserved}} reserved, {{left}} left",
    facts: "Facts", parent: "Under", root: "the centre", below: "Below it", members: "Users", noMembers: "Nobody may submit to it.", unknown: "There is no project {{name}}.", all: "All projects",
    jobs: "Its jobs", ledger: "In the ledger", postings: "Postings", at: "When", from: "From", to: "To", amount: "Credits", attempt: "Attempt", text: "What for", noPostings: "Nothing has been posted yet.",
    newest: "the newest {{n}}", grant: "Grant credits", change: "Change",
    form: {
      newTitle: "New project", changeTitle: "Change {{name}}", grantTitle: "Grant credits to {{name}}", name: "Name", nameMeans: "Lower-case letters, digits, dots and hyphens.", parent: "Under",
      shares: "Shares", merit: "Merit", hasBudget: "Its jobs need credits", hasBudgetMeans: "Without a budget it is charged, but never stopped.",
      amount: "Credits", amountMeans: "With a minus sign they are taken back.", save: "Save", make: "Make it", grant: "Grant",
      saved: "{{name}} is as you said.", granted: "{{name}} has {{left}} credits left.",
    },
  },
  zh: {
    title: "项目", tree: "项目与预算", name: "项目", shares: "份额", sharesMeans: "与同级项目分享上级所有的比例",
    part: "占比", partMeans: "在同级份额中的占比", merit: "评价", meritMeans: "排队次序中公开的权重，0 至 1000", budget: "预算", noBudget: "无预算：只计费，不停止",
    granted: "已授予", charged: "已扣", reserved: "已预留", left: "剩余", recent: "近期使用（核时）", recentMeans: "公平份额所记的使用，随时间衰减",
    credits: "额度", make: "新建项目", count: "{{n}} 个项目", none: "还没有项目。", budgetOf: "{{name}} 的预算", used: "已扣 {{charged}}，预留 {{reserved}}，剩余 {{left}}",
    facts: "概况", parent: "上级", root: "中心", below: "下级", members: "用户", noMembers: "没有用户可以向其提交。", unknown: "没有项目 {{name}}。", all: "全部项目",
    jobs: "其作业", ledger: "在账本中查看", postings: "记账", at: "时间", from: "借方", to: "贷方", amount: "额度", attempt: "运行", text: "事由", noPostings: "还没有记账。",
    newest: "最新的 {{n}} 条", grant: "授予额度", change: "更改",
    form: {
      newTitle: "新建项目", changeTitle: "更改 {{name}}", grantTitle: "授予 {{name}} 额度", name: "名称", nameMeans: "小写字母、数字、点与连字符。", parent: "上级",
      shares: "份额", merit: "评价", hasBudget: "其作业需要额度", hasBudgetMeans: "没有预算时只计费，不会停止作业。",
      amount: "额度", amountMeans: "负数表示收回。", save: "保存", make: "新建", grant: "授予",
      saved: "{{name}} 已按要求更改。", granted: "{{name}} 剩余 {{left}} 额度。",
    },
  },
});
