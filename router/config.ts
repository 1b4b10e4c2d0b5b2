import { bytes, choice, duration, flag, integer, list, port, text } from '../src/config/field.ts'
import { policies } from './policies/index.ts'

/** The router's options; see `warmpath router --help`. */
export const routerFields = {
  host: text({ default: '0.0.0.0', doc: 'Address to listen on.' }),
  port: port({ default: 8000, doc: 'Port for OpenAI clients.' }),
  adminHost: text({ default: '0.0.0.0', doc: 'Address of the admin port.' }),
  adminPort: port({ default: 9090, doc: 'Port of /metrics, /readyz, /api and the dashboard.' }),
  endpointsFile: text({
    default: undefined,
    doc: 'YAML or JSON file of pools and their endpoints; reloaded when it changes.',
  }),
  endpoints: list(text({ default: '', doc: '' }), {
    default: [],
    doc: 'URLs of vLLM replicas that all serve `model`, e.g. http://10.0.3.7:8000.',
  }),
  model: text({ default: undefined, doc: 'Model that the replicas of `endpoints` serve.' }),
  policy: choice(
    policies.map(({ type }) => type),
    { default: 'warmpath', doc: 'How a replica is chosen.' },
  ),
  metricsInterval: duration({
    default: 1000,
    min: 200,
    doc: 'Time between two readings of a replica: /metrics and health.',
  }),
  retries: integer({
    default: 2,
    min: 0,
    max: 10,
    doc: 'Other replicas to try when one fails before the first byte of its answer.',
  }),
  maxBodyBytes: bytes({ default: 20 * 1024 * 1024, min: 1024, doc: 'Larger requests are answered 413.' }),
  requestTimeout: duration({ default: 60_000, min: 100, doc: 'Longest wait for the body of a request; then 408.' }),
  connectTimeout: duration({ default: 2000, min: 1, doc: 'Longest wait for a connection to a replica.' }),
  firstByteTimeout: duration({
    default: 600_000,
    min: 1,
    doc: 'Longest wait for the first byte of an answer, then another replica or 504. An answer that is no stream comes whole at its end.',
  }),
  idleTimeout: duration({
    default: 120_000,
    min: 1,
    doc: 'Longest silence within an answer, and longest wait for a client that does not read. Answers as a whole have no limit.',
  }),
  decisionHeaders: flag({ default: true, doc: 'Add x-warmpath-endpoint and x-warmpath-decision to answers.' }),
  blockTokens: integer({
    default: 32,
    min: 8,
    max: 1024,
    doc: 'Size of the blocks that prompts are compared by, in tokens of 4 bytes.',
  }),
  decisionLogSize: integer({ default: 256, min: 1, max: 100_000, doc: 'Newest decisions that /api/decisions shows.' }),
}
