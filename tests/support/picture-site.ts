import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a site says to a request: a file, a status, or what it does itself. */
export type Answer =
  | { readonly bytes: Uint8Array; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface PictureSite {
  /** `http://127.0.0.1:40123` */
  readonly origin: string;
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** A site on this machine. `answer` hears how often a path was asked for before. */
export async function pictureSite(
  answer: (path: string, before: number) => Answer | Promise<Answer>,
): Promise<PictureSite> {
  const asked = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const path = request.url!;
    const before = asked.get(path) ?? 0;
    asked.set(path, before + 1);
    void Promise.resolve(answer(path, before)).then((said) => {
      if (typeof said === "function") return said(request, response);
      response.writeHead("status" in said ? said.status : 200, said.headers);
      response.end("bytes" in said ? said.bytes : undefined);
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Says nothing for ever. */
export const silent: Answer = () => {};

/** Sends bytes without end, as fast as they are taken. */
export const endless: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "image/png" });
  const piece = Buffer.alloc(2 ** 16);
  const pour = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on("drain", pour);
  pour();
};

/** Sends a byte now and then, without end. */
export const dripping: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "image/png" });
  const timer = setInterval(() => response.write("x"), 50);
  response.on("close", () => clearInterval(timer));
};
