import proto from "onnx-proto";
import { byteSize, type DType } from "../graph/dtype.ts";
import type { OnnxAttribute, TensorType } from "../graph/op.ts";

const { onnx } = proto;
type NodeProto = proto.onnx.INodeProto;
type TensorProto = proto.onnx.ITensorProto;

/** Element types as ONNX numbers them; bf16 occurs in checkpoints only. */
export const elementType: Readonly<Record<DType | "bf16", number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  bf16: 16,
};

/** Where a weight's bytes lie in a file that is read when the session opens. */
export interface ExternalData {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly dtype: DType | "bf16";
}

function attribute(name: string, value: OnnxAttribute): proto.onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
  if (typeof value === "boolean") return { name, type: AttributeType.INT, i: value ? 1 : 0 };
  if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

export function node(
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>>,
  domain: string,
): NodeProto {
  const attributeList = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return { opType, input: [...input], output: [output], attribute: attributeList, domain, name: output };
}

export function tensor(name: string, dtype: DType, shape: readonly number[], rawData: Uint8Array): TensorProto {
  return { name, dataType: elementType[dtype], dims: [...shape], rawData };
}

export function externalTensor(name: string, shape: readonly number[], at: ExternalData): TensorProto {
  const entries = { location: at.file, offset: String(at.offset), length: String(at.length) };
  return {
    name,
    dataType: elementType[at.dtype],
    dims: [...shape],
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  };
}

export function valueInfo(name: string, { shape, dtype }: TensorType): proto.onnx.IValueInfoProto {
  const dim = shape.map((d) => (typeof d === "number" ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: elementType[dtype], shape: { dim } } } };
}

export interface GraphParts {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  readonly inputs: proto.onnx.IValueInfoProto[];
  readonly outputs: proto.onnx.IValueInfoProto[];
}

/** ModelProto bytes, for ONNX opset 20 and ONNX Runtime's contributed operators. */
export function modelBytes({ nodes, initializers, inputs, outputs }: GraphParts): Uint8Array {
  const graph = { name: "latentkit", node: nodes, initializer: initializers, input: inputs, output: outputs };
  const opsetImport = [
    { domain: "", version: 20 },
    { domain: "com.microsoft", version: 1 },
    { domain: "com.microsoft.nchwc", version: 1 },
  ];
  return onnx.ModelProto.encode({ irVersion: 10, producerName: "latentkit", opsetImport, graph }).finish();
}

/** Little-endian bytes of numbers in an element type. */
export function rawBytes(values: ArrayLike<number>, dtype: DType): Uint8Array {
  const bytes = new Uint8Array(values.length * byteSize[dtype]);
  const { buffer } = bytes;
  if (dtype === "f32") new Float32Array(buffer).set(values);
  else if (dtype === "i64") new BigInt64Array(buffer).set(Array.from(values, BigInt));
  else if (dtype === "i32") new Int32Array(buffer).set(values);
  else if (dtype === "f16") throw new Error("constants are not written in half precision; cast them");
  else bytes.set(values);
  return bytes;
}
