import { Select } from "antd";
import type { ReactNode } from "react";

/** A filter: one of the words that exist, or none. Writing narrows the list. */
export function Choice({ label, value, options, onChange, width = 140 }: {
  label: string; value: string; options: readonly string[] | { value: string; label: string }[]; onChange: (value: string) => void; width?: number;
}): ReactNode {
  return (
    <Select allowClear showSearch aria-label={label} placeholder={label} style={{ width }} value={value || null} popupMatchSelectWidth={false}
      onChange={(chosen: string | null | undefined) => onChange(chosen ?? "")}
      options={options.map((one) => (typeof one === "string" ? { value: one, label: one } : one))} />
  );
}
