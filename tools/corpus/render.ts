// Renders every hand's picture of every thing once: npx tsx tools/corpus/render.ts [folder]
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { type CorpusIndex, indexFile, picturesFile } from "./corpus.ts";
import { drawings } from "./drawings.ts";
import { allHands, type Hand } from "./hands.ts";
import { splitOf } from "./splits.ts";
import { readThings } from "./things.ts";

const size = 128;

/** SVG → premultiplied RGBA bytes. librsvg draws at the size that the root element says. */
async function render(svg: string): Promise<Uint8Array> {
  const sized = svg.replace(/width="[\d.]+" height="[\d.]+"/, `width="${size}" height="${size}"`);
  const { data, info } = await sharp(Buffer.from(sized)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  if (info.width !== size || info.height !== size || info.channels !== 4) throw new Error("unexpected picture layout");
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    for (let c = 0; c < 3; c++) data[i + c] = Math.round((data[i + c]! * alpha) / 255);
  }
  return data;
}

async function main(folder: string): Promise<void> {
  const started = performance.now();
  const things = readThings();
  const jobs = allHands.flatMap((hand) =>
    [...drawings(hand, things)].map(([thing, svg]) => ({ thing, hand: hand.name, svg })),
  );
  await mkdir(folder, { recursive: true });
  const path = join(folder, picturesFile);
  const file = await open(`${path}.part`, "w");
  const pictures: [number, Hand, ReturnType<typeof splitOf>][] = [];
  const group = 64;
  for (let at = 0; at < jobs.length; at += group) {
    const some = jobs.slice(at, at + group);
    const rendered = await Promise.all(
      some.map(({ svg, thing, hand }) =>
        render(svg).catch((cause: unknown) => {
          throw new Error(`${hand}'s ${thing.label} cannot be drawn`, { cause });
        }),
      ),
    );
    await file.writev(rendered);
    for (const { thing, hand } of some) pictures.push([things.indexOf(thing), hand, splitOf(thing, hand)]);
    if (process.stderr.isTTY || at % 2048 === 0)
      process.stderr.write(`\r${pictures.length} of ${jobs.length} pictures`);
  }
  await file.close();
  await rename(`${path}.part`, path);
  const index: CorpusIndex = { size, things: things.map(({ slugs: _, ...thing }) => thing), pictures };
  await writeFile(join(folder, indexFile), `${JSON.stringify(index)}\n`);
  process.stderr.write(` in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  for (const { name } of allHands) console.log(`${name}: ${pictures.filter(([, hand]) => hand === name).length}`);
  for (const split of ["train", "held-thing", "held-pair", "unseen-hand", "aid", "left-out"])
    console.log(`${split}: ${pictures.filter(([, , s]) => s === split).length}`);
}

await main(process.argv[2] ?? ".corpus");
