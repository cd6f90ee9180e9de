import { Select } from "antd";
import { useMemo, useState, type ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { heatColour, textOnHeat } from "../../theme/categories";
import { useTheme } from "../../theme";
import { dark } from "../../theme/palette";
import { Panel } from "../../ui/Panel";
import { placesOf, type Place } from "./coupling";
import { useQuantumWords } from "./words";

type Calibration = Schemas["QpuCalibrationView"];
type Qubit = Schemas["QpuQubit"];

export const figures = ["readout_error", "gate_error", "t1_us", "t2_us"] as const;
export type Figure = (typeof figures)[number];
/** Of these more is better. */
const isTime = (figure: Figure): boolean => figure === "t1_us" || figure === "t2_us";

export function useFigure(): (figure: Figure, value: number | null | undefined) => string {
  const f = useFormat();
  return (figure, value) => (value === null || value === undefined ? "–" : isTime(figure) ? `${f.number(value, value < 10 ? 2 : 1)} µs` : f.percent(value, 2));
}

/** Where the value lies between the best and the worst, 0 to 1, by its logarithm: errors spread over decades. */
interface Scale {
  least: number;
  most: number;
  part: (value: number | null | undefined) => number | null;
}
function scaleOf(values: (number | null | undefined)[], moreIsBetter: boolean): Scale {
  const known = values.filter((value): value is number => typeof value === "number" && value > 0);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const span = Math.log(most / least);
  return {
    least, most,
    part: (value) => {
      if (!value || value <= 0) return null;
      const at = span > 0 ? Math.log(value / least) / span : 0;
      return moreIsBetter ? 1 - at : at;
    },
  };
}

function useDrawing(calibration: Calibration): { places: Place[]; width: number; height: number } {
  return useMemo(() => {
    const { qubits, pairs, shape } = calibration;
    const has = qubits.every((qubit) => qubit.row !== null && qubit.column !== null);
    const drawn = has ? qubits.map((qubit) => ({ x: qubit.column!, y: qubit.row! })) : placesOf(qubits.length, shape === "all-to-all" ? [] : pairs);
    // A device that is taller than wide lies, as screens do.
    const most = (key: "x" | "y"): number => Math.max(...drawn.map((p) => p[key])) - Math.min(...drawn.map((p) => p[key]));
    const raw = most("y") > most("x") ? drawn.map(({ x, y }) => ({ x: y, y: x })) : drawn;
    const [left, top] = [Math.min(...raw.map((p) => p.x)), Math.min(...raw.map((p) => p.y))];
    const [wide, high] = [Math.max(...raw.map((p) => p.x)) - left, Math.max(...raw.map((p) => p.y)) - top];
    // Qubits a steady 44 apart; on a circle so that neighbours are.
    const unit = has ? 44 : shape === "all-to-all" ? (44 * qubits.length) / (2 * Math.PI) : 44;
    return { places: raw.map((p) => ({ x: 24 + (p.x - left) * unit, y: 24 + (p.y - top) * unit })), width: 48 + wide * unit, height: 48 + high * unit };
  }, [calibration]);
}

function Legend({ name, from, to }: { name: string; from: string; to: string }): ReactNode {
  const { palette } = useTheme();
  const t = useQuantumWords();
  const isDark = palette === dark;
  const stops = Array.from({ length: 9 }, (_, i) => heatColour(i / 8, isDark)).join(", ");
  return (
    <div className="coupling-scale">
      <b>{name}</b> <span>{t("best")} <span className="number">{from}</span></span>
      <i aria-hidden style={{ background: `linear-gradient(90deg, ${stops})` }} /> <span><span className="number">{to}</span> {t("worst")}</span>
    </div>
  );
}

/** The device's qubits and pairs, coloured by how well each does. What the colours say in figures stands beside, worst first. */
export function Coupling({ calibration, measured }: { calibration: Calibration; measured?: ReactNode }): ReactNode {
  const t = useQuantumWords();
  const say = useFigure();
  const { palette } = useTheme();
  const isDark = palette === dark;
  const [figure, setFigure] = useState<Figure>("readout_error");
  const [at, setAt] = useState<number | null>(null);
  const { places, width, height } = useDrawing(calibration);
  const qubitScale = useMemo(() => scaleOf(calibration.qubits.map((qubit) => qubit[figure]), isTime(figure)), [calibration, figure]);
  const pairScale = useMemo(() => scaleOf(calibration.pairs.map((pair) => pair.gate_error), false), [calibration]);
  const dense = calibration.pairs.length > calibration.qubits.length * 4;
  const qubitTitle = (qubit: Qubit): string => [t("qubit", { n: qubit.qubit }), ...figures.map((each) => `${t(`figure.${each}`)} ${say(each, qubit[each])}`)].join("\n");
  return (
    <Panel title={<>{t("coupling")} {measured}</>}
      extra={<Select size="small" aria-label={t("colouredBy")} value={figure} onChange={setFigure} popupMatchSelectWidth={false}
        options={figures.filter((each) => calibration.qubits.some((qubit) => qubit[each] !== null)).map((value) => ({ value, label: t(`figure.${value}`) }))} />}>
      <svg className="coupling" viewBox={`0 0 ${width} ${height}`} style={{ maxWidth: width * 1.7 }} role="img"
        aria-label={t("couplingSays", { qubits: calibration.qubits.length, pairs: calibration.pairs.length, figure: t(`figure.${figure}`) })}>
        {calibration.pairs.map((pair) => {
          const [a, b] = [places[pair.a]!, places[pair.b]!];
          const part = pairScale.part(pair.gate_error);
          const mine = at === null || at === pair.a || at === pair.b;
          return (
            <line key={`${pair.a}-${pair.b}`} x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke={part === null ? palette.lineStrong : heatColour(part, isDark)}
              strokeWidth={dense ? 1 : 6} opacity={mine ? 1 : 0.15}>
              <title>{`${t("pair", { a: pair.a, b: pair.b })}\n${t("pairError")} ${say("gate_error", pair.gate_error)}`}</title>
            </line>
          );
        })}
        {calibration.qubits.map((qubit) => {
          const part = qubitScale.part(qubit[figure]);
          const place = places[qubit.qubit]!;
          return (
            <g key={qubit.qubit} onPointerEnter={() => dense && setAt(qubit.qubit)} onPointerLeave={() => setAt(null)}>
              <circle cx={place.x} cy={place.y} r={14} fill={part === null ? palette.line : heatColour(part, isDark)} stroke={palette.muted} strokeWidth={1} />
              <text x={place.x} y={place.y} fill={part === null ? palette.text : textOnHeat(part, isDark)}>{qubit.qubit}</text>
              <title>{qubitTitle(qubit)}</title>
            </g>
          );
        })}
      </svg>
      <div className="coupling-scales">
        <Legend name={`● ${t(`figure.${figure}`)}`} from={say(figure, isTime(figure) ? qubitScale.most : qubitScale.least)} to={say(figure, isTime(figure) ? qubitScale.least : qubitScale.most)} />
        {calibration.pairs.length > 0 && <Legend name={`━ ${t("pairError")}`} from={say("gate_error", pairScale.least)} to={say("gate_error", pairScale.most)} />}
      </div>
    </Panel>
  );
}

/** The same in figures: the worst pairs and the worst qubits first. */
export function Worst({ calibration }: { calibration: Calibration }): ReactNode {
  const t = useQuantumWords();
  const say = useFigure();
  const qubits = useMemo(() => calibration.qubits.slice().sort((a, b) => (b.readout_error ?? 0) - (a.readout_error ?? 0)), [calibration]);
  const pairs = useMemo(() => calibration.pairs.slice().sort((a, b) => (b.gate_error ?? 0) - (a.gate_error ?? 0)), [calibration]);
  return (
    <div className={pairs.length > 0 ? "halves coupling-halves" : "halves"}>
      {pairs.length > 0 && (
        <Panel flush title={<>{t("pairs")} <span className="muted small">{t("worstFirst")}</span></>}>
          <div className="coupling-worst" tabIndex={0} role="region" aria-label={t("pairs")}>
            <table className="table">
              <thead><tr><th scope="col">{t("pairs")}</th><th scope="col" className="right">{t("pairError")}</th></tr></thead>
              <tbody>{pairs.map((pair) => <tr key={`${pair.a}-${pair.b}`}><td className="number">{pair.a} – {pair.b}</td><td className="right number">{say("gate_error", pair.gate_error)}</td></tr>)}</tbody>
            </table>
          </div>
        </Panel>
      )}
      <Panel flush title={<>{t("eachQubit")} <span className="muted small">{t("worstFirst")}</span></>}>
        <div className="coupling-worst" tabIndex={0} role="region" aria-label={t("eachQubit")}>
          <table className="table">
            <thead><tr><th scope="col">{t("qubitShort")}</th>{figures.map((figure) => <th key={figure} scope="col" className="right">{t(`figure.${figure}`)}</th>)}</tr></thead>
            <tbody>
              {qubits.map((qubit) => (
                <tr key={qubit.qubit}><td className="number">{qubit.qubit}</td>{figures.map((figure) => <td key={figure} className="right number">{say(figure, qubit[figure])}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
    </div>
  );
}
