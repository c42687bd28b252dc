import sharp from "sharp";
import { random } from "../../src/training/data/random.ts";
import { compose } from "../../tools/corpus/compose.ts";
import { openCorpus } from "../../tools/corpus/corpus.ts";
import { type Answer, endless, type PictureSite, pictureSite, silent } from "../support/picture-site.ts";

/** What is the matter with a pair, and how often that is. */
const kinds = {
  good: 0.8,
  mismatched: 0.08,
  "same URL": 0.03,
  "same file": 0.02,
  "nearly the same": 0.01,
  slow: 0.01,
  "short caption": 0.01,
  cut: 0.01,
  missing: 0.01,
  page: 0.005,
  small: 0.005,
  huge: 0.004,
  circle: 0.003,
  endless: 0.002,
  silent: 0.001,
} as const;

export type Kind = keyof typeof kinds;

export interface SitePair {
  readonly kind: Kind;
  readonly path: string;
  readonly caption: string;
}

/** Edge of the pictures. */
const edge = 128;

const corpusOptions = { size: edge, crop: edge, plain: 0.7, inked: 0 };

/** A site of pictures that the corpus maker composed, and what is said of them; good and bad ones by a seed. */
export async function curationSite(count: number, seed: number): Promise<PictureSite & { pairs: SitePair[] }> {
  const corpus = openCorpus(".corpus", "generator");
  const dice = random(seed);
  const drawKind = (): Kind => {
    let at = dice.real();
    for (const [kind, share] of Object.entries(kinds)) {
      at -= share;
      if (at < 0) return kind as Kind;
    }
    return "good";
  };
  const composed = (n: number) => compose(corpus, seed, n, corpusOptions);
  const encoded = async (n: number, quality: number): Promise<Buffer> =>
    sharp(composed(n).pixels, { raw: { width: edge, height: edge, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
  const files = new Map<string, Buffer>();
  const pairs: SitePair[] = [];
  const good: number[] = [0];
  for (let n = 0; n < count; n++) {
    const kind = n === 0 ? "good" : drawKind();
    const earlier = dice.pick(good);
    const path = kind === "same URL" ? `/${earlier}.jpg` : `/${n}.jpg?${kind.replaceAll(" ", "-")}`;
    const captionOf: Partial<Record<Kind, number>> = {
      mismatched: n + count,
      "same file": earlier,
      "nearly the same": earlier,
    };
    const caption = kind === "short caption" ? "pic" : composed(captionOf[kind] ?? n).caption;
    if (kind === "good") good.push(n);
    pairs.push({ kind, path: kind === "good" ? `/${n}.jpg` : path, caption });
    if (kind === "same file") files.set(path, await encoded(earlier, 92));
    else if (kind === "nearly the same") files.set(path, await encoded(earlier, 80));
    else if (["good", "mismatched", "slow", "cut"].includes(kind)) files.set(pairs[n]!.path, await encoded(n, 92));
  }
  const plain = (width: number) => sharp({ create: { width, height: width, channels: 3, background: "#c84" } });
  const small = await plain(8).png().toBuffer();
  const huge = await plain(64).png().toBuffer();
  huge.writeUInt32BE(50_000, 16);
  huge.writeUInt32BE(50_000, 20);
  const bad: Readonly<Partial<Record<string, (path: string) => Answer>>> = {
    slow: (path) => (_, response) => setTimeout(() => response.end(files.get(path)), 1500),
    cut: (path) => ({ bytes: files.get(path)!.subarray(0, 700) }),
    missing: () => ({ status: 404 }),
    page: () => ({ bytes: Buffer.from("<html>moved</html>") }),
    small: () => ({ bytes: small }),
    huge: () => ({ bytes: huge }),
    circle: (path) => ({ status: 302, headers: { location: path } }),
    endless: () => endless,
    silent: () => silent,
  };
  const site = await pictureSite((path) => {
    const answer = bad[path.split("?")[1] ?? ""];
    return answer ? answer(path) : { bytes: files.get(path)! };
  });
  return { ...site, pairs };
}
