import { UserError } from "../../../errors.ts";

export type FFmpeg = typeof import("node-av/lib") & typeof import("node-av/constants");

/** FFmpeg, where the optional package node-av is there. Throws a UserError that says what for and how to add it. */
export async function loadFFmpeg(purpose: string): Promise<FFmpeg> {
  try {
    const [lib, constants] = await Promise.all([import("node-av/lib"), import("node-av/constants")]);
    // It would write its remarks between the program's lines.
    lib.Log.setLevel(constants.AV_LOG_QUIET);
    return { ...constants, ...lib };
  } catch (error) {
    throw new UserError(`${purpose} needs FFmpeg: npm install node-av`, { cause: error });
  }
}
