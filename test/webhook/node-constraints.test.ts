import fc from 'fast-check'
import t from 'tap'
import {
  contradiction,
  instanceFact,
  nodeAlternatives,
  nodeKeys,
  type Placement,
  satisfies,
  valuesOfKey,
  wantsLabel,
} from '../../webhook/node-constraints.ts'
import type { NodeExpression } from '../../webhook/pod-view.ts'

const on = (key: string, operator: string, ...values: readonly string[]): NodeExpression => ({ key, operator, values })
const placement = (
  nodeSelector: Readonly<Record<string, string>>,
  ...terms: readonly (readonly NodeExpression[])[]
): Placement => ({
  nodeSelector,
  nodeTerms: terms.length === 0 ? undefined : terms.map((expressions) => ({ expressions, hasFields: false })),
})

t.test('nodeAlternatives() joins the nodeSelector with each term', async (t) => {
  t.same(nodeAlternatives(placement({ a: '1' }, [on('b', 'In', '2')], [on('c', 'Exists')])), [
    [on('a', 'In', '1'), on('b', 'In', '2')],
    [on('a', 'In', '1'), on('c', 'Exists')],
  ])
})

t.test('nodeAlternatives() is one empty alternative where the pod says nothing', async (t) => {
  t.same(nodeAlternatives(placement({})), [[]])
  t.same(nodeAlternatives({ nodeSelector: {}, nodeTerms: [] }), [[]])
})

t.test('a term without expressions matches no node, one with fields may', async (t) => {
  t.same(nodeAlternatives(placement({ a: '1' }, [])), [])
  const fields = { nodeSelector: {}, nodeTerms: [{ expressions: [], hasFields: true }] }
  t.same(nodeAlternatives(fields), [[]])
})

t.test('an In without a value that is a text tells nothing', async (t) => {
  t.same(nodeAlternatives(placement({}, [on('a', 'In')])), [[]])
})

const facts: readonly (readonly [string, string | undefined])[] = [
  ['eks.amazonaws.com/instance-family', 'family'],
  ['karpenter.k8s.aws/instance-gpu-name', 'gpu-name'],
  ['node.kubernetes.io/instance-type', 'type'],
  ['beta.kubernetes.io/instance-type', 'type'],
  ['kubernetes.io/arch', 'arch'],
  ['karpenter.sh/nodepool', undefined],
]
t.test('instanceFact() knows labels of instances under every prefix', async (t) => {
  for (const [key, fact] of facts) t.equal(instanceFact(key), fact, key)
})

t.test('valuesOfKey() collects what is asked for by a key, nodeKeys() every key', async (t) => {
  const family = 'karpenter.k8s.aws/instance-family'
  const given = placement(
    { 'eks.amazonaws.com/instance-family': 'p5' },
    [on(family, 'In', 'p5', 'p4d')],
    [on(family, 'NotIn', 'g5')],
  )
  t.same(valuesOfKey(given, family), ['p5', 'p4d'])
  t.same([...nodeKeys(given)], ['eks.amazonaws.com/instance-family', family])
})

const contradictions: readonly (readonly [string, Placement, string | undefined])[] = [
  ['nothing is asked', placement({}), undefined],
  ['the same twice', placement({ a: '1' }, [on('a', 'In', '1', '2')]), undefined],
  ['two values', placement({ a: '1' }, [on('a', 'In', '2')]), 'a'],
  ['asked and excluded', placement({ a: '1' }, [on('a', 'NotIn', '1', '2')]), 'a'],
  ['asked and absent', placement({ a: '1' }, [on('a', 'DoesNotExist')]), 'a'],
  ['there and absent', placement({}, [on('a', 'Exists'), on('a', 'DoesNotExist')]), 'a'],
  ['out of its range', placement({ a: '4' }, [on('a', 'Gt', '4')]), 'a'],
  ['in its range', placement({ a: '5' }, [on('a', 'Gt', '4'), on('a', 'Lt', '6')]), undefined],
  ['another term is possible', placement({ a: '1' }, [on('a', 'In', '2')], [on('b', 'Exists')]), undefined],
  ['no term matches anything', placement({}, []), 'nodeSelectorTerms'],
]
t.test('contradiction() is the key that no node can have', async (t) => {
  for (const [name, given, key] of contradictions) t.equal(contradiction(given), key, name)
})

const operators = fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt', 'Near')
const expression = fc.record({
  key: fc.constantFrom('a', 'b'),
  operator: operators,
  values: fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 2 }),
})
const anyPlacement = fc
  .tuple(fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')), fc.array(fc.array(expression)))
  .map(([selector, terms]) => placement(selector, ...terms))

t.test('no node satisfies a pod with a contradiction', async () => {
  const label = fc.option(fc.constantFrom('1', '2', '3', '9'), { nil: undefined })
  const property = fc.property(anyPlacement, label, label, (given, a, b) => {
    const node: Readonly<Record<string, string | undefined>> = { a, b }
    const holds = (one: NodeExpression) => {
      const value = node[one.key]
      return value === undefined ? !wantsLabel(one) : satisfies(one, value)
    }
    const matches = nodeAlternatives(given).some((expressions) => expressions.every(holds))
    return contradiction(given) === undefined || !matches
  })
  fc.assert(property, { numRuns: 2000 })
})
