import type { UserError } from "../../errors.ts";
import type { StoredDType } from "../stored.ts";
import { ElementType, Inert, Name, Storage, TorchTensor } from "./objects.ts";
import type { Meanings } from "./pickle.ts";

type Fail = (what: string) => UserError;

/** PyTorch's names for element types, and for storages of them. */
const elementTypes: Readonly<Record<string, readonly [dtype: StoredDType, storage?: string]>> = {
  bool: ["BOOL", "BoolStorage"],
  uint8: ["U8", "ByteStorage"],
  int8: ["I8", "CharStorage"],
  int16: ["I16", "ShortStorage"],
  int32: ["I32", "IntStorage"],
  int64: ["I64", "LongStorage"],
  float16: ["F16", "HalfStorage"],
  bfloat16: ["BF16", "BFloat16Storage"],
  float32: ["F32", "FloatStorage"],
  float64: ["F64", "DoubleStorage"],
  complex64: ["C64", "ComplexFloatStorage"],
  uint16: ["U16"],
  uint32: ["U32"],
  uint64: ["U64"],
  float8_e4m3fn: ["F8_E4M3"],
  float8_e5m2: ["F8_E5M2"],
};

/** A dictionary, whatever its class. */
const dictionary =
  (fail: Fail, path: string) =>
  ([items]: readonly unknown[]): unknown => {
    if (items instanceof Map) return items;
    if (items === undefined || items instanceof Name) return new Map();
    throw fail(`it makes ${path} of a list, which is refused`);
  };

/** A tensor of (storage, offset, shape, strides, …). */
const tensor =
  (fail: Fail) =>
  ([storage, offset, shape, strides]: readonly unknown[], type?: unknown): TorchTensor => {
    if (!(storage instanceof Storage)) throw fail("it makes a tensor of what is not a storage");
    return new TorchTensor(storage, offset, shape, strides, type instanceof ElementType ? type : storage.type);
  };

const first = ([value]: readonly unknown[]): unknown => value;

/** Of (function, class, arguments, …): what the function makes. */
const made =
  (fail: Fail) =>
  ([name, , args]: readonly unknown[]): unknown => {
    if (!(name instanceof Name) || !Array.isArray(args)) throw fail("it makes a tensor of what is not a name");
    // Each other function would be called within another one, without end.
    if (!name.path.startsWith("torch._utils.")) throw fail(`it makes a tensor by ${name.path}, which is refused`);
    return name.make(args);
  };

/** The names that mean something to us. */
function known(fail: Fail): Readonly<Record<string, (args: readonly unknown[]) => unknown>> {
  const build = tensor(fail);
  return {
    "collections.OrderedDict": dictionary(fail, "collections.OrderedDict"),
    "collections.defaultdict": dictionary(fail, "collections.defaultdict"),
    "collections.Counter": dictionary(fail, "collections.Counter"),
    "__builtin__.set": first,
    "builtins.set": first,
    "_codecs.encode": first, // bytes, in the second version of the format
    "torch.Size": first,
    "torch._utils._rebuild_tensor": (args) => build(args),
    "torch._utils._rebuild_tensor_v2": (args) => build(args),
    "torch._utils._rebuild_tensor_v3": (args) => build(args, args[6]),
    "torch._utils._rebuild_parameter": first,
    "torch._utils._rebuild_parameter_with_state": first,
    "torch._tensor._rebuild_from_type_v2": made(fail),
    "torch.nn.parameter.Parameter": first,
    "torch.jit._pickle.build_intlist": first,
    "torch.jit._pickle.build_doublelist": first,
    "torch.jit._pickle.build_boollist": first,
    "torch.jit._pickle.build_tensorlist": first,
    "torch.jit._pickle.restore_type_tag": first,
  };
}

/** Functions and types of Python's that stand for values: what they make is of no use to a model, and does nothing. */
const harmless =
  /^((copy_?reg\._reconstructor|(__builtin__|builtins)\.(object|dict|list|tuple|int|long|float|bool|str|unicode|bytes)|numpy\.(_?core\.multiarray\.(scalar|_reconstruct)|dtype|ndarray)|torch\.device|typing\.Any|argparse\.Namespace)$|datetime\.|pathlib\.[A-Z])/;

/** Modules that come with Python, whose classes can start programs and open files. */
const pythonModules = new Set(
  `abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect
  builtins __builtin__ bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys commands
  compileall concurrent configparser contextlib contextvars copy copyreg copy_reg crypt csv ctypes curses dataclasses
  datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp
  fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq
  hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale
  logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt
  ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pip pipes pkgutil
  platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue
  quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors setuptools shelve shlex
  shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
  statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile
  termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle
  turtledemo types typing unicodedata unittest urllib urllib2 uu uuid venv warnings wave weakref webbrowser winreg winsound
  wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo`.split(/\s+/),
);

/** Classes of other programs, by their capital letter, and what a compiled model says it is made of. */
function isForeignClass(path: string): boolean {
  const [top = ""] = path.split(".");
  if (top === "__torch__") return true;
  return /\._*[A-Z]\w*$/.test(path) && !pythonModules.has(top) && (top === "__main__" || !top.startsWith("_"));
}

/**
 * What the names in PyTorch's files mean. Throws, by name, for all that is neither known nor a class of no use. The
 * storages that the pickle refers to are added to a list.
 */
export function torchMeanings(fail: Fail, storages: Storage[]): Meanings {
  const names = new Map(Object.entries(known(fail)).map(([path, make]) => [path, new Name(path, make)]));
  for (const [element, [dtype, storage]] of Object.entries(elementTypes)) {
    names.set(`torch.${element}`, new ElementType(`torch.${element}`, dtype));
    if (storage) names.set(`torch.${storage}`, new ElementType(`torch.${storage}`, dtype));
  }
  for (const path of ["torch.UntypedStorage", "torch.storage.UntypedStorage"])
    names.set(path, new ElementType(path, undefined));
  return {
    name(module, name) {
      const path = `${module}.${name}`;
      const found = names.get(path);
      if (found) return found;
      if (!harmless.test(path) && !isForeignClass(path))
        throw fail(`it asks for ${short(path)}, which is refused; nothing in it was run`);
      const inert = new Name(path, () => new Inert(path));
      names.set(path, inert);
      return inert;
    },
    reference(id) {
      const [kind, type, key, , elements, part] = Array.isArray(id) ? (id as unknown[]) : [];
      if (kind !== "storage" || !(type instanceof ElementType)) throw fail("it refers to something not a storage");
      const storage = new Storage(type, key, elements, part ?? undefined);
      storages.push(storage);
      return storage;
    },
  };
}

/** A name from a file, fit for one line. */
const short = (path: string): string => JSON.stringify(path.slice(0, 120)).slice(1, -1);
