import { defineWords } from "../../i18n/words";

export const useReportsWords = defineWords("reports", {
  en: {
    title: "Twin reports", lead: "What simulated runs of a centre measured. They are made with: mingyue twin run … --report", name: "File", report: "Report", size: "Size", written: "Written",
    none: "There is no report yet. Put the report.html of a twin's run into the folder reports of the centre's data.", untitled: "without a title", save: "Save", all: "All reports",
  },
  zh: {
    title: "孪生报告", lead: "中心的模拟运行所测得的结果。生成方式：mingyue twin run … --report", name: "文件", report: "报告", size: "大小", written: "写入时间",
    none: "还没有报告。请将孪生运行得到的 report.html 放入中心数据目录下的 reports 文件夹。", untitled: "无标题", save: "保存", all: "全部报告",
  },
});
