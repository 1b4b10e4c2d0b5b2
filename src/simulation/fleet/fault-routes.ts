import { formatDuration } from '../../config/units.ts'
import { validationError } from './api-error.ts'
import type { Handler } from './exchange.ts'
import { type Fault, parseFault } from './faults.ts'
import { readJson, sendJson } from './http.ts'

/** The faults still to come, in the form `POST` takes. */
export const listFaults: Handler = ({ response }, { faults }) => sendJson(response, 200, faults.remaining.map(toJson))

/** Replaces the script: a JSON list of faults, each an object or a text (see `parseFault`); an empty list ends all faults. */
export const replaceFaults: Handler = async ({ request, response }, { faults, settings }) => {
  const body = await readJson(request, settings.maxBodyBytes)
  if (!Array.isArray(body)) throw validationError([{ path: 'body', message: 'expected a list of faults' }])
  const parsed = body.map(parseFault)
  const problems = parsed.flatMap((one, index) =>
    one.ok ? [] : [{ path: `body.${index}`, message: `expected ${one.expected}` }],
  )
  if (problems.length > 0) throw validationError(problems)
  faults.replace(parsed.flatMap((one) => (one.ok ? [one.value.fault] : [])))
  sendJson(response, 200, faults.remaining.map(toJson))
}

function toJson({ times, path, ...kind }: Fault): object {
  const common = { times: times === Infinity ? undefined : times, path }
  switch (kind.kind) {
    case 'delay':
      return { kind: kind.kind, delay: formatDuration(kind.delayMs), ...common }
    case 'restart':
      return { kind: kind.kind, down: formatDuration(kind.downMs), ...common }
    default:
      return { ...kind, ...common }
  }
}
