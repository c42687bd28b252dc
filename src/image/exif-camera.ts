/** What a camera notes in a picture. */
export interface Photographed {
  /** Local time where it was taken, `2024-05-01T12:30:00`. */
  readonly taken: string | undefined;
  /** Maker and model. */
  readonly camera: string | undefined;
}

/** Tags of EXIF 2.32, section 4.6. */
const tags = { make: 0x010f, model: 0x0110, dateTime: 0x0132, more: 0x8769, original: 0x9003 } as const;

const [ASCII, LONG] = [2, 4];
const longest = 256;

/** Texts and pointers of a TIFF directory; what points beyond the block is passed over. */
function directory(view: DataView, at: number, little: boolean): Map<number, string | number> {
  const found = new Map<number, string | number>();
  if (at + 2 > view.byteLength) return found;
  const entries = view.getUint16(at, little);
  for (let i = 0, entry = at + 2; i < entries && entry + 12 <= view.byteLength; i++, entry += 12) {
    const type = view.getUint16(entry + 2, little);
    const count = view.getUint32(entry + 4, little);
    const value = view.getUint32(entry + 8, little);
    if (type === LONG && count === 1) found.set(view.getUint16(entry, little), value);
    const start = count <= 4 ? entry + 8 : value;
    if (type !== ASCII || count > longest || start + count > view.byteLength) continue;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, count);
    const [text] = new TextDecoder().decode(bytes).split("\0");
    found.set(view.getUint16(entry, little), text!.trim());
  }
  return found;
}

const textOf = (value: string | number | undefined): string => (typeof value === "string" ? value : "");

/** Reads an EXIF block (a TIFF directory, TIFF 6.0, section 2), from its byte order on or with `Exif\0\0` before. */
export function photographed(exif: Uint8Array): Photographed {
  const start = exif[0] === 0x45 ? 6 : 0;
  if (exif.length < start + 8) return { taken: undefined, camera: undefined };
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.byteLength - start);
  const little = view.getUint16(0) === 0x4949;
  const first = directory(view, view.getUint32(4, little), little);
  const pointer = first.get(tags.more);
  const more = typeof pointer === "number" ? directory(view, pointer, little) : new Map<number, string>();
  const [make, model] = [textOf(first.get(tags.make)), textOf(first.get(tags.model))];
  const camera = model.startsWith(make) ? model : `${make} ${model}`.trim();
  const date = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)/.exec(
    textOf(more.get(tags.original)) || textOf(first.get(tags.dateTime)),
  );
  return {
    taken: date && date[1] !== "0000" ? `${date[1]}-${date[2]}-${date[3]}T${date[4]}` : undefined,
    camera: camera || undefined,
  };
}
