const block = 512;
const utf8 = new TextEncoder();

/** POSIX ustar, always the same for the same name and length. Names have up to 100 bytes. */
function tarHeader(name: string, length: number): Uint8Array {
  const header = new Uint8Array(block);
  const put = (text: string, at: number): void => header.set(utf8.encode(text), at);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  if (utf8.encode(name).length > 100) throw new Error(`tarHeader: ${name} is too long`);
  put(name, 0);
  put(octal(0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(length, 11), 124);
  put(octal(0, 11), 136);
  put(" ".repeat(8), 148);
  put("0", 156);
  put("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${octal(sum, 6)} `, 148);
  return header;
}

/** What fills a file's last block. */
const tarPadding = (length: number): Uint8Array => new Uint8Array((block - (length % block)) % block);

/** A file of an archive, piece by piece. */
export function* tarFile(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield tarHeader(name, bytes.length);
  yield bytes;
  yield tarPadding(bytes.length);
}

/** What an archive ends with. */
export const tarEnd = new Uint8Array(2 * block);
