import { readFile } from 'node:fs/promises'
import { type Catalogue, shippedCatalogue } from '../src/eks/catalogue.ts'
import { parseInstanceName } from '../src/eks/instance-name.ts'
import { maxOverrideBytes, mergeOverrides, parseOverrides } from '../src/eks/overrides.ts'
import { platformKinds } from '../src/eks/platforms.ts'
import {
  bytes,
  choice,
  type ConfigOf,
  duration,
  type Field,
  flag,
  list,
  type Parsed,
  port,
  text,
} from '../src/config/field.ts'
import { ConfigError } from '../src/errors.ts'
import { mutations } from './mutations/index.ts'
import type { WebhookSettings } from './settings.ts'

/** What decides about pods and node pools. */
export const settingsFields = {
  // EKS first, and there Auto Mode; `mixed` only when asked for, as nobody knows what Auto Mode does with Karpenter's keys.
  platform: choice(platformKinds, { default: 'auto-mode', doc: 'What makes the GPU nodes of the cluster.' }),
  category: parsed(parseCategory, {
    default: 'p',
    doc: 'Instance category that vLLM pods are sent to.',
  }),
  families: list(parsed(parseFamily, { default: '', doc: '' }), {
    default: [],
    doc: 'Instance families in the order they are tried, e.g. p5en,p5,p4d; none = any of the category.',
  }),
  extraTolerations: list(parsed(parseTaintKey, { default: '', doc: '' }), {
    default: [],
    doc: 'Keys of taints that vLLM pods tolerate besides nvidia.com/gpu.',
  }),
  optIn: optInList({
    doc: 'Opt-in mutations for pods that carry no annotation of their own, e.g. shm=8Gi,graceful-drain=45s.',
  }),
  catalogueFile: text({
    default: undefined,
    doc: 'YAML or JSON file of instance types and families that replace rows of the shipped catalogue.',
  }),
}

const servingFields = {
  host: text({ default: '0.0.0.0', doc: 'Address to listen on.' }),
  port: port({ default: 8443, doc: 'HTTPS port for the API server.' }),
  adminHost: text({ default: '0.0.0.0', doc: 'Address of the admin port.' }),
  adminPort: port({ default: 9090, doc: 'Port of /metrics, /healthz and /readyz.' }),
  clientCa: text({
    default: undefined,
    doc: 'PEM file of the authority whose certificates clients need. EKS cannot give the API server one.',
  }),
  maxBodyBytes: bytes({
    default: 7 * 2 ** 20,
    min: 1024,
    doc: 'Larger requests are answered 413. A review may hold an object of 3 MiB twice.',
  }),
  maxDeadline: duration({
    default: 10_000,
    min: 10,
    doc: 'Longest time of a review, where the API server asks for more or for none. What is later passes unchanged.',
  }),
  drain: duration({
    default: 5000,
    min: 0,
    doc: 'Time from being unready to closing the port, in which the API server finds another pod.',
  }),
}

const certificateFields = {
  tlsCert: text({ default: undefined, doc: 'PEM file of the certificate and its chain; read again when it changes.' }),
  tlsKey: text({ default: undefined, doc: 'PEM file of its private key.' }),
  tlsSelfSigned: flag({ default: false, doc: 'Make a certificate in memory, for a run without a cluster.' }),
  tlsSecret: text({
    default: undefined,
    doc: 'Secret, and Lease, in which the pods keep an authority and a certificate that they renew themselves.',
  }),
  namespace: text({ default: undefined, doc: 'Namespace of Secret, Lease and Service; that of the pod if not told.' }),
  serviceName: text({ default: 'warmpath-webhook', doc: 'Service whose DNS names the certificate has.' }),
  mutatingConfigurations: list(text({ default: '', doc: '' }), {
    default: ['warmpath-webhook'],
    doc: 'MutatingWebhookConfigurations that get the authority of --tls-secret.',
  }),
  validatingConfigurations: list(text({ default: '', doc: '' }), {
    default: ['warmpath-webhook'],
    doc: 'ValidatingWebhookConfigurations that get it.',
  }),
  kubeconfig: text({ default: undefined, doc: 'For --tls-secret outside of a cluster; else the service account.' }),
}

