// What others wrote, made fit for a page; the same rule as schemas/shown.py.
const UNPRINTED = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** The text with every character that is not printed written out by its number: \x9b, \u202e. */
export function shown(text) {
  return String(text).replace(UNPRINTED, (sign) => {
    const number = sign.codePointAt(0);
    if (number <= 0xff) return `\\x${number.toString(16).padStart(2, "0")}`;
    return number <= 0xffff
      ? `\\u${number.toString(16).padStart(4, "0")}`
      : `\\U${number.toString(16).padStart(8, "0")}`;
  });
}
