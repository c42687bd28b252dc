import type { Genre } from "./genre.ts";
import * as band from "./genres/band.ts";
import * as club from "./genres/club.ts";
import * as elsewhere from "./genres/elsewhere.ts";

/** Every kind of music that is made, in a fixed order. */
export const genres: readonly Genre[] = [band, club, elsewhere].flatMap((some) => Object.values(some));

export function genre(name: string): Genre {
  const found = genres.find((one) => one.name === name);
  if (!found) throw new Error(`there is no genre "${name}"`);
  return found;
}
