import t from 'tap'
import { prefixCacheAffinity } from '../../../router/filters/prefix-cache-affinity.ts'
import { candidate, policyRequest, span } from '../../support/candidates.ts'

const request = policyRequest(span(0, 10))
const busy = (tokens: number) => ({ prefilling: [[]], uncachedTokens: tokens })

t.test('endpoints that hold 80 % of the prompt are kept, the others are not', async (t) => {
  const candidates = [8, 7, 10, 0].map((matchedBlocks, i) => candidate(`e${i}`, { matchedBlocks }))
  t.same(prefixCacheAffinity.keep(request, candidates), [true, false, true, false])
})

t.test('where none holds enough, all are kept', async (t) => {
  t.same(prefixCacheAffinity.keep(request, [candidate('a'), candidate('b', { matchedBlocks: 7 })]), [true, true])
  t.same(prefixCacheAffinity.keep(policyRequest([]), [candidate('a'), candidate('b')]), [true, true])
})

t.test('all are kept once the best holder would answer over 18 s later than the best other', async (t) => {
  const at = (tokens: number) => [
    candidate('holder', { matchedBlocks: 10, ...busy(tokens + 1000) }),
    candidate('slow holder', { matchedBlocks: 10, ...busy(9_000_000) }),
    candidate('other', busy(1000)),
    candidate('slow other', busy(9_000_000)),
  ]
  t.same(prefixCacheAffinity.keep(request, at(17_999 * 15.928)), [true, true, false, false])
  t.same(prefixCacheAffinity.keep(request, at(18_001 * 15.928)), [true, true, true, true])
})

t.test('holders only: all are kept, however busy', async (t) => {
  const holder = candidate('a', { matchedBlocks: 10, ...busy(9_000_000) })
  t.same(prefixCacheAffinity.keep(request, [holder]), [true])
})
