// The minutes of one scope in columns, one place for each minute, so that a chart takes them as they are.
const MINUTE = 60_000;
/** A day is kept. */
export const KEPT = 1440;
/** `version` is known only of records that came by the stream: it orders these among themselves. */
const FIELDS = ["count", "total", "expected", "low", "high", "score", "verdict", "version"];

export class SeriesTable {
  /** @param {string} scope whose minutes these are */
  constructor(scope) {
    this.scope = scope;
    this.first = null;
    this.length = 0;
    this.series = new Map();
  }

  /** What `/v1/series` answers. */
  static from(scope, answer) {
    const table = new SeriesTable(scope);
    if (answer.series.length === 0) return table;
    table.first = Math.round(answer.start / MINUTE);
    table.length = answer.minutes;
    for (const { dimension, key, ...columns } of answer.series) {
      const made = table.columns(dimension, key);
      for (const field of FIELDS) if (columns[field]) made[field] = columns[field].slice();
    }
    return table;
  }

  columns(dimension, key) {
    const name = `${dimension}|${key}`;
    let found = this.series.get(name);
    if (found === undefined) {
      found = { dimension, key };
      for (const field of FIELDS) found[field] = new Array(this.length).fill(null);
      this.series.set(name, found);
    }
    return found;
  }

  /** Take in a record of the minutes topic; an older version of what is known changes nothing. */
  take(record) {
    if (record.scope !== this.scope) return;
    const minute = Math.round(record.minute / MINUTE);
    if (this.first === null) this.first = minute;
    if (minute < this.first) return;
    this.reach(minute);
    const place = minute - this.first;
    const columns = this.columns(record.dimension, record.key);
    if ((columns.version[place] ?? -1) > record.version) return;
    for (const field of FIELDS) columns[field][place] = record[field] ?? null;
  }

  reach(minute) {
    const more = minute - this.first + 1 - this.length;
    if (more <= 0) return;
    const gone = Math.min(this.length, Math.max(0, this.length + more - KEPT));
    const fresh = Math.min(more, KEPT);
    for (const columns of this.series.values()) {
      for (const field of FIELDS) {
        columns[field].splice(0, gone);
        for (let i = 0; i < fresh; i += 1) columns[field].push(null);
      }
    }
    this.length = this.length - gone + fresh;
    this.first = minute - this.length + 1;
  }

  /** Start of the minute at a place, in milliseconds. */
  at(place) {
    return (this.first + place) * MINUTE;
  }

  /** The series of a dimension: known statuses first, then by what they come to. */
  of(dimension) {
    return [...this.series.values()].filter((one) => one.dimension === dimension);
  }

  get(dimension, key) {
    return this.series.get(`${dimension}|${key}`) ?? null;
  }

  /** Start of each minute in seconds, for a chart; the last `minutes` of them. */
  seconds(minutes) {
    const from = Math.max(0, this.length - minutes);
    return Array.from({ length: this.length - from }, (_, i) => (this.first + from + i) * 60);
  }

  /** The last place at which a status has a record, or -1. */
  last() {
    const statuses = this.of("status");
    for (let place = this.length - 1; place >= 0; place -= 1) {
      if (statuses.some((one) => one.verdict[place] !== null)) return place;
    }
    return -1;
  }

  /** The same up to a place, which is then the last. */
  upto(place) {
    const cut = new SeriesTable(this.scope);
    if (place < 0 || place >= this.length) return cut;
    cut.first = this.first;
    cut.length = place + 1;
    for (const [name, columns] of this.series) {
      const made = { dimension: columns.dimension, key: columns.key };
      for (const field of FIELDS) made[field] = columns[field].slice(0, place + 1);
      cut.series.set(name, made);
    }
    return cut;
  }
}
