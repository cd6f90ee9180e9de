import { useId, type ReactNode } from "react";

/** A titled part of a screen. `extra` stands at the right of its title; `flush` leaves no margin around the content. */
export function Panel({ title, extra, children, flush = false, className = "" }: {
  title: ReactNode; extra?: ReactNode; children: ReactNode; flush?: boolean; className?: string;
}): ReactNode {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {extra && <div className="panel-extra">{extra}</div>}
      </header>
      <div className={flush ? "panel-flush" : "panel-body"}>{children}</div>
    </section>
  );
}

/** The head of a screen: its title, what belongs to it, and what can be done. */
export function ScreenHead({ title, below, actions }: { title: ReactNode; below?: ReactNode; actions?: ReactNode }): ReactNode {
  return (
    <header className="screen-head">
      <div className="screen-title">
        <h1>{title}</h1>
        {below && <div className="screen-below">{below}</div>}
      </div>
      {actions && <div className="screen-actions">{actions}</div>}
    </header>
  );
}
