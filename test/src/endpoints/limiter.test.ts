import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { createLimiter } from '../../../src/endpoints/limiter.ts'

t.test('a limiter starts tasks in the order they came, and runs as many at once as allowed and there are', async () => {
  const placesAndTasks = [fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 12 })] as const
  await fc.assert(
    fc.asyncProperty(...placesAndTasks, fc.scheduler(), async (places, count, scheduler) => {
      const limit = createLimiter(places)
      const came: number[] = []
      const started: number[] = []
      let ended = 0
      const visit = async (visitor: number) => {
        await scheduler.schedule(Promise.resolve())
        came.push(visitor)
        await limit(async () => {
          started.push(visitor)
          assert.ok(started.length - ended <= places)
          await scheduler.schedule(Promise.resolve())
          assert.equal(started.length - ended, Math.min(places, came.length - ended))
          ended += 1
        })
      }
      await scheduler.waitFor(Promise.all(Array.from({ length: count }, (_, visitor) => visit(visitor))))
      assert.deepEqual(started, came)
    }),
    { numRuns: 100 },
  )
})

t.test('a limiter frees the place of a task that failed, and passes its failure on', async (t) => {
  const limit = createLimiter(1)
  await t.rejects(
    limit(() => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
  t.equal(await limit(() => Promise.resolve(7)), 7)
})
