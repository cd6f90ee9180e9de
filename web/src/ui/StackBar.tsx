import type { ReactNode } from "react";

export interface Piece {
  name: string;
  label: ReactNode;
  value: number;
  said: string;
  colour: string;
  title?: string;
}

/** A whole and its pieces: one bar, and beneath it every piece by name, so that colour is never alone. */
export function StackBar({ pieces, label }: { pieces: Piece[]; label: string }): ReactNode {
  const whole = pieces.reduce((sum, piece) => sum + piece.value, 0);
  const shown = pieces.filter((piece) => piece.value > 0);
  return (
    <div className="stack">
      <div className="stack-bar" role="img" aria-label={`${label}: ${shown.map((p) => `${p.name} ${p.said}`).join(", ")}`}>
        {shown.map((piece) => (
          <span key={piece.name} title={`${piece.name} · ${piece.said}`}
            style={{ width: `${(piece.value / whole) * 100}%`, background: piece.colour }} />
        ))}
      </div>
      <ul className="stack-legend">
        {shown.map((piece) => (
          <li key={piece.name} title={piece.title}>
            <i aria-hidden style={{ background: piece.colour }} />
            <span>{piece.label}</span>
            <b className="number">{piece.said}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
