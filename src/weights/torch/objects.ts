import type { StoredDType } from "../stored.ts";

/**
 * A name in a pickle, of a class or a function of Python's. It is never loaded: `make` says what a call of it is to us.
 * That never copies its arguments, since a pickle can call with the same ones again and again.
 */
export class Name {
  readonly path: string;
  readonly make: (args: readonly unknown[]) => unknown;

  constructor(path: string, make: (args: readonly unknown[]) => unknown) {
    this.path = path;
    this.make = make;
  }
}

/** An object of a class that nothing here needs, such as a training program's: its state, and nothing that acts. */
export class Inert {
  readonly path: string;
  state: unknown;

  constructor(path: string) {
    this.path = path;
  }
}

/** The name of an element type, or of a storage of such elements; untyped storages have bytes. */
export class ElementType extends Name {
  readonly dtype: StoredDType | undefined;

  constructor(path: string, dtype: StoredDType | undefined) {
    super(path, () => new Inert(path));
    this.dtype = dtype;
  }
}

/** Numbers that lie together in a file, named by their key. What the pickle says of them is not checked yet. */
export class Storage {
  readonly type: ElementType;
  readonly key: unknown;
  readonly elements: unknown;
  /** Before PyTorch 0.4 a storage could be a part of another: key, first element, elements. */
  readonly part: unknown;

  constructor(type: ElementType, key: unknown, elements: unknown, part: unknown) {
    this.type = type;
    this.key = key;
    this.elements = elements;
    this.part = part;
  }
}

/** A view of a storage. What the pickle says of it is not checked yet. */
export class TorchTensor {
  readonly storage: Storage;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;
  /** That of the storage unless given. */
  readonly type: ElementType;

  constructor(storage: Storage, offset: unknown, shape: unknown, strides: unknown, type: ElementType) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.type = type;
  }
}
