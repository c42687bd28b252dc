import { UserError } from "../errors.ts";
import { type Expression, Parser } from "./expression.ts";

/** How a picture moves from one frame to the next. */
export interface Motion {
  /** Factor of size; 1 stays. */
  readonly zoom: number;
  /** Degrees, against the clock. */
  readonly rotate: number;
  /** Pixels to the right. */
  readonly x: number;
  /** Pixels down. */
  readonly y: number;
}

const still: Motion = { zoom: 1, rotate: 0, x: 0, y: 0 };

/** A value at a frame; between two keys it goes from one to the other evenly. */
interface Key {
  readonly frame: number;
  readonly value: Expression;
}

type Schedules = Partial<Record<keyof Motion, readonly Key[]>>;

/**
 * Motions for frames 0 to `frames` − 1, of a text like `zoom 1.02, rotate 0.5, x 2` or `zoom 0:1 30:1.05, y (3*sin(t/10))`.
 * After each name is one value, or values at frames, `frame:value`; a value is a number, or an expression in brackets of
 * numbers, the frame t, + − * /, sin and cos. Throws a UsageError that points at what is no such text, a UserError where a
 * value becomes impossible.
 */
export function cameraMotions(text: string, frames: number): Motion[] {
  const schedules = parseCamera(text);
  return Array.from({ length: frames }, (_, frame) => {
    const motion: Record<keyof Motion, number> = { ...still };
    for (const name of Object.keys(schedules) as (keyof Motion)[]) {
      const value = valueAt(schedules[name]!, frame);
      if (!Number.isFinite(value) || (name === "zoom" && value <= 0))
        throw new UserError(
          `the camera's ${name} is ${value} at frame ${frame}; it must be ${name === "zoom" ? "more than 0" : "finite"}`,
        );
      motion[name] = value;
    }
    return motion;
  });
}

function parseCamera(text: string): Schedules {
  const parser = new Parser(text, "camera");
  const schedules: Schedules = {};
  do {
    const position = parser.position;
    const name = parser.word(Object.keys(still) as (keyof Motion)[]);
    if (schedules[name]) parser.fail("is there twice", position);
    schedules[name] = parseKeys(parser);
  } while (!parser.atEnd());
  return schedules;
}

/** One value, or several with their frames, up to a comma or the end. */
function parseKeys(parser: Parser): Key[] {
  const first = parser.label();
  const keys: Key[] = [{ frame: first ?? 0, value: parser.value() }];
  while (!parser.takes(",") && !parser.atEnd()) {
    const position = parser.position;
    const frame = parser.label();
    if (first === undefined || frame === undefined)
      return parser.fail("must be a comma; of several values, each has its frame before it, as in 0:1 30:2", position);
    if (frame <= keys.at(-1)!.frame) parser.fail(`must be more than ${keys.at(-1)!.frame}, the frame before`, position);
    keys.push({ frame, value: parser.value() });
  }
  return keys;
}

function valueAt(keys: readonly Key[], frame: number): number {
  const next = keys.findIndex((key) => key.frame > frame);
  const [a, b] = [keys[next < 0 ? keys.length - 1 : Math.max(0, next - 1)]!, keys[Math.max(0, next)]!];
  if (next <= 0) return a.value(frame);
  const share = (frame - a.frame) / (b.frame - a.frame);
  return (1 - share) * a.value(frame) + share * b.value(frame);
}
