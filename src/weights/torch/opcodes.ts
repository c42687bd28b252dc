import { Inert, Name } from "./objects.ts";
import type { Machine } from "./pickle.ts";

type Operation = (machine: Machine) => void;

/** What is done for an operation, by its byte; STOP is the machine's own affair. */
export const operations: Readonly<Record<number, Operation>> = {
  // PROTO
  128: (m) => {
    const version = m.byte();
    if (version > 5) throw m.fail(`it is of the pickle protocol ${version}`);
  },
  40: (m) => m.marks.push(m.stack.length), // MARK
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  75: (m) => m.push(m.byte()), // BININT1
  77: (m) => m.push(m.number(2, (view, at) => view.getUint16(at, true))), // BININT2
  74: (m) => m.push(m.number(4, (view, at) => view.getInt32(at, true))), // BININT
  71: (m) => m.push(m.number(8, (view, at) => view.getFloat64(at))), // BINFLOAT
  138: (m) => m.push(wholeNumber(m.take(m.byte()))), // LONG1
  88: (m) => m.push(m.text(m.take(m.number(4, (view, at) => view.getUint32(at, true))))), // BINUNICODE
  85: (m) => m.push(m.text(m.take(m.byte()))), // SHORT_BINSTRING
  41: (m) => m.hold(Object.freeze([])), // EMPTY_TUPLE
  93: (m) => m.hold([]), // EMPTY_LIST
  125: (m) => m.hold(new Map()), // EMPTY_DICT
  143: (m) => m.hold(new Set()), // EMPTY_SET
  116: (m) => m.hold(Object.freeze(m.marked())), // TUPLE
  133: (m) => m.hold(Object.freeze(m.several(1))), // TUPLE1
  134: (m) => m.hold(Object.freeze(m.several(2))), // TUPLE2
  135: (m) => m.hold(Object.freeze(m.several(3))), // TUPLE3
  // APPEND, APPENDS, SETITEM, SETITEMS
  97: (m) => append(m, m.several(1)),
  101: (m) => append(m, m.marked()),
  115: (m) => setItems(m, m.several(2)),
  117: (m) => setItems(m, m.marked()),
  // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
  113: (m) => m.memo.set(m.byte(), m.top()),
  114: (m) => m.memo.set(uint32(m), m.top()),
  104: (m) => m.push(remembered(m, m.byte())),
  106: (m) => m.push(remembered(m, uint32(m))),
  99: (m) => m.push(m.meanings.name(m.line(), m.line())), // GLOBAL
  81: (m) => m.hold(m.meanings.reference(m.pop())), // BINPERSID
  129: call, // NEWOBJ
  82: call, // REDUCE
  98: build, // BUILD
};

const uint32 = (m: Machine): number => m.number(4, (view, at) => view.getUint32(at, true));

/** Two's complement, little-endian: a number where it is exact, a bigint otherwise. */
function wholeNumber(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function remembered(m: Machine, key: number): unknown {
  if (!m.memo.has(key)) throw m.fail(`it refers to the value ${key}, which it did not make`);
  return m.memo.get(key);
}

function append(m: Machine, items: unknown[]): void {
  const list = m.top();
  if (Array.isArray(list) && !Object.isFrozen(list)) for (const item of items) list.push(item);
  else if (!(list instanceof Inert)) throw m.fail("it appends to what is not a list");
}

function setItems(m: Machine, items: unknown[]): void {
  const target = m.top();
  if (items.length % 2 !== 0) throw m.fail("it has a key without a value");
  if (target instanceof Map) for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  else if (!(target instanceof Inert)) throw m.fail("it sets items of what is not a dictionary");
}

/** An instance of a class, or the result of a function: what their name means to us. */
function call(m: Machine): void {
  const [name, args] = m.several(2);
  if (!(name instanceof Name)) throw m.fail("it calls what is not a name");
  if (!Array.isArray(args)) throw m.fail(`it calls ${name.path} without a list of arguments`);
  m.hold(name.make(args));
}

/** The state of an object; that of others than inert ones, such as a dictionary's attributes, is of no use. */
function build(m: Machine): void {
  const state = m.pop();
  const target = m.top();
  if (target instanceof Inert) target.state = state;
}

/** Operations of pickles that are not among those above. */
const others: Readonly<Record<number, string>> = {
  48: "POP",
  49: "POP_MARK",
  50: "DUP",
  66: "BINBYTES",
  67: "SHORT_BINBYTES",
  70: "FLOAT",
  73: "INT",
  76: "LONG",
  80: "PERSID",
  83: "STRING",
  84: "BINSTRING",
  86: "UNICODE",
  100: "DICT",
  103: "GET",
  105: "INST",
  108: "LIST",
  111: "OBJ",
  112: "PUT",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  139: "LONG4",
  140: "SHORT_BINUNICODE",
  141: "BINUNICODE8",
  142: "BINBYTES8",
  144: "ADDITEMS",
  145: "FROZENSET",
  146: "NEWOBJ_EX",
  147: "STACK_GLOBAL",
  148: "MEMOIZE",
  149: "FRAME",
  150: "BYTEARRAY8",
  151: "NEXT_BUFFER",
  152: "READONLY_BUFFER",
};

/** How messages call an operation that is refused. */
export const refused = (code: number): string => others[code] ?? `0x${code.toString(16).padStart(2, "0")}`;
