import { Button } from "antd";
import { Component, type ReactNode } from "react";
import { useStateWords } from "./words";

function Broken(): ReactNode {
  const t = useStateWords();
  return (
    <div className="state state-failed" role="alert">
      <h2>{t("crashed")}</h2>
      <p className="muted">{t("crashedHint")}</p>
      <div className="state-actions"><Button onClick={() => location.reload()}>{t("reload")}</Button></div>
    </div>
  );
}

/** A fault of one screen leaves the others alone. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }
  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}
