/** Numbers of Exif's tags (Exif 2.3, section 4.6). */
const exifDirectory = 0x8769;
const userComment = 0x9286;

const long = 4;
const undefinedType = 7;

/** Bytes before a user comment's text that say how it is written (Exif 2.3, table 9). */
const codeLength = 8;

/** An Exif block whose user comment is a text, as AUTOMATIC1111's interface writes settings into JPEG and WebP. */
export function exifComment(text: string): Uint8Array {
  const marked = new Uint8Array(codeLength + 2 * text.length);
  marked.set(new TextEncoder().encode("UNICODE\0"));
  const view = new DataView(marked.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(codeLength + 2 * i, text.charCodeAt(i));
  // "MM", 42 and the place of the first directory; a directory of one entry is 18 bytes long.
  const [first, second] = [8, 26];
  const exif = new Uint8Array(second + 18 + marked.length);
  const out = new DataView(exif.buffer);
  exif.set([0x4d, 0x4d, 0, 42, 0, 0, 0, first]);
  const entry = (at: number, tag: number, type: number, count: number, value: number): void => {
    out.setUint16(at, 1);
    out.setUint16(at + 2, tag);
    out.setUint16(at + 4, type);
    out.setUint32(at + 6, count);
    out.setUint32(at + 10, value);
  };
  entry(first, exifDirectory, long, 1, second);
  entry(second, userComment, undefinedType, marked.length, second + 18);
  exif.set(marked, second + 18);
  return exif;
}

/** The user comment of an Exif block; undefined where there is none, or what points to it leads out of the block. */
export function readExifComment(block: Uint8Array | undefined): string | undefined {
  const exif = block && startsWith(block, "Exif\0\0") ? block.subarray(6) : block;
  if (!exif || exif.length < 8) return undefined;
  const little = startsWith(exif, "II");
  if (!little && !startsWith(exif, "MM")) return undefined;
  const view = new DataView(exif.buffer, exif.byteOffset, exif.length);
  /** Number of values and place of the entry `tag` in a directory. */
  const entry = (directory: number, tag: number): { count: number; value: number } | undefined => {
    if (directory + 2 > exif.length) return undefined;
    const entries = view.getUint16(directory, little);
    for (let i = 0, at = directory + 2; i < entries && at + 12 <= exif.length; i++, at += 12)
      if (view.getUint16(at, little) === tag)
        return { count: view.getUint32(at + 4, little), value: view.getUint32(at + 8, little) };
    return undefined;
  };
  const inner = entry(view.getUint32(4, little), exifDirectory);
  const comment = inner && entry(inner.value, userComment);
  if (!comment || comment.count < codeLength || comment.value + comment.count > exif.length) return undefined;
  const bytes = exif.subarray(comment.value, comment.value + comment.count);
  const text = bytes.subarray(codeLength);
  const decoded = startsWith(bytes, "UNICODE") ? utf16(text) : new TextDecoder().decode(text);
  return decoded.replace(/\0+$/, "");
}

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  [...text].every((c, i) => bytes[i] === c.charCodeAt(0));

/** Writers do not agree on the order of bytes: most characters are below 256, so that zeros tell. */
function utf16(bytes: Uint8Array): string {
  const zeros = (offset: number): number =>
    bytes.reduce((sum, byte, i) => sum + (i % 2 === offset && byte === 0 ? 1 : 0), 0);
  return new TextDecoder(zeros(0) >= zeros(1) ? "utf-16be" : "utf-16le").decode(bytes);
}
