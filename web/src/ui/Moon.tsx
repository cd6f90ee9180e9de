import type { ReactNode } from "react";

/** The sign of the house. */
export function Moon({ size = 22 }: { size?: number }): ReactNode {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden>
      <circle cx="16" cy="16" r="15" fill="#1d3557" />
      <path d="M20.6 5.4A11.2 11.2 0 1 0 26.6 20 9 9 0 0 1 20.6 5.4z" fill="#f4e3b2" />
    </svg>
  );
}
