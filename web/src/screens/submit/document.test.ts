import { expect, test } from "vitest";
import { fieldAt, kindOf, listAt, read, withField, withList } from "./document";

const text = `# a sweep
name: taylor   # of the bar
wall: 10m
retry: {attempts: 3, delay: 5s}
cards: 2
script: |
  #!/bin/bash
  ./taylor --speed 3
`;

test("one field changes, and the rest stays as it was written", () => {
  const next = withField(text, ["wall"], "2h");
  expect(next).toBe(text.replace("10m", "2h"));
  expect(withField(text, ["name"], "other")).toBe(text.replace("name: taylor", "name: other"));
});

test("a new field stands before the work; an empty one goes", () => {
  const next = withField(text, ["cores"], "4");
  expect(next.indexOf("cores: 4")).toBeGreaterThan(0);
  expect(next.indexOf("cores: 4")).toBeLessThan(next.indexOf("script:"));
  expect(withField(next, ["cores"], "")).toBe(text.replace("taylor   #", "taylor #"));
});

test("numbers are numbers, words are words, and lines are a block", () => {
  expect(withField("", ["cores"], "4")).toBe("cores: 4\n");
  expect(withField("", ["tasks"], "4..16")).toBe("tasks: 4..16\n");
  expect(withField("", ["preemptible"], "true")).toBe("preemptible: true\n");
  expect(withField("", ["script"], "#!/bin/sh\necho a: b\n")).toBe("script: |\n  #!/bin/sh\n  echo a: b\n");
  expect(fieldAt(read("name: \"12\"").document, ["name"]).value).toBe("12");
});

test("a count becomes a map when more is said, and is read from both", () => {
  const typed = withField(text, ["cards", "type"], "a100");
  expect(typed).toContain("cards: {count: 2, type: a100}");
  expect(fieldAt(read(text).document, ["cards", "count"]).value).toBe("2");
  expect(fieldAt(read(typed).document, ["cards", "count"]).value).toBe("2");
  expect(fieldAt(read(typed).document, ["cards", "type"]).value).toBe("a100");
  expect(withField(typed, ["cards", "count"], "4")).toContain("{count: 4, type: a100}");
  expect(withField("qpu: {qubits: 5, gates: [cz]}\n", ["qpu", "device"], "lake-grid")).toBe("qpu: {qubits: 5, gates: [cz], device: lake-grid}\n");
});

test("what a field cannot say is left alone", () => {
  expect(fieldAt(read("tasks: {min: 4, max: 16}").document, ["tasks"])).toEqual({ value: "", isOther: true });
  expect(read("name: [").fault!.line).toBe(1);
  expect(withField("name: [", ["wall"], "1h")).toBe("name: [");
  expect(read("- a\n- b\n").fault).not.toBeNull();
});

test("lists are words with commas", () => {
  const next = withList(text, "after-ok", "12, 13");
  expect(next).toContain("after-ok: [12, 13]");
  expect(listAt(read(next).document, ["after-ok"]).value).toBe("12, 13");
  expect(withList(next, "after-ok", "")).not.toContain("after-ok");
});

test("a file is known by its name or its first words", () => {
  expect(kindOf("bell.qasm", "")).toBe("circuit");
  expect(kindOf("x", "// bell\nOPENQASM 3.0;")).toBe("circuit");
  expect(kindOf("run.sbatch", "")).toBe("script");
  expect(kindOf("run", "#!/bin/bash\n")).toBe("script");
  expect(kindOf("job.yaml", "#!")).toBe("yaml");
});
