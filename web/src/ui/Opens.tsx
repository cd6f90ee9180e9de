import { Button } from "antd";
import { useState, type ReactNode } from "react";

/** A button that opens a dialog; closed, nothing of it is left. */
export function Opens({ label, primary = false, children }: { label: string; primary?: boolean; children: (close: () => void) => ReactNode }): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button {...(primary ? { type: "primary" as const } : {})} onClick={() => setOpen(true)}>{label}</Button>
      {open && children(() => setOpen(false))}
    </>
  );
}
