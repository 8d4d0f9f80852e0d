/** A stack as CloudFormation describes it. */
export interface StackDescription {
  readonly name: string;
  /** ARN. */
  readonly id: string;
  readonly description?: string;
  /** Milliseconds since 1970, on the cloud's clock. */
  readonly createdAt: number;
  readonly parameters: readonly StackParameter[];
  readonly tags: Readonly<Record<string, string>>;
  readonly outputs: readonly StackOutput[];
  readonly resources: readonly StackResource[];
}

export interface StackParameter {
  readonly name: string;
  readonly value: string;
}

export interface StackOutput {
  readonly name: string;
  readonly value: string;
  readonly description?: string;
  /** Name for `Fn::ImportValue`. */
  readonly exportName?: string;
}

export interface StackResource {
  readonly logicalId: string;
  /** What `Ref` returns. */
  readonly physicalId: string;
  readonly type: string;
  /** Effect of the parts that the local cloud does not emulate. */
  readonly unsupported?: string;
}
