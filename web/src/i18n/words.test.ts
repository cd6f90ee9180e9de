import { expect, test } from "vitest";
import { firstLanguage } from ".";
import { defined, type Tree } from "./words";

const words = import.meta.glob(["../**/words.ts", "./common.ts", "!./words.ts"], { eager: true });
const code = Object.entries(import.meta.glob<string>("../**/*.{ts,tsx}", { eager: true, query: "?raw", import: "default" }))
  .filter(([file]) => !(file in words) && !file.includes(".test."))
  .map(([, text]) => text)
  .join("\n");

function flat(tree: Tree, prefix = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) => (typeof value === "string" ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`)));
}
const placeholders = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

test("every screen brings its words", () => {
  expect(defined.size).toBe(Object.keys(words).length);
});

for (const [name, { en, zh }] of defined) {
  test(`${name}: both languages say the same things`, () => {
    const [english, chinese] = [new Map(flat(en)), new Map(flat(zh))];
    const wanted = [...english.keys()].filter((key) => !key.endsWith("_one"));
    expect([...chinese.keys()].sort()).toEqual(wanted.sort());
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe("");
      expect(english.get(key)!.trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(english.get(key)!));
    }
  });
  test(`${name}: no word is unused`, () => {
    // A key is used whole (`t("why.place")`), or its group is (`t(`state.${...}`)`).
    const keys = flat(en).map(([key]) => key.replace(/_(one|other)$/, ""));
    const unused = keys.filter((key) => {
      const group = key.slice(0, key.lastIndexOf(".") + 1);
      return !code.includes(`"${key}"`) && !(group && code.includes(`\`${group}\${`));
    });
    expect(unused).toEqual([]);
  });
}

test("punctuation of Chinese is Chinese", () => {
  for (const [name, { zh }] of defined) {
    for (const [key, text] of flat(zh)) expect(/[\u4e00-\u9fff][,;?!](\s|$)/.test(text), `${name}.${key}: ${text}`).toBe(false);
  }
});

test("the browser's first language that we speak is spoken", () => {
  expect(firstLanguage(null, ["fr", "zh-Hans-CN", "en"])).toBe("zh");
  expect(firstLanguage(null, ["de"])).toBe("en");
  expect(firstLanguage("en", ["zh"])).toBe("en");
  expect(firstLanguage("xx", ["zh"])).toBe("zh");
});
