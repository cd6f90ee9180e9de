/** Where the qubits of a device stand in its picture. */
export interface Place {
  x: number;
  y: number;
}

/**
 * Places for a graph of which only its pairs are known, by stress majorisation: distances in the picture become those of the
 * graph (Gansner, Koren, North 2004), which draws grids and lattices as what they are. Whole in itself: the same pairs give
 * the same picture. A device in which every qubit meets every other stands in a circle.
 */
export function placesOf(qubits: number, pairs: readonly { a: number; b: number }[]): Place[] {
  if (qubits <= 1) return Array.from({ length: qubits }, () => ({ x: 0, y: 0 }));
  const circle = (): Place[] => Array.from({ length: qubits }, (_, i) => ({ x: Math.sin((2 * Math.PI * i) / qubits), y: -Math.cos((2 * Math.PI * i) / qubits) }));
  if (pairs.length === 0 || pairs.length > qubits * 4) return circle();
  const away = distances(qubits, pairs);
  const places = start(away);
  for (let round = 0; round < 60; ++round) {
    let moved = 0;
    for (let i = 0; i < qubits; ++i) {
      let [x, y, weights] = [0, 0, 0];
      for (let j = 0; j < qubits; ++j) {
        if (i === j) continue;
        const wanted = away[i]![j]!;
        const weight = 1 / (wanted * wanted);
        const [dx, dy] = [places[i]!.x - places[j]!.x, places[i]!.y - places[j]!.y];
        const long = Math.hypot(dx, dy) || 1e-9;
        x += weight * (places[j]!.x + (wanted * dx) / long);
        y += weight * (places[j]!.y + (wanted * dy) / long);
        weights += weight;
      }
      moved += Math.abs(x / weights - places[i]!.x) + Math.abs(y / weights - places[i]!.y);
      places[i] = { x: x / weights, y: y / weights };
    }
    if (moved / qubits < 0.002) break;
  }
  return straight(places, pairs);
}

function distances(qubits: number, pairs: readonly { a: number; b: number }[]): number[][] {
  const near: number[][] = Array.from({ length: qubits }, () => []);
  for (const { a, b } of pairs) {
    near[a]?.push(b);
    near[b]?.push(a);
  }
  return near.map((_, from) => {
    const away = new Array<number>(qubits).fill(qubits);
    away[from] = 0;
    const queue = [from];
    for (const at of queue)
      for (const next of near[at]!) {
        if (away[next]! <= away[at]! + 1) continue;
        away[next] = away[at]! + 1;
        queue.push(next);
      }
    return away;
  });
}

/** Two far ends span the first axis, and a qubit as far from both as can be the second: already nearly right. */
function start(away: number[][]): Place[] {
  const farthest = (from: number): number => away[from]!.reduce((best, far, i) => (far > away[from]![best]! ? i : best), from);
  const a = farthest(0);
  const b = farthest(a);
  const c = away.reduce((best, row, i) => {
    const of = (at: number): number => Math.min(away[at]![a]!, away[at]![b]!) - Math.abs(away[at]![a]! - away[at]![b]!);
    return row && of(i) > of(best) ? i : best;
  }, 0);
  const d = farthest(c);
  // A little aside each, or equal ones would never part.
  return away.map((row, i) => ({ x: row[a]! - row[b]! + 0.05 * Math.sin(i * 12.9898), y: row[c]! - row[d]! + 0.05 * Math.sin(i * 78.233) }));
}

/** Turned so that most pairs lie along the axes, and the longer side lies. */
function straight(places: Place[], pairs: readonly { a: number; b: number }[]): Place[] {
  // The mean direction of the pairs modulo a quarter turn.
  let [cos, sin] = [0, 0];
  for (const { a, b } of pairs) {
    const angle = 4 * Math.atan2(places[b]!.y - places[a]!.y, places[b]!.x - places[a]!.x);
    cos += Math.cos(angle);
    sin += Math.sin(angle);
  }
  const turn = -Math.atan2(sin, cos) / 4;
  let turned = places.map(({ x, y }) => ({ x: x * Math.cos(turn) - y * Math.sin(turn), y: x * Math.sin(turn) + y * Math.cos(turn) }));
  const side = (key: "x" | "y"): number => Math.max(...turned.map((each) => each[key])) - Math.min(...turned.map((each) => each[key]));
  if (side("y") > side("x")) turned = turned.map(({ x, y }) => ({ x: y, y: x }));
  // The first qubit at the upper left, as devices are drawn.
  const middle = (key: "x" | "y"): number => turned.reduce((all, each) => all + each[key], 0) / turned.length;
  const [mx, my] = [middle("x"), middle("y")];
  const [fx, fy] = [turned[0]!.x > mx ? -1 : 1, turned[0]!.y > my ? -1 : 1];
  return turned.map(({ x, y }) => ({ x: (x - mx) * fx, y: (y - my) * fy }));
}
