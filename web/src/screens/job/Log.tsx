import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from "react";
import { useTheme } from "../../theme";
import type { Palette } from "../../theme/palette";

export interface LogHandle {
  write: (bytes: Uint8Array) => void;
  clear: () => void;
  /** Marks all matches and goes to the next, or the one before; false: there is none. */
  find: (text: string, backwards: boolean) => boolean;
  toEnd: () => void;
}

const scrollback = 100_000;

const colours = (palette: Palette): object => ({
  background: palette.surface, foreground: palette.text, cursor: palette.surface, cursorAccent: palette.surface, selectionBackground: palette.focus + "66",
  black: palette.text, red: palette.bad, green: palette.good, yellow: palette.warn, blue: palette.info, magenta: palette.violet, cyan: palette.classes.calibration, white: palette.muted,
  brightBlack: palette.muted, brightRed: palette.bad, brightGreen: palette.good, brightYellow: palette.warn, brightBlue: palette.info, brightMagenta: palette.violet, brightCyan: palette.classes.calibration, brightWhite: palette.text,
});

/**
 * Bytes as a terminal shows them: colours and progress bars that draw over themselves are right, and nothing that a job
 * writes can become markup, a link or a key press. It only shows; nobody types here.
 */
export function Log({ ref, label, onFollowing }: { ref: Ref<LogHandle>; label: string; onFollowing: (following: boolean) => void }): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const parts = useRef<{ terminal: Terminal; search: SearchAddon } | null>(null);
  const { palette } = useTheme();
  const told = useRef(onFollowing);
  told.current = onFollowing;

  useEffect(() => {
    const terminal = new Terminal({
      disableStdin: true, convertEol: true, scrollback, fontSize: 12, lineHeight: 1.25, cursorInactiveStyle: "none", cursorStyle: "bar",
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mono"), theme: colours(palette), minimumContrastRatio: 4.5,
      linkHandler: { activate: () => undefined }, screenReaderMode: true, allowProposedApi: true,
    });
    const search = new SearchAddon();
    const fit = new FitAddon();
    terminal.loadAddon(search);
    terminal.loadAddon(fit);
    terminal.open(host.current!);
    terminal.textarea?.setAttribute("aria-label", label);
    terminal.textarea?.setAttribute("readonly", "");
    fit.fit();
    const scrolled = terminal.onScroll(() => undefined);
    // Of the reader's own scrolling, too: whether the last line is in sight.
    const watchEnd = (): void => told.current(terminal.buffer.active.viewportY >= terminal.buffer.active.baseY);
    host.current!.addEventListener("wheel", () => setTimeout(watchEnd, 50), { passive: true });
    host.current!.addEventListener("keyup", watchEnd);
    host.current!.addEventListener("pointerup", watchEnd);
    const watch = new ResizeObserver(() => fit.fit());
    watch.observe(host.current!);
    parts.current = { terminal, search };
    return () => {
      parts.current = null;
      watch.disconnect();
      scrolled.dispose();
      terminal.dispose();
    };
  }, [label]);
  useEffect(() => {
    if (parts.current) parts.current.terminal.options.theme = colours(palette);
  }, [palette]);

  useImperativeHandle(ref, () => ({
    write: (bytes) => parts.current?.terminal.write(bytes),
    clear: () => parts.current?.terminal.reset(),
    toEnd: () => parts.current?.terminal.scrollToBottom(),
    find: (text, backwards) => {
      if (!parts.current) return false;
      const options = { incremental: false, caseSensitive: false };
      const { search } = parts.current;
      if (text === "") {
        search.clearDecorations();
        parts.current.terminal.clearSelection();
        return true;
      }
      return backwards ? search.findPrevious(text, options) : search.findNext(text, options);
    },
  }), []);
  return <div ref={host} className="log" />;
}
