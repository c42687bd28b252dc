import { parentPort } from "node:worker_threads";
import type { Preparation } from "../../runtime/prepare.ts";
import { prepareHere } from "./prepare-here.ts";

/** What was made, or why it was not. */
export type PreparedReply = { readonly data: ArrayBufferView } | { readonly error: string; readonly user: boolean };

/** A thread that answers each preparation with the data. */
parentPort!.on("message", (preparation: Preparation) => {
  try {
    const data = prepareHere(preparation);
    send({ data }, [data.buffer as ArrayBuffer]);
  } catch (error) {
    const { name, message } = error as Error;
    send({ error: message, user: name === "UserError" }, []);
  }
});

function send(reply: PreparedReply, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(reply, transfer);
}
