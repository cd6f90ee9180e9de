import { defineWords } from "../i18n/words";

export const useAuthWords = defineWords("auth", {
  en: {
    title: "Sign in",
    lead: "Use a token that the centre issued to you.",
    token: "Token",
    placeholder: "my_…",
    where: "An operator issues one with: mingyue token issue NAME --user USER. On the centre's own machine it is in DATA/endpoint.json.",
    remember: "Remember it in this browser",
    rememberMeans: "Otherwise it is forgotten when this tab closes. It is never part of an address.",
    submit: "Sign in",
    checking: "Asking the centre…",
    missing: "Enter a token.",
    goOn: "Go on",
    other: "Use another token",
    welcome: "Signed in as {{user}}",
    projects: "Projects",
    noProjects: "none",
    may: "With this token you may",
    expired: "The centre no longer knows the token. It was revoked, or the centre has been started anew.",
    can: {
      see: "see jobs, nodes, the plan and the ledger",
      submit: "submit jobs, and cancel, hold or release your own",
      lead: "do the same with all jobs of your projects, and read their output",
      operate: "drain and resume nodes, change any job, and keep projects, users, tokens and incidents",
      audit: "read every job's output and the whole log",
    },
  },
  zh: {
    title: "登录",
    lead: "请使用本中心签发给您的令牌。",
    token: "令牌",
    placeholder: "my_…",
    where: "管理员用 mingyue token issue NAME --user USER 签发令牌；在中心所在的机器上，令牌写在 DATA/endpoint.json 中。",
    remember: "在此浏览器中记住",
    rememberMeans: "否则关闭此标签页后即忘记。令牌绝不会出现在网址中。",
    submit: "登录",
    checking: "正在询问中心…",
    missing: "请输入令牌。",
    goOn: "继续",
    other: "换一个令牌",
    welcome: "已登录：{{user}}",
    projects: "项目",
    noProjects: "无",
    may: "使用此令牌可以",
    expired: "中心已不认识该令牌：它已被撤销，或中心已重新启动。",
    can: {
      see: "查看作业、节点、计划与账本",
      submit: "提交作业，取消、挂起或放行自己的作业",
      lead: "对所属项目的全部作业执行上述操作，并阅读其输出",
      operate: "排空与恢复节点，更改任何作业，管理项目、用户、令牌与事件单",
      audit: "阅读所有作业的输出与完整日志",
    },
  },
});

/** What a role may do, in the order of docs/api.md; the centre itself decides at each request. */
export type Ability = "see" | "submit" | "lead" | "operate" | "audit";
export const abilities: Record<string, Ability[]> = {
  member: ["see", "submit"],
  lead: ["see", "submit", "lead"],
  operator: ["see", "submit", "operate", "audit"],
  auditor: ["see", "audit"],
  partner: ["see"],
};
