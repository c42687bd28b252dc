import { UserError } from "../../errors.ts";
import type { ClipTextConfig } from "../../models/clip/index.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { loadTokenizer } from "../../text/tokenizer-files.ts";
import type { Files } from "../../weights/model-directory.ts";

/** Loads a tokenizer folder. Throws a UserError where a text tower of that config cannot read what it makes. */
export async function fittingTokenizer(host: Files, folder: string, text: ClipTextConfig): Promise<Tokenizer> {
  const tokenizer = await loadTokenizer(host, folder);
  const { positions, vocabulary } = text;
  if (tokenizer.length !== positions)
    throw new UserError(
      `${folder} makes ${tokenizer.length} tokens, but the text tower reads ${positions}: make model_max_length ${positions}`,
    );
  const largest = Math.max(tokenizer.start, tokenizer.end, tokenizer.pad);
  if (largest >= vocabulary)
    throw new UserError(
      `${folder} has the token ${largest}, but the text tower knows ${vocabulary}: take both from one model`,
    );
  return tokenizer;
}
