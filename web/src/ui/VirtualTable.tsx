import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

export interface Column<T> {
  key: string;
  title: ReactNode;
  /** A CSS track: `80px`, `minmax(160px, 2fr)`. */
  width: string;
  align?: "left" | "right";
  render: (row: T) => ReactNode;
}

export interface VirtualTableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  onOpen: (row: T) => void;
  /** Called when the last rows come into sight: load the next page. */
  onEnd?: () => void;
  /** Stands below the last row: that more is loading, or that this is all. */
  foot?: ReactNode;
  /** The least width of all columns; narrower windows scroll sideways. */
  minWidth?: number;
  rowHeight?: number;
}

interface RowProps<T> {
  row: T;
  columns: Column<T>[];
  template: string;
  index: number;
  id: string;
  top: number;
  height: number;
  active: boolean;
  onOpen: (row: T) => void;
}

const Row = memo(function Row<T>({ row, columns, template, index, id, top, height, active, onOpen }: RowProps<T>) {
  return (
    <div id={id} role="row" aria-rowindex={index + 2} aria-selected={active} className={active ? "vt-row vt-active" : "vt-row"}
      style={{ gridTemplateColumns: template, transform: `translateY(${top}px)`, height }}
      onClick={(event) => {
        // A link of the row opens it here, and elsewhere with the keys for that; text that someone selects is no click.
        if (event.ctrlKey || event.metaKey || event.shiftKey || getSelection()?.isCollapsed === false) return;
        event.preventDefault();
        onOpen(row);
      }}>
      {columns.map((column) => (
        <div key={column.key} role="gridcell" className={column.align === "right" ? "vt-right" : ""}>{column.render(row)}</div>
      ))}
    </div>
  );
}) as <T>(props: RowProps<T>) => ReactNode;

/**
 * A table of any length: only the rows in sight are in the page, and a row is drawn anew only when its object is another.
 * Keyboard: arrows or j and k, Page Up and Down, Home and End, Enter opens.
 */
export function VirtualTable<T>({ label, columns, rows, rowKey, onOpen, onEnd, foot, minWidth = 900, rowHeight = 34 }: VirtualTableProps<T>): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollPaddingStart: rowHeight,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const nearEnd = rows.length > 0 && last >= rows.length - 40;
  useEffect(() => {
    if (nearEnd) onEnd?.();
  }, [nearEnd, onEnd, rows.length]);

  const move = (to: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 600) / rowHeight) - 2);
    const steps: Record<string, number> = {
      ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1,
      PageDown: active + page, PageUp: active - page, Home: 0, End: rows.length - 1,
    };
    const row = rows[active];
    if (event.key === "Enter" && row) onOpen(row);
    else if (event.key in steps) move(steps[event.key]!);
    else return;
    event.preventDefault();
  };

  const template = columns.map((column) => column.width).join(" ");
  const rowId = (index: number): string => `${label}-${index}`.replace(/\s+/g, "-");
  return (
    <div className="vt" ref={scroller} role="grid" aria-label={label} aria-rowcount={rows.length + 1} tabIndex={0}
      aria-activedescendant={active >= 0 && items.some((item) => item.index === active) ? rowId(active) : undefined} onKeyDown={onKeyDown}>
      <div role="rowgroup" className="vt-head" style={{ minWidth }}>
        <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, height: rowHeight }}>
          {columns.map((column) => (
            <div key={column.key} role="columnheader" className={column.align === "right" ? "vt-right" : ""}>{column.title}</div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="vt-body" style={{ height: virtual.getTotalSize(), minWidth }}>
        {items.map((item) => {
          const row = rows[item.index]!;
          return (
            <Row key={rowKey(row)} row={row} columns={columns} template={template} index={item.index} id={rowId(item.index)}
              top={item.start} height={rowHeight} active={item.index === active} onOpen={onOpen} />
          );
        })}
      </div>
      {foot && <div className="vt-foot">{foot}</div>}
    </div>
  );
}
