import type { SchedulerSettings } from "../../diffusion/index.ts";
import { settingsOf } from "../draw/settings-of.ts";
import type { MusicModel } from "./form.ts";
import type { Composed, ComposeRequest, Extent } from "./request.ts";

/** All that composes a piece again, under the names that pictures' settings have, and those of its own. */
export function composedSettings(
  { model, form }: MusicModel,
  request: ComposeRequest,
  { columns, samples }: Extent,
  scheduler: SchedulerSettings,
): Composed["settings"] {
  const { prompts, init, bpm, beat, stereo, seconds: _, iterations, ...manner } = request;
  const { melBands, sampleRate } = form.parameters;
  const drawing = { ...manner, prompts, width: columns, height: melBands };
  const { more, ...shared } = settingsOf(model, drawing, scheduler, 0);
  const own: (readonly [string, string])[] = [
    ["Seconds", String(samples / sampleRate)],
    ...prompts.slice(1).map((prompt, i) => [`To ${i + 1}`, prompt] as const),
    ...(bpm === undefined ? [] : [["BPM", String(bpm)] as const]),
    ...(beat === undefined ? [] : [["Beat", String(beat)] as const]),
    ...(stereo ? [["Stereo", "True"] as const] : []),
    ...(iterations === undefined ? [] : [["Phase iterations", String(iterations)] as const]),
    ...(init?.anew ? [["Anew", init.anew.map(({ from, to }) => `${from}-${to}`).join(",")] as const] : []),
  ];
  const strength = init && (init.strength ?? 0.55);
  return { ...shared, ...(strength !== undefined && { strength }), more: new Map([...own, ...(more ?? [])]) };
}
