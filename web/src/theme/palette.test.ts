import { expect, test } from "vitest";
import { cssVariables, dark, light } from "./palette";

/** Relative luminance and contrast, WCAG 2.2. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

for (const [name, palette] of [["light", light], ["dark", dark]] as const) {
  test(`${name}: text can be read on every ground`, () => {
    for (const ground of ["ground", "surface", "raised", "hover", "selected"] as const) {
      for (const text of ["text", "muted", "accentText"] as const) expect(contrast(palette[text], palette[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const text of ["good", "warn", "bad", "info", "violet"] as const) expect(contrast(palette[text], palette.surface), text).toBeGreaterThanOrEqual(4.5);
    for (const text of ["good", "warn", "bad", "info"] as const) expect(contrast(palette[text], palette[`${text}Ground`]), `${text} on its ground`).toBeGreaterThanOrEqual(4.5);
    expect(contrast("#ffffff", palette.accent), "a button's word").toBeGreaterThanOrEqual(4.5);
    expect(contrast(palette.focus, palette.surface), "the mark of the focus").toBeGreaterThanOrEqual(3);
  });
}

test("colours are variables", () => {
  const variables = new Map(cssVariables(light));
  expect(variables.get("--line-strong")).toBe(light.lineStrong);
  expect(variables.get("--class-lost")).toBe(light.classes.lost);
});
