import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { Resolver } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** What a connection to an address of a private network, or of this machine, fails with. */
export class PrivateAddressError extends Error {
  readonly code = "PRIVATE_ADDRESS";
}

/** Whether an address is one of the public internet: no private, local, shared, reserved or translated one. */
export const isPublic = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";

/** Milliseconds for which the addresses of a name are kept, and the names that are. */
const kept = 300_000;
const mostNames = 10_000;

/** Asks name servers itself: the system's own way takes one of few threads for seconds, which decode pictures meanwhile. */
async function addressesOf(resolver: Resolver, name: string): Promise<LookupAddress[]> {
  const bySystem = (): Promise<LookupAddress[]> =>
    new Promise((resolve, reject) =>
      lookup(name, { all: true }, (error, found) => (error ? reject(error) : resolve(found))),
    );
  // Names without a dot are those of a local network or of /etc/hosts.
  if (!name.includes(".") || name.endsWith(".local")) return bySystem();
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [
    ...(four.status === "fulfilled" ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === "fulfilled" ? six.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (found.length > 0) return found;
  const { code } = (four as PromiseRejectedResult).reason as NodeJS.ErrnoException;
  return code === "ENOTFOUND" || code === "ENODATA"
    ? Promise.reject((four as PromiseRejectedResult).reason)
    : bySystem();
}

/**
 * Looks up names for connections, which are made to the very addresses that are returned here: a name that leads elsewhere
 * a moment later gains nothing. Unless `allowPrivate`, private addresses are left out; where none remains, it fails.
 */
export function guardedLookup(allowPrivate: boolean): LookupFunction {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const known = new Map<string, { readonly until: number; readonly addresses: Promise<LookupAddress[]> }>();
  const addresses = (name: string): Promise<LookupAddress[]> => {
    const before = known.get(name);
    if (before && before.until > Date.now()) return before.addresses;
    if (known.size >= mostNames) known.clear();
    const asked = addressesOf(resolver, name);
    asked.catch(() => {});
    known.set(name, { until: Date.now() + kept, addresses: asked });
    return asked;
  };
  return (name: string, options: LookupOptions, done) => {
    addresses(name).then(
      (all) => {
        const allowed = all.filter(({ address }) => allowPrivate || isPublic(address));
        const family = options.family === "IPv4" ? 4 : options.family === "IPv6" ? 6 : options.family;
        const fitting = family ? allowed.filter((one) => one.family === family) : allowed;
        const [first] = fitting;
        if (!first) done(new PrivateAddressError(`${name} has no public address`), "", 4);
        else if (options.all) done(null, fitting);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, "", 4),
    );
  };
}

/** Throws for a host that is an address itself, which nothing looks up. */
export function checkLiteral(host: string): void {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0 && !isPublic(bare)) throw new PrivateAddressError(`${bare} is not a public address`);
}
