/**
 * Colours for things of which there are many and whose names nobody knows beforehand: projects, jobs. Neighbouring numbers
 * are far apart in hue (golden angle), and lightness alternates. Never alone: a name stands beside them, or comes on hovering.
 */
export function categoryColour(index: number, isDark: boolean): string {
  const hue = (index * 137.508 + 215) % 360;
  const step = Math.floor(index / 6) % 3;
  const lightness = isDark ? 42 + step * 7 : 56 + step * 8;
  return `hsl(${hue.toFixed(1)} ${isDark ? 42 : 52}% ${lightness}%)`;
}

// From pale to strong, so that order is seen without colour sight too.
const heat = {
  light: [[214, 230, 242], [246, 221, 164], [226, 140, 74], [168, 28, 36]],
  dark: [[38, 62, 84], [110, 92, 52], [200, 118, 52], [255, 112, 98]],
} as const;

/** From good (0) to bad (1). Read beside its scale. */
export function heatColour(part: number, isDark: boolean): string {
  const stops = isDark ? heat.dark : heat.light;
  const at = Math.max(0, Math.min(1, part)) * (stops.length - 1);
  const [low, high] = [stops[Math.floor(at)]!, stops[Math.ceil(at)]!];
  const mixed = low.map((channel, i) => Math.round(channel + (high[i]! - channel) * (at - Math.floor(at))));
  return `rgb(${mixed.join(" ")})`;
}

/** What can be read on it. */
export function textOnHeat(part: number, isDark: boolean): string {
  if (isDark) return part > 0.55 ? "#0e1217" : "#ffffff";
  return part > 0.78 ? "#ffffff" : "#1a2233";
}
