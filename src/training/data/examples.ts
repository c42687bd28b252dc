import type { Picture } from "../../runtime/host.ts";

/** An RGB picture and what it shows. */
export interface Example {
  readonly picture: Picture;
  readonly caption: string;
}

/** An endless seeded sequence of examples, any of which can be asked for. */
export interface Examples {
  /** Different samples behind the sequence; undefined when they are made up without end. */
  readonly size: number | undefined;
  /** Example `index`: always the same for the same seed, whatever was asked for before. */
  example(index: number): Promise<Example>;
}

/** How examples are cut from pictures. */
export interface Cut {
  /** Edge in pixels that the shorter side of a picture is resized to. */
  readonly size: number;
  /** Edge of the square window that is cut out of it. */
  readonly crop: number;
  /** Where the window lies. */
  readonly window: "centre" | "random";
  /** Whether half of the examples are mirrored. */
  readonly flip: boolean;
}
