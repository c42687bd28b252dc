import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parse, resolve } from "node:path";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { UserError } from "../../errors.ts";
import type { DType } from "../../graph/dtype.ts";
import type { Target } from "../../graph/op.ts";
import type { Session, SessionOptions } from "../../runtime/host.ts";
import type { NdArray } from "../../runtime/ndarray.ts";

const toOrt = {
  f32: "float32",
  f16: "float16",
  i64: "int64",
  i32: "int32",
  u8: "uint8",
  i8: "int8",
  bool: "bool",
} as const;
const fromOrt = Object.fromEntries(Object.entries(toOrt).map(([ours, theirs]) => [theirs, ours])) as Record<
  string,
  DType
>;

/**
 * Cores that a process may use. ONNX Runtime takes half the processors where it cannot tell cores from hyperthreads, as in
 * many virtual machines; 0 leaves the choice to it.
 */
function cores(): number {
  try {
    return readFileSync("/sys/devices/system/cpu/smt/active", "utf8").trim() === "0" ? availableParallelism() : 0;
  } catch {
    return 0;
  }
}

/** Optimisers of ONNX Runtime that would widen all weights of half precision when a session opens. */
const wideners = ["ConstantFolding", "FuseFp16InitializerToFp32NodeTransformer"];

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const rootOf = (path: string): string => parse(resolve(path)).root;

/** A path from the root: ONNX Runtime follows no link that leaves the folder it is given, as those of the hub's cache do. */
export const weightFile = (path: string): string => resolve(path).slice(rootOf(path).length);

/** The path that `weightFile` was given. */
export const weightPath = (file: string): string => `${rootOf(".")}${file}`;

/** Opens a session of ONNX Runtime. The library itself is loaded at the first call: it is large. */
export async function openSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  const ort = await import("onnxruntime-node");
  // No function below may hold on to all options: constants are the engine's from here on.
  const { device, fed: feeding } = options;
  const [session, always] = await Promise.all([
    ort.InferenceSession.create(model, sessionOptions(options)).catch((error: unknown) => {
      throw explain(error, device);
    }),
    feeding ?? {},
  ]);
  const wrap = (x: NdArray): OrtTensor => new ort.Tensor(toOrt[x.dtype], x.data as Float32Array, [...x.shape]);
  const fed = new Map(Object.entries<NdArray>(always).map(([name, x]) => [name, wrap(x)]));
  return {
    async run(inputs, outputs) {
      const feeds = Object.fromEntries(session.inputNames.map((name) => [name, fed.get(name) ?? wrap(inputs[name]!)]));
      const results = await runSession(session, feeds, outputs, wrap, device);
      return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, unwrap(t)]));
    },
    close: () => session.release(),
  };
}

async function runSession(
  session: InferenceSession,
  feeds: Record<string, OrtTensor>,
  outputs: Readonly<Record<string, NdArray>> | undefined,
  wrap: (x: NdArray) => OrtTensor,
  device: Target,
): Promise<InferenceSession.OnnxValueMapType> {
  const fetches =
    outputs && Object.fromEntries(session.outputNames.map((n) => [n, outputs[n] ? wrap(outputs[n]) : null]));
  try {
    return await (fetches ? session.run(feeds, fetches) : session.run(feeds));
  } catch (error) {
    throw explain(error, device);
  }
}

function unwrap(value: OrtTensor): NdArray {
  const dtype = fromOrt[value.type];
  if (!dtype) throw new Error(`a graph returned ${value.type}, which is not expected`);
  return { dtype, shape: value.dims, data: value.data } as NdArray;
}

function sessionOptions({
  device,
  threads,
  weightFolder,
  constants = {},
  patient = false,
  lean = false,
  widens = lean,
}: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    graphOptimizationLevel: "all",
    // A pattern is planned for the first sizes, and takes its memory beside what they took.
    enableMemPattern: weightFolder === undefined,
    logSeverityLevel: 3,
    intraOpNumThreads: threads ?? cores(),
    externalData: Object.entries(constants).map(([path, { data }]) => ({ path, data: bytesOf(data) })),
    extra: {
      ...(widens && { optimization: { disable_specified_optimizers: wideners.join(";") } }),
      session: {
        intra_op: { allow_spinning: patient ? "0" : "1" },
        disable_prepacking: lean ? "1" : "0",
        ...(weightFolder !== undefined && { model_external_initializers_file_folder_path: rootOf(weightFolder) }),
      },
    },
  };
}

/** Says what to do about the failures that users meet. */
function explain(error: unknown, device: Target): Error {
  const text = error instanceof Error ? error.message : String(error);
  if (/bad_alloc|out of memory|failed to allocate|BFCArena/i.test(text)) {
    return new UserError(`out of memory on ${device}: choose a smaller --width and --height or a smaller --count`);
  }
  if (
    device !== "cpu" &&
    /not supported|backend not found|no available backend|adapter|provider|cuda|vulkan/i.test(text)
  ) {
    return new UserError(`the device ${device} is not available here (${text.split("\n")[0]}); use --device cpu`);
  }
  return error instanceof Error ? error : new Error(text);
}
