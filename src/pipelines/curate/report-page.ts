import type { Histogram } from "./histogram.ts";
import type { Counted } from "./reasons.ts";
import type { CurateReport } from "./report.ts";
import type { Measured, Stage } from "./statistics.ts";

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 2 });

const [width, height, margin] = [460, 150, 28];

/** A picture of a histogram, and of the bound that divides it. */
export function histogramPicture(histogram: Histogram, bound?: number): string {
  const { from, step, log, counts } = histogram;
  const first = Math.max(0, counts.findIndex((count) => count > 0) - 1);
  const last = Math.min(counts.length - 1, counts.findLastIndex((count) => count > 0) + 1);
  const shown = counts.slice(first, last + 1);
  const most = Math.max(1, ...shown);
  const bar = width / shown.length;
  const at = (bin: number): string => {
    const value = from + step * bin;
    return number(log ? Math.round(2 ** value) : value);
  };
  const bars = shown.map((count, i) => {
    const tall = (height * count) / most;
    return `<rect x="${(i * bar).toFixed(1)}" y="${(height - tall).toFixed(1)}" width="${Math.max(1, bar - 1).toFixed(1)}" height="${tall.toFixed(1)}"><title>${at(first + i)} to ${at(first + i + 1)}: ${number(count)}</title></rect>`;
  });
  const edges = new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * shown.length)));
  const ticks = Array.from(edges, (edge) => {
    const anchor = edge === 0 ? "start" : edge === shown.length ? "end" : "middle";
    return `<text x="${(edge * bar).toFixed(1)}" y="${height + 16}" text-anchor="${anchor}">${at(first + edge)}</text>`;
  });
  const x = bound === undefined ? undefined : (((log ? Math.log2(bound) : bound) - from) / step - first) * bar;
  const line =
    x === undefined || x < 0 || x > width
      ? ""
      : `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="0" y2="${height}"/><text x="${(x + 4).toFixed(1)}" y="12">${bound}</text>`;
  return `<svg viewBox="-4 -4 ${width + 8} ${height + margin}" width="${width}" role="img"><path d="M0 ${height}H${width}"/>${bars.join("")}${line}${ticks.join("")}</svg>`;
}

const names: Readonly<Record<Measured, string>> = {
  similarity: "Cosine of picture and caption",
  aesthetic: "Aesthetic score",
  punsafe: "Probability of being unsafe",
  original_width: "Width in pixels",
  original_height: "Height in pixels",
  aspect: "Longer by shorter side",
  caption: "Characters of the caption",
};

const stages: Readonly<Record<Stage, string>> = {
  fetch: "waiting for downloads, all pairs added up",
  look: "decoding, resizing and hashing in threads",
  compare: "CLIP",
  write: "writing",
};

function reasonsTable(title: string, counted: Counted, of: number): string {
  const rows = Object.entries(counted).map(([reason, { count, first }]) => {
    const shown = first.map((name) => `<li>${escaped(name)}</li>`).join("");
    const details = `<details><summary>${escaped(reason)}</summary><ul>${shown}</ul></details>`;
    return `<tr><td>${details}</td><td>${number(count)}</td><td>${number((100 * count) / Math.max(1, of))} %</td></tr>`;
  });
  return rows.length === 0 ? "" : `<h2>${title}</h2><table>${rows.join("")}</table>`;
}

/** Languages that are named; others are added up. */
const mostLanguages = 10;

function languagesTable(counts: Readonly<Record<string, number>>): string {
  const names = new Intl.DisplayNames("en", { type: "language" });
  const all = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const rest = all.slice(mostLanguages).reduce((sum, [, count]) => sum + count, 0);
  const nameOf = (code: string): string => (code === "und" ? "not clear" : (names.of(code) ?? code));
  const rows = all.slice(0, mostLanguages).map(([code, count]) => line(escaped(nameOf(code)), count));
  return `<table>${rows.join("")}${rest > 0 ? line("others", rest) : ""}</table>`;
}

const line = (name: string, value: number): string => `<tr><td>${name}</td><td>${number(value)}</td></tr>`;

/** A page for people: what became of the pairs, histograms, and where the time went. It loads nothing. */
export function reportPage({ options, gathered, kept, total, elapsed, pairsPerSecond }: CurateReport): string {
  const bounds: Readonly<Partial<Record<Measured, number | undefined>>> = {
    similarity: options.minSimilarity,
    aesthetic: options.minAesthetic,
    punsafe: options.maxUnsafe,
    aspect: options.maxAspect,
    caption: options.minCaption,
  };
  const histograms = (Object.keys(names) as Measured[])
    .filter((name) => total.histograms[name].counts.some((count) => count > 0))
    .map(
      (name) =>
        `<figure><figcaption>${names[name]}</figcaption>${histogramPicture(total.histograms[name], bounds[name])}</figure>`,
    );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A curated data set</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse } td { padding: .15rem 1rem .15rem 0; vertical-align: top } td + td { text-align: right }
figure { display: inline-block; margin: 0 1rem 1.5rem 0 } rect { fill: #31688e } line { stroke: #d33 } path { stroke: #bbb } svg text { font-size: 11px; fill: #555 }
li { overflow-wrap: anywhere; color: #555 } summary { cursor: pointer }
</style>
<h1>${number(kept)} of ${number(gathered.read)} pairs</h1>
<p>Measured by ${escaped(options.model.name)}; ${options.inputs.map(escaped).join(", ")}.</p>
<table>${[
    line("read", gathered.read),
    line("left out before downloading", gathered.read - gathered.pairs),
    line("could not be downloaded", total.failed_to_download),
    line("no picture, or a broken one", total.failed_to_resize),
    line("did not pass", total.filtered),
    line("there twice", total.duplicates),
    line("kept", kept),
  ].join("")}</table>
${reasonsTable("Left out before downloading", gathered.dropped, gathered.read)}
${reasonsTable("Left out afterwards", total.reasons, total.count)}
${reasonsTable("Unusual", { ...gathered.remarks, ...total.remarks }, gathered.read)}
<h2>Pictures</h2>
${histograms.join("\n")}
<h2>Languages of the captions kept</h2>
${languagesTable(total.languages)}
<h2>Time</h2>
<p>${number(total.count)} pairs in ${number(elapsed)} s: ${number(pairsPerSecond)} pairs/s, ${number(total.bytes / 2 ** 20)} MB downloaded.</p>
<table>${(Object.keys(stages) as Stage[]).map((stage) => line(`${stages[stage]}, seconds`, total.seconds[stage])).join("")}</table>
</html>
`;
}
