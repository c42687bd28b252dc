/** Rows of cells as aligned text; columns of figures are set to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const figures = head.map((_, i) => rows.every((row) => /^-?[\d.,]+( (k|M|G|kB|MB|GB|B|%))?$/.test(row[i]!)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (figures[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map(line).join("\n");
}

/** A count or a size with three figures and a decimal prefix: `860 M`, `3.44 GB`. */
export function scaled(value: number, unit: "" | "B" = ""): string {
  const prefixes = ["", "k", "M", "G"] as const;
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const [number, prefix] = [value / 1000 ** power, prefixes[power]!];
  const digits = power === 0 ? String(value) : number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);
  return `${digits} ${prefix}${unit}`.trimEnd();
}