/** The webhook's options; see `warmpath webhook --help`. */
export const webhookFields = { ...settingsFields, ...servingFields, ...certificateFields }

export type WebhookConfig = ConfigOf<typeof webhookFields>
type SettingsConfig = ConfigOf<typeof settingsFields>

/** Throws a ConfigError with what is wrong in the catalogue file. */
export async function toSettings(config: SettingsConfig): Promise<WebhookSettings> {
  const { platform, category, families, extraTolerations, optIn, catalogueFile } = config
  const defaults = Object.fromEntries(optIn.map(splitOptIn))
  const catalogue = catalogueFile === undefined ? shippedCatalogue : await readCatalogue(catalogueFile)
  return { platform, category, families, extraTolerations, defaults, catalogue }
}

async function readCatalogue(path: string): Promise<Catalogue> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new ConfigError([
      { path: 'catalogueFile', value: path, expected: `a file of at most ${maxOverrideBytes} bytes (${why})` },
    ])
  })
  const parsedFile = parseOverrides(path, content, shippedCatalogue)
  if (!parsedFile.ok) throw new ConfigError(parsedFile.problems)
  return mergeOverrides(shippedCatalogue, parsedFile.overrides)
}

function parsed<D>(
  parse: (text: string) => Parsed<string>,
  { default: fallback, doc }: { readonly default: D; readonly doc: string },
): Field<string | D> {
  return { kind: 'value', parse: (raw) => parse(typeof raw === 'string' ? raw : ''), default: fallback, unit: '', doc }
}

const bad = (expected: string): Parsed<never> => ({ ok: false, expected })

// What ends up in pods has to be valid there: the API server refuses a patched pod that is not, whatever failurePolicy says.

function parseCategory(value: string): Parsed<string> {
  return /^[a-z]+$/.test(value) && value.length <= 63 ? { ok: true, value } : bad('a category such as "p"')
}

function parseFamily(value: string): Parsed<string> {
  const isFamily = parseInstanceName(`${value}.large`) !== undefined && value.length <= 63
  return isFamily ? { ok: true, value } : bad('an instance family such as "p5en"')
}

/** Qualified names (apimachinery v0.36 pkg/util/validation IsQualifiedName). */
function parseTaintKey(value: string): Parsed<string> {
  const [name = '', prefix, ...more] = value.split('/').toReversed()
  const isName = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name) && name.length <= 63
  const isPrefix = prefix === undefined || (domain.test(prefix) && prefix.length <= 253)
  return isName && isPrefix && more.length === 0
    ? { ok: true, value }
    : bad('a taint key such as "example.com/reserved"')
}

const domain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** A value may have commas itself: what begins with no name of an opt-in goes on with the one before. */
function optInList({ doc }: { readonly doc: string }): Field<readonly string[]> {
  const parse = (raw: unknown): Parsed<readonly string[]> => {
    const parts = Array.isArray(raw) ? raw.map(String) : String(raw).split(',')
    const values: string[] = []
    for (const part of parts.map((one) => one.trim())) {
      const previous = values.at(-1)
      if (previous === undefined || annotations.has(splitOptIn(part)[0])) values.push(part)
      else values[values.length - 1] = `${previous},${part}`
    }
    const problem = values.map(parseOptIn).find(({ ok }) => !ok)
    return problem === undefined || problem.ok ? { ok: true, value: values } : problem
  }
  return { kind: 'list', parse, default: [], unit: '', doc }
}

const annotations: ReadonlySet<string> = new Set(mutations.flatMap(({ optIn }) => optIn?.annotation ?? []))

function parseOptIn(value: string): Parsed<string> {
  const [name, option] = splitOptIn(value)
  const optIns = mutations.flatMap(({ optIn }) => optIn ?? [])
  const found = optIns.find(({ annotation }) => annotation === name)
  if (found === undefined)
    return bad(`name=value with one of ${optIns.map(({ annotation }) => annotation).join(', ') || '(none)'}`)
  const complaint = found.check(option)
  return complaint === undefined ? { ok: true, value } : bad(`${name}: ${complaint}`)
}

/** A name alone switches it on. */
function splitOptIn(value: string): readonly [string, string] {
  const at = value.indexOf('=')
  return at < 0 ? [value, 'enabled'] : [value.slice(0, at), value.slice(at + 1)]
}
