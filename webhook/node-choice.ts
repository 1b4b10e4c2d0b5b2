import type { Catalogue } from '../src/eks/catalogue.ts'
import { parseInstanceName } from '../src/eks/instance-name.ts'
import type { Needs } from '../src/eks/fit.ts'
import type { InstanceType } from '../src/eks/instance-types.ts'
import type { NodeExpression } from './pod-view.ts'
import { instanceFact, type NodeAlternative, nodeAlternatives, type Placement, satisfies } from './node-constraints.ts'

/** The instance types that a pod's nodeSelector and required affinity leave. */
export interface NodeChoice {
  /** Of the catalogue, in its order. What a type's labels are not known to be does not rule it out. */
  readonly types: readonly InstanceType[]
  /** Whether the pod also allows something that the catalogue does not have, so that nothing can be concluded. */
  readonly open: boolean
}

export function nodeChoice(
  placement: Placement & { readonly nodeName?: string | undefined },
  catalogue: Catalogue,
): NodeChoice {
  const alternatives = nodeAlternatives(placement)
  return {
    types: catalogue.types.filter((type) => alternatives.some((one) => mayMatch(one, type))),
    // A pod with a nodeName is past the scheduler.
    open: placement.nodeName !== undefined || alternatives.some((one) => namesUnknown(one, catalogue)),
  }
}

/** A GPU whose name is not known is none that the pod names: those have names in the catalogue, or make the choice open. */
const mayMatch = (expressions: NodeAlternative, type: InstanceType): boolean =>
  expressions.every((expression) => {
    const value = valueOf(type, instanceFact(expression.key))
    return value === undefined ? !names(expression, 'gpu-name') : satisfies(expression, value)
  })

const names = ({ key, operator }: NodeExpression, fact: string): boolean =>
  operator === 'In' && instanceFact(key) === fact

function namesUnknown(expressions: NodeAlternative, { types }: Catalogue): boolean {
  return expressions.some(({ key, operator, values }) => {
    const fact = instanceFact(key)
    if (operator !== 'In' || !namingFacts.has(fact)) return false
    return values.some((value) => !types.some((type) => valueOf(type, fact) === value))
  })
}

/** Facts whose values are names, so that one that is not in the catalogue may be of something newer. */
const namingFacts: ReadonlySet<string | undefined> = new Set(['type', 'family', 'category', 'gpu-name', 'arch'])

/** The value of a label on nodes of the type; `undefined` if the fact is none of these, or not known. */
function valueOf(type: InstanceType, fact: string | undefined): string | undefined {
  switch (fact) {
    case 'type':
      return type.type
    case 'family':
      return type.family
    case 'category':
      return type.category
    case 'size':
      return parseInstanceName(type.type)?.size
    case 'generation':
      // The first digits of the name (karpenter-provider-aws v1.14 types.go instanceTypeScheme).
      return /\d+/.exec(type.family)?.[0]
    case 'arch':
      return type.arch
    case 'cpu':
      return String(type.vCpus)
    case 'memory':
      return String(type.memoryMiB)
    case 'gpu-name':
      return type.gpuName
    case 'gpu-manufacturer':
      return 'nvidia'
    case 'gpu-count':
      // What the label says of a fraction of a GPU is not known.
      return type.gpus === 0 ? undefined : String(type.gpus)
    case 'gpu-memory':
      return type.gpuMemoryMiB === undefined ? undefined : String(type.gpuMemoryMiB)
    default:
      return undefined
  }
}

/** Whether a node of the type may have room for the pod, by the whole machine, of which the kubelet keeps a part: what a node offers can be configured. */
export function canHold(type: InstanceType, { gpus, efas = 0, cpuMilli = 0, memoryMiB = 0 }: Needs): boolean {
  return (
    gpus <= type.gpus && efas <= (type.efas ?? Infinity) && cpuMilli <= type.vCpus * 1000 && memoryMiB < type.memoryMiB
  )
}
