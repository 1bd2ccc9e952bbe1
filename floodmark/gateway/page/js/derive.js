// What is computed of a scope's series for people: totals, shares, bands, rates. Pure.

/** Statuses in the order in which people know them; others come after, the largest first. */
const ORDER = ["approved", "denied", "failed", "reversed", "backend_reversed", "refunded", "processing"];

/** The series of a dimension in the order in which they are shown. */
export function inOrder(series) {
  const place = (one) => (one.dimension === "status" && ORDER.includes(one.key) ? ORDER.indexOf(one.key) : ORDER.length);
  const size = new Map(series.map((one) => [one, one.count.reduce((sum, n) => sum + (n ?? 0), 0)]));
  return [...series].sort((a, b) => place(a) - place(b) || size.get(b) - size.get(a) || (a.key < b.key ? -1 : 1));
}

/**
 * All transactions a minute, with the band around what is expected.
 *
 * The judge gives each status a band. Of their sum the distance of an end is the root of the sum of squares, which
 * takes the statuses as independent.
 */
export function totals(table, minutes) {
  const statuses = table.of("status");
  const from = Math.max(0, table.length - minutes);
  const made = { value: [], expected: [], low: [], high: [] };
  for (let place = from; place < table.length; place += 1) {
    let total = null;
    let expected = 0;
    let below = 0;
    let above = 0;
    let known = statuses.length > 0;
    for (const one of statuses) {
      if (one.count[place] !== null) total = (total ?? 0) + one.count[place];
      if (one.verdict[place] === null) continue;
      if (one.expected[place] === null || one.low[place] === null || one.high[place] === null) known = known && one.count[place] < 1;
      else {
        expected += one.expected[place];
        below += (one.expected[place] - one.low[place]) ** 2;
        above += (one.high[place] - one.expected[place]) ** 2;
      }
    }
    const band = known && total !== null && expected > 0;
    made.value.push(total);
    made.expected.push(band ? expected : null);
    made.low.push(band ? Math.max(0, expected - Math.sqrt(below)) : null);
    made.high.push(band ? expected + Math.sqrt(above) : null);
  }
  return made;
}

/** One series as counts with its band. */
export function counts(table, dimension, key, minutes) {
  const one = table.get(dimension, key);
  const from = Math.max(0, table.length - minutes);
  const cut = (column) => (one === null ? new Array(table.length - from).fill(null) : one[column].slice(from));
  return { value: cut("count"), expected: cut("expected"), low: cut("low"), high: cut("high") };
}

/** One series as parts of all of its minute, with the band as parts of the same. */
export function shares(table, dimension, key, minutes) {
  const one = table.get(dimension, key);
  const from = Math.max(0, table.length - minutes);
  const made = { value: [], expected: [], low: [], high: [] };
  for (let place = from; place < table.length; place += 1) {
    const total = one?.total[place];
    const part = (column) => (one !== null && total > 0 && one[column][place] !== null ? one[column][place] / total : null);
    made.value.push(part("count"));
    for (const column of ["expected", "low", "high"]) made[column].push(clipped(part(column)));
  }
  return made;
}
const clipped = (part) => (part === null ? null : Math.min(1, part));

/**
 * The same in steps of some minutes, for a line that is read from afar: of a few transactions in a minute a share jumps
 * by chance. Sums over sums; of the band the distance of an end is the root of the sum of squares.
 *
 * @returns {{seconds: number[], columns: object}}
 */
export function steppedShares(table, dimension, key, minutes, step) {
  const one = table.get(dimension, key);
  const from = Math.max(0, table.length - minutes);
  const seconds = [];
  const columns = { value: [], expected: [], low: [], high: [] };
  // Steps end with the newest minute, so that the last point is a whole one.
  for (let start = from + ((table.length - from) % step); start < table.length; start += step) {
    seconds.push((table.first + start + step / 2) * 60);
    const sum = { count: 0, total: 0, expected: 0, below: 0, above: 0, seen: 0, known: 0 };
    for (let place = start; one !== null && place < start + step; place += 1) {
      if (one.count[place] === null) continue;
      sum.seen += 1;
      sum.count += one.count[place];
      sum.total += one.total[place];
      if (one.expected[place] === null || one.low[place] === null || one.high[place] === null) continue;
      sum.known += 1;
      sum.expected += one.expected[place];
      sum.below += (one.expected[place] - one.low[place]) ** 2;
      sum.above += (one.high[place] - one.expected[place]) ** 2;
    }
    const part = (number) => (sum.total > 0 ? Math.max(0, Math.min(1, number / sum.total)) : null);
    const band = sum.known > 0 && sum.known === sum.seen;
    columns.value.push(part(sum.count));
    columns.expected.push(band ? part(sum.expected) : null);
    columns.low.push(band ? part(sum.expected - Math.sqrt(sum.below)) : null);
    columns.high.push(band ? part(sum.expected + Math.sqrt(sum.above)) : null);
  }
  return { seconds, columns };
}

/** The highest score of any series in each minute. */
export function scores(table, minutes) {
  const all = [...table.series.values()];
  const from = Math.max(0, table.length - minutes);
  const made = [];
  for (let place = from; place < table.length; place += 1) {
    let highest = null;
    for (const one of all) if (one.score[place] !== null && one.score[place] >= (highest ?? 0)) highest = one.score[place];
    made.push(highest);
  }
  return made;
}

/** Counts of the series of a dimension over the last minutes, the largest first, with what was expected. */
export function mix(table, dimension, minutes) {
  const from = Math.max(0, table.length - minutes);
  const sum = (column) => column.slice(from).reduce((all, n) => all + (n ?? 0), 0);
  const rows = table.of(dimension).map((one) => ({ key: one.key, count: sum(one.count), expected: one.expected.slice(from).some((n) => n !== null) ? sum(one.expected) : null }));
  const total = rows.reduce((all, row) => all + row.count, 0);
  return { total, rows: rows.filter((row) => row.count > 0).sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)) };
}

/** By series and hour: its part of all, what was expected, and the highest score. `hourStart` gives the start of the hour of an instant. */
export function hours(table, series, hourStart) {
  const made = new Map();
  for (let place = 0; place < table.length; place += 1) {
    if (series.count[place] === null) continue;
    const at = hourStart(table.at(place));
    const cell = made.get(at) ?? { at, count: 0, total: 0, expected: 0, known: false, score: 0 };
    cell.count += series.count[place];
    cell.total += series.total[place] ?? 0;
    if (series.expected[place] !== null) {
      cell.expected += series.expected[place];
      cell.known = true;
    }
    cell.score = Math.max(cell.score, series.score[place] ?? 0);
    made.set(at, cell);
  }
  return [...made.values()];
}

/** Where a value lies: `below`, `above`, `within` or `unknown`. */
export function against(value, low, high) {
  if (value === null || value === undefined || low === null || high === null) return "unknown";
  if (value < low) return "below";
  return value > high ? "above" : "within";
}
