import { Document, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar, YAMLMap } from "yaml";

/**
 * The job document as text, and as the fields of a form. The form changes single places of the text: whatever it does not
 * know, comments too, stays as it was written. What a document may say is the centre's affair (docs/formats/job.md).
 */
export interface Reading {
  document: Document;
  /** Why the text is no YAML; then the form waits. */
  fault: { message: string; line: number } | null;
}

export function read(text: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error) return { document, fault: { message: error.message, line: lines.linePos(error.pos[0]).line } };
  if (document.contents !== null && !isMap(document.contents)) return { document, fault: { message: "", line: 1 } };
  return { document, fault: null };
}

/** A field's value; `isOther`: the document says something there that one field of a form cannot. */
export interface Field {
  value: string;
  isOther: boolean;
}
export type Path = readonly string[];

export function fieldAt(document: Document, path: Path): Field {
  if (document.contents === null) return { value: "", isOther: false };
  const node = document.getIn(path, true);
  if (node === undefined) {
    // `cards: 2` says the count of cards without a map.
    const parent = path.length === 2 ? document.getIn([path[0]], true) : undefined;
    const isFirst = path[1] === "count" || path[1] === "qubits";
    return { value: isFirst && isScalar(parent) && parent.value !== null ? String(parent.source ?? parent.value) : "", isOther: false };
  }
  if (isScalar(node)) return { value: node.value === null ? "" : typeof node.value === "number" || typeof node.value === "boolean" ? (node.source ?? String(node.value)) : String(node.value), isOther: false };
  return { value: "", isOther: true };
}

/** A list of plain words, as `a, b`. */
export function listAt(document: Document, path: Path): Field {
  const node = document.contents === null ? undefined : document.getIn(path, true);
  if (isSeq(node) && node.items.every((item) => isScalar(item))) return { value: node.items.map((item) => String((item as Scalar).value)).join(", "), isOther: false };
  return node === undefined ? { value: "", isOther: false } : isScalar(node) ? { value: String(node.value ?? ""), isOther: false } : { value: "", isOther: true };
}

const options = { lineWidth: 0, flowCollectionPadding: false } as const;
const works = ["script", "command", "parts"];

function scalar(value: string): Scalar {
  if (/^(0|[1-9]\d{0,14})$/.test(value)) return new Scalar(Number(value));
  if (value === "true" || value === "false") return new Scalar(value === "true");
  const made = new Scalar(value);
  if (value.includes("\n")) made.type = Scalar.BLOCK_LITERAL;
  return made;
}

/** New fields stand before the work, which is long. */
function beforeWork(document: Document, key: string): void {
  const map = document.contents;
  if (!isMap(map) || works.includes(key)) return;
  const nameOf = (pair: { key: unknown }): string => String(isScalar(pair.key) ? pair.key.value : pair.key);
  const at = map.items.findIndex((pair) => nameOf(pair) === key);
  const work = map.items.findIndex((pair) => works.includes(nameOf(pair)));
  if (at < 0 || work < 0 || at < work) return;
  map.items.splice(work, 0, ...map.items.splice(at, 1));
}

const isBlock = (node: Scalar): boolean => node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;

/** Where a plain value only takes another's place, the text around it stays to the letter. */
function spliced(text: string, document: Document, path: Path, value: string): string | null {
  const before = document.getIn(path, true);
  if (!isScalar(before) || !before.range || isBlock(before) || value === "" || value.includes("\n")) return null;
  const made = new YAMLMap();
  made.flow = path.length > 1;
  made.set("k", scalar(value));
  const said = new Document(made).toString(options).trimEnd();
  const written = made.flow ? said.slice("{k: ".length, -1) : said.slice("k: ".length);
  return text.slice(0, before.range[0]) + written + text.slice(before.range[1]);
}

/** The text with one field changed; an empty value takes it out. A text that is no YAML stays as it is. */
export function withField(text: string, path: Path, value: string): string {
  const { document, fault } = read(text);
  if (fault) return text;
  if (document.contents === null) document.contents = new YAMLMap() as never;
  const kept = path[0] === "script" ? null : spliced(text, document, path, value);
  if (kept !== null) return kept;
  const [key, inner] = path as [string, string | undefined];
  const isNew = !document.has(key);
  if (inner !== undefined) {
    const before = document.get(key, true);
    if (isScalar(before) || before === undefined) {
      const first = key === "qpu" ? "qubits" : "count";
      const had = isScalar(before) && before.value !== null ? before : undefined;
      if (inner === first) {
        if (value === "") document.delete(key);
        else document.set(key, scalar(value));
      } else if (value !== "") {
        const map = new YAMLMap();
        map.flow = true;
        map.set(first, had ?? new Scalar(1));
        map.set(inner, scalar(value));
        document.set(key, map);
      }
    } else if (value === "") {
      document.deleteIn(path);
      if (isMap(before) && before.items.length === 0) document.delete(key);
    } else document.setIn(path, scalar(value));
  } else if (value === "") document.delete(key);
  else {
    const made = scalar(value);
    if (key === "script") made.type = Scalar.BLOCK_LITERAL;
    document.set(key, made);
  }
  if (isNew) beforeWork(document, key);
  return document.toString(options);
}

/** The same with a list: `12, 13`. */
export function withList(text: string, key: string, value: string): string {
  const { document, fault } = read(text);
  if (fault) return text;
  if (document.contents === null) document.contents = new YAMLMap() as never;
  const words = value.split(/[\s,，]+/).filter(Boolean);
  const isNew = !document.has(key);
  if (words.length === 0) document.delete(key);
  else {
    const list = document.createNode(words.map((word) => (/^\d+$/.test(word) ? Number(word) : word)));
    (list as unknown as { flow: boolean }).flow = true;
    document.set(key, list);
  }
  if (isNew) beforeWork(document, key);
  return document.toString(options);
}

export type Kind = "yaml" | "script" | "circuit";

/** What a file is: by its ending, or by how it begins. */
export function kindOf(name: string, text: string): Kind {
  if (/\.qasm[23]?$/i.test(name) || /^\s*(\/\/[^\n]*\n\s*)*OPENQASM\b/.test(text)) return "circuit";
  if (/\.(ya?ml|json)$/i.test(name)) return "yaml";
  return /\.(sh|sbatch|slurm|bash)$/i.test(name) || text.startsWith("#!") ? "script" : "yaml";
}
