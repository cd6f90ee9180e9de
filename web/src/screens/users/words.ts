import { defineWords } from "../../i18n/words";

export const useUsersWords = defineWords("users", {
  en: {
    title: "Users and tokens", users: "Users", tokens: "Tokens", name: "User", role: "Role", projects: "Projects", tokenCount: "Tokens", find: "Find a user",
    noneFound: "Nobody of that name.", noUsers: "There is no user yet.", noProjects: "none: may submit nothing", make: "New user", change: "Change", changeOf: "Change {{name}}",
    token: "Token", of: "User", issued: "Issued", issue: "Issue a token", revoke: "Revoke", revokeOf: "Revoke {{token}}", noTokens: "No token was issued yet.",
    revokeTitle: "Revoke the token {{token}}?", revokeMeans: "Whoever uses it is signed out at once. It cannot be undone.", keep: "Keep it", revoked: "The token {{token}} opens nothing any more.",
    jobs: "jobs of {{name}}", tokensHidden: "Operators and auditors see the tokens.",
    form: {
      newTitle: "New user", changeTitle: "Change {{name}}", name: "Name", nameMeans: "As on the centre's machines: lower-case letters, digits, dots and hyphens.",
      role: "Role", projects: "Projects", projectsMeans: "May submit to these; the first is the default.", save: "Save", make: "Make", saved: "{{name}} is as you said.",
      issueTitle: "Issue a token", token: "Name of the token", tokenMeans: "For the list, and to revoke it: laptop, pipeline.", user: "User", issue: "Issue",
      shownTitle: "The token {{token}}", shownOnce: "This is the only time that it is shown. The centre keeps only its fingerprint.", secret: "Secret", copy: "Copy", copied: "Copied.",
      cannotCopy: "The browser does not let this page copy: select it and copy it yourself.", put: "I have it",
    },
  },
  zh: {
    title: "用户与令牌", users: "用户", tokens: "令牌", name: "用户", role: "角色", projects: "项目", tokenCount: "令牌", find: "查找用户",
    noneFound: "没有该名称的用户。", noUsers: "还没有用户。", noProjects: "无：不能提交作业", make: "新建用户", change: "更改", changeOf: "更改 {{name}}",
    token: "令牌", of: "用户", issued: "签发时间", issue: "签发令牌", revoke: "撤销", revokeOf: "撤销 {{token}}", noTokens: "还没有签发令牌。",
    revokeTitle: "撤销令牌 {{token}}？", revokeMeans: "使用者会立即被退出登录，且无法恢复。", keep: "保留", revoked: "令牌 {{token}} 已失效。",
    jobs: "{{name}} 的作业", tokensHidden: "管理员与审计员可以查看令牌。",
    form: {
      newTitle: "新建用户", changeTitle: "更改 {{name}}", name: "名称", nameMeans: "与中心机器上的用户名一致：小写字母、数字、点与连字符。",
      role: "角色", projects: "项目", projectsMeans: "可向这些项目提交作业；第一个为默认。", save: "保存", make: "新建", saved: "{{name}} 已按要求更改。",
      issueTitle: "签发令牌", token: "令牌名称", tokenMeans: "用于在列表中辨认与撤销，例如 laptop、pipeline。", user: "用户", issue: "签发",
      shownTitle: "令牌 {{token}}", shownOnce: "令牌只显示这一次：中心仅保存其指纹。", secret: "密钥", copy: "复制", copied: "已复制。",
      cannotCopy: "浏览器不允许本页复制：请选中后自行复制。", put: "我已保存",
    },
  },
});
