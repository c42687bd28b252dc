/** A folder somewhere below another one. */
export interface Folder {
  /** From the outer one, with slashes; `""` for that itself. */
  readonly path: string;
  /** Of its files, sorted. */
  readonly names: readonly string[];
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** A folder and all folders below it; links to folders are not followed. */
export type Walk = (root: string) => AsyncIterable<Folder>;
