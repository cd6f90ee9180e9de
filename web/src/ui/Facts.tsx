import type { ReactNode } from "react";

/** Names and values, one pair a line. A pair without a value is left out. */
export function Facts({ facts }: { facts: [name: ReactNode, value: ReactNode][] }): ReactNode {
  return (
    <dl className="facts">
      {facts.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false).map(([name, value], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
