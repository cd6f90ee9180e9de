import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, type ReactNode } from "react";
import type { Kind } from "./document";

export interface Mark {
  line: number;
  message: string;
}

/** Colours are those of the page, in both themes. */
const look = EditorView.theme({
  "&": { fontSize: "12px", height: "100%", backgroundColor: "var(--surface)", color: "var(--text)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", border: "0" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 70%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line-strong)", color: "var(--text)", borderRadius: "6px" },
  ".cm-diagnostic": { padding: "4px 10px", maxWidth: "420px" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--bad)" },
});
const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent-text)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.comment, tags.meta], color: "var(--muted)" },
  { tag: [tags.number, tags.bool, tags.keyword], color: "var(--violet)" },
]));

/** The document as text. Tab indents; Escape, then Tab, leaves the editor, as in every CodeMirror. */
export default function Editor({ text, kind, marks, label, goTo, onChange }: {
  text: string; kind: Kind; marks: readonly Mark[]; label: string; goTo: { line: number; n: number } | null; onChange: (text: string) => void;
}): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const newest = useRef(onChange);
  newest.current = onChange;
  const language = useRef(new Compartment());
  const name = useRef(new Compartment());

  useEffect(() => {
    const made = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), highlightActiveLine(), lintGutter(), look, colours,
          indentUnit.of("  "), language.current.of([]), name.current.of([]),
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          EditorView.updateListener.of((update) => {
            // What the page itself has written is no news to it.
            if (update.docChanged && update.transactions.some((each) => each.isUserEvent("input") || each.isUserEvent("delete") || each.isUserEvent("undo") || each.isUserEvent("redo") || each.isUserEvent("move")))
              newest.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: [language.current.reconfigure(kind === "yaml" ? yaml() : []), name.current.reconfigure(EditorView.contentAttributes.of({ "aria-label": label }))] });
  }, [kind, label]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === text) return;
    // Only what differs is replaced, so that the caret and the undo history stay.
    const before = editor.state.doc.toString();
    let from = 0;
    while (from < before.length && from < text.length && before[from] === text[from]) ++from;
    let [end, until] = [before.length, text.length];
    while (end > from && until > from && before[end - 1] === text[until - 1]) [end, until] = [end - 1, until - 1];
    editor.dispatch({ changes: { from, to: end, insert: text.slice(from, until) } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc } = editor.state;
    const diagnostics = marks.filter((mark) => mark.line > 0).map((mark): Diagnostic => {
      const line = doc.line(Math.min(mark.line, doc.lines));
      return { from: line.from, to: line.to, severity: "error", message: mark.message };
    }).sort((a, b) => a.from - b.from);
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [marks, text]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || !goTo) return;
    const line = editor.state.doc.line(Math.max(1, Math.min(goTo.line, editor.state.doc.lines)));
    editor.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    editor.focus();
  }, [goTo]);
  return <div ref={host} className="editor" />;
}
