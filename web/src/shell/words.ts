import { defineWords } from "../i18n/words";

/** The frame around the screens. A screen's name in the navigation is `nav.NAME`. */
export const useShellWords = defineWords("shell", {
  en: {
    skip: "Skip to the content",
    navigation: "Screens",
    nav: {
      overview: "Overview", nodes: "Nodes and cards", node: "Node", plan: "Plan", quantum: "Quantum", qpu: "Quantum device", incidents: "Incidents",
      incident: "Incident", engines: "Engines", jobs: "Jobs", job: "Job", submit: "Submit", whatif: "What if", reports: "Twin reports", report: "Twin report", ledger: "Ledger", projects: "Projects",
      project: "Project", users: "Users",
    },
    group: { watch: "Watch", work: "Work", manage: "Manage" },
    language: "Language",
    theme: "Colours",
    themes: { system: "as the system", light: "light", dark: "dark" },
    signOut: "Sign out",
    projects: "Projects",
    help: "Keyboard",
    stalled: "The centre's log cannot be written: {{why}}. Nothing new is accepted until there is room.",
    notFound: "There is no such page",
    home: "To the overview",
    keys: {
      title: "Keyboard", help: "this help", search: "to the filter or search of the screen",
      theme: "change colours", language: "change language", table: "move in a table", open: "open the row", shortcut: "to {{name}}",
    },
  },
  zh: {
    skip: "跳到正文",
    navigation: "页面",
    nav: {
      overview: "总览", nodes: "节点与加速卡", node: "节点", plan: "计划", quantum: "量子", qpu: "量子设备", incidents: "事件单", incident: "事件单",
      engines: "引擎", jobs: "作业", job: "作业", submit: "提交", whatif: "假设", reports: "孪生报告", report: "孪生报告", ledger: "账本", projects: "项目", project: "项目", users: "用户",
    },
    group: { watch: "查看", work: "工作", manage: "管理" },
    language: "语言",
    theme: "配色",
    themes: { system: "跟随系统", light: "浅色", dark: "深色" },
    signOut: "退出登录",
    projects: "项目",
    help: "键盘操作",
    stalled: "中心的日志无法写入：{{why}}。在腾出空间之前不接受新的请求。",
    notFound: "没有这个页面",
    home: "回到总览",
    keys: {
      title: "键盘操作", help: "显示本帮助", search: "跳到本页的筛选或搜索",
      theme: "切换配色", language: "切换语言", table: "在表格中移动", open: "打开所选行", shortcut: "前往{{name}}",
    },
  },
});
