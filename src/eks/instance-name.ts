/**
 * The parts of an EC2 instance type name; `undefined` if it is none. The category is the letters before the first
 * digit, so `gr` for gr6.4xlarge and `p` for p6-b200.48xlarge (karpenter-provider-aws v1.14 types.go
 * instanceTypeScheme, which also reads u-6tb1, a family without GPUs that is none here).
 */
export function parseInstanceName(type: string): InstanceName | undefined {
  const [, family, category, size] = /^(([a-z]+)[0-9][a-z0-9-]*)\.([a-z0-9-]+)$/.exec(type) ?? []
  return family === undefined || category === undefined || size === undefined ? undefined : { family, category, size }
}

export interface InstanceName {
  readonly family: string
  readonly category: string
  readonly size: string
}
