import type { Schemas } from "../../api/client";

/** A cell as RFC 4180 has it. A spreadsheet takes text that begins so for a formula: an apostrophe keeps it text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The whole answer, one figure a line: core- or card-milliseconds of each class of each pool, and its capacity; then of each
 * group. Figures are the centre's own, to the last digit.
 */
export function csvOf(view: Schemas["LedgerView"]): string {
  const rows = [["from", "to", "partition", "resource", "group", "class", "milliseconds"]];
  for (const line of view.lines)
    for (const [name, value] of [...Object.entries(line.classes), ["capacity", line.capacity] as const])
      rows.push([view.from, view.to, line.partition, line.resource, "", name, value]);
  for (const line of view.usage)
    for (const [name, value] of Object.entries(line.classes))
      rows.push([view.from, view.to, line.partition, line.resource, line.group, name, value]);
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

export function save(name: string, text: string): void {
  // The mark at its beginning tells spreadsheets that this is UTF-8.
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
