import { defineWords } from "../../i18n/words";

export const useQuantumWords = defineWords("quantum", {
  en: {
    title: "Quantum", devices: "Devices", how: "How to look", view: { cards: "Cards", table: "Table" }, inService: "{{n}} of {{all}} devices in service",
    noDevices: "This centre has no quantum devices.", device: "Device", state: "State", technology: "Technology", qubits: "Qubits", gates: "Gates", fidelity: "Two-qubit fidelity",
    calibrated: "Calibrated", notCalibrated: "not known", usedBy: "Used by", nobody: "nobody", job: "job {{id}}", session: "in a session", waiting: "Waiting batches",
    loops: "Shared by at most", price: "Credits an hour", credits: "{{n}} credits an hour", back: "Back", why: "Remark", open: "Open", simulated: "simulated",
    technologies: { superconducting: "superconducting", "trapped-ion": "trapped ions", ideal: "ideal simulator" },
    column: { id: "Job", name: "Name", state: "State", user: "User", project: "Project", submitted: "Submitted" },
    jobs: "Quantum jobs, newest first", allJobs: "All", noJobs: "Nobody has submitted quantum work yet. Drop a .qasm file on the Submit page.",
    facts: "Facts", missing: "There is no quantum device {{name}}.", coupling: "Qubits and pairs", colouredBy: "Qubits coloured by", measured: "measured",
    couplingSays: "{{qubits}} qubits coloured by {{figure}}, {{pairs}} pairs by the error of their gate", best: "best", worst: "worst", worstFirst: "worst first",
    figure: { readout_error: "Readout error", gate_error: "Gate error", t1_us: "T1", t2_us: "T2" }, pairError: "Error of the two-qubit gate",
    qubit: "Qubit {{n}}", pair: "Pair {{a}} – {{b}}", pairs: "Pairs", eachQubit: "Each qubit", qubitShort: "Qubit", ideal: "A simulator without errors: it has nothing to calibrate.",
    notCalibratedYet: "The device has told no calibration yet.", calibrationName: "Calibration", description: "Description", source: "Figures from",
  },
  zh: {
    title: "量子", devices: "设备", how: "显示方式", view: { cards: "卡片", table: "表格" }, inService: "{{all}} 台设备中 {{n}} 台在用",
    noDevices: "本中心没有量子设备。", device: "设备", state: "状态", technology: "技术路线", qubits: "量子比特", gates: "原生门", fidelity: "两比特保真度",
    calibrated: "校准于", notCalibrated: "未知", usedBy: "使用者", nobody: "无", job: "作业 {{id}}", session: "独占会话", waiting: "等待的批次",
    loops: "最多共享作业数", price: "每小时额度", credits: "每小时 {{n}} 额度", back: "恢复时间", why: "说明", open: "打开", simulated: "模拟",
    technologies: { superconducting: "超导", "trapped-ion": "离子阱", ideal: "理想模拟器" },
    column: { id: "作业号", name: "名称", state: "状态", user: "用户", project: "项目", submitted: "提交" },
    jobs: "量子作业，最新的在前", allJobs: "全部", noJobs: "还没有人提交量子作业。可将 .qasm 文件拖到提交页面。",
    facts: "概况", missing: "没有名为 {{name}} 的量子设备。", coupling: "量子比特与耦合", colouredBy: "量子比特着色依据", measured: "测于",
    couplingSays: "{{qubits}} 个量子比特按{{figure}}着色，{{pairs}} 条耦合按两比特门误差着色", best: "最好", worst: "最差", worstFirst: "最差的在前",
    figure: { readout_error: "读取误差", gate_error: "单比特门误差", t1_us: "T1", t2_us: "T2" }, pairError: "两比特门误差",
    qubit: "量子比特 {{n}}", pair: "耦合 {{a}} – {{b}}", pairs: "耦合", eachQubit: "每个量子比特", qubitShort: "比特", ideal: "没有误差的模拟器，无需校准。",
    notCalibratedYet: "设备尚未给出校准数据。", calibrationName: "校准编号", description: "描述", source: "数据来源",
  },
});
