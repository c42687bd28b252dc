/** Edits that turn one word into another: a letter put in, left out or changed, two neighbours swapped. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1), swapped ? before[j - 2]! + 1 : j + i),
      );
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}

/** What was probably meant: the candidate closest to the word, if a third of its letters or fewer differ. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = candidate.startsWith(word) && word.length >= 3 ? 1 : distance(word.toLowerCase(), candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

/** `; did you mean x?`, or nothing. */
export function hint(word: string, candidates: Iterable<string>, show = (name: string): string => name): string {
  const found = word.length > 40 ? undefined : nearest(word, candidates);
  return found === undefined ? "" : `; did you mean ${show(found)}?`;
}
