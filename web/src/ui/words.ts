import { defineWords } from "../i18n/words";

/** Words of parts that several screens use. */
export const useUiWords = defineWords("ui", {
  en: {
    service: { up: "in service", draining: "draining", drained: "drained", maintenance: "maintenance", calibration: "calibration", down: "down", unseen: "not seen" },
    drain: "Drain", resume: "Resume", ask: "Take {{name}} out of service?", means: "Nothing new starts on it; what runs there goes on to its end.",
    reason: "Reason", example: "replace a fan", drained: "{{name}} is out of service.", resumed: "{{name}} takes work again.",
    zoomIn: "Closer", zoomOut: "Farther", whole: "The whole",
  },
  zh: {
    service: { up: "在用", draining: "正在排空", drained: "已排空", maintenance: "维护", calibration: "校准中", down: "故障", unseen: "未连接" },
    drain: "排空", resume: "恢复", ask: "让 {{name}} 停止接收作业？", means: "不再启动新的工作；正在运行的会继续到结束。",
    reason: "原因", example: "更换风扇", drained: "{{name}} 已停止接收作业。", resumed: "{{name}} 重新接收作业。",
    zoomIn: "放大", zoomOut: "缩小", whole: "显示全部",
  },
});
