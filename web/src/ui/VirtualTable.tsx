import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

export interface Column<T> {
  key: string;
  title: ReactNode;
  /** A CSS track: `80px`, `minmax(160px, 2fr)`. */
  width: string;
  align?: "left" | "right";
  /** Its words always have room: cells that need not cut them are a good part cheaper to draw. */
  fits?: boolean;
  render: (row: T) => ReactNode;
}

export interface VirtualTableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
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
  index: number;
  /** Only the active row has one: it is what `aria-activedescendant` names. */
  id: string | undefined;
  top: number;
  active: boolean;
  onOpen: (row: T) => void;
}

const cellClass = (column: { align?: "left" | "right"; fits?: boolean }): string =>
  `${column.align === "right" ? "vt-right" : ""}${column.fits ? " vt-fits" : ""}`;

const Row = memo(function Row<T>({ row, columns, index, id, top, active, onOpen }: RowProps<T>) {
  return (
    <div id={id} role="row" aria-rowindex={index + 2} aria-selected={active} className={active ? "vt-row vt-active" : "vt-row"}
      style={{ top }}
      onClick={(event) => {
        // A link of the row opens it here, and elsewhere with the keys for that; text that someone selects is no click.
        if (event.ctrlKey || event.metaKey || event.shiftKey || getSelection()?.isCollapsed === false) return;
        event.preventDefault();
        onOpen(row);
      }}>
      {columns.map((column) => (
        <div key={column.key} role="gridcell" className={cellClass(column)}>{column.render(row)}</div>
      ))}
    </div>
  );
}) as <T>(props: RowProps<T>) => ReactNode;

/** What a cell has no room for is told on hovering; set only then, as titles would be a good part of what rows cost. */
function tellCut(event: PointerEvent<HTMLDivElement>): void {
  const cell = (event.target as Element).closest<HTMLElement>("[role=gridcell]");
  if (!cell) return;
  const said = cell.scrollWidth > cell.clientWidth ? (cell.textContent ?? "") : "";
  if (cell.title !== said) cell.title = said;
}

/**
 * A table of any length: only the rows in sight are in the page, and a row is drawn anew only when its object is another.
 * A row that leaves gives its elements to the one that comes: scrolling changes words, and makes and removes little.
 * Keyboard: arrows or j and k, Page Up and Down, Home and End, Enter opens.
 */
export function VirtualTable<T>({ label, columns, rows, onOpen, onEnd, foot, minWidth = 900, rowHeight = 34 }: VirtualTableProps<T>): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 4,
    scrollPaddingStart: rowHeight,
  });
  const items = virtual.getVirtualItems();
  const places = useRef(0);
  places.current = Math.max(places.current, items.length);
  const place = (index: number): number => index % places.current;
  // In the order of their places, which stays: no element of the page is moved. What order rows have, aria-rowindex tells.
  const drawn = [...items].sort((a, b) => place(a.index) - place(b.index));
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
      aria-activedescendant={active >= 0 && items.some((item) => item.index === active) ? rowId(active) : undefined} onKeyDown={onKeyDown} onPointerOver={tellCut}
      style={{ "--vt-columns": template, "--vt-height": `${rowHeight}px` } as CSSProperties}>
      <div role="rowgroup" className="vt-head" style={{ minWidth }}>
        <div role="row" aria-rowindex={1}>
          {columns.map((column) => (
            <div key={column.key} role="columnheader" className={column.align === "right" ? "vt-right" : ""}>{column.title}</div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="vt-body" style={{ height: virtual.getTotalSize(), minWidth }}>
        {drawn.map((item) => {
          const row = rows[item.index]!;
          return (
            <Row key={place(item.index)} row={row} columns={columns} index={item.index} id={item.index === active ? rowId(item.index) : undefined}
              top={item.start} active={item.index === active} onOpen={onOpen} />
          );
        })}
      </div>
      {foot && <div className="vt-foot">{foot}</div>}
    </div>
  );
}
