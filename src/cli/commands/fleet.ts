import { bytes, choice, duration, flag, integer, list, port, text } from '../../config/field.ts'
import { fleetDefaults } from '../../simulation/fleet/fleet.ts'
import { engineProfile } from '../../simulation/profiles.ts'
import { defineCommand } from '../command.ts'
import { checkFaults, fleetFields } from '../fleet-fields.ts'
import { exitCodes } from '../host.ts'
import { startFleet } from '../start-fleet.ts'

export const command = defineCommand({
  name: 'fleet',
  summary: 'Run simulated vLLM replicas: OpenAI HTTP, /metrics, KV events, scripted faults.',
  examples: [
    'warmpath fleet',
    'warmpath fleet --replicas 8 --engine qwen3-32b-tp2-h100 --speed 4',
    'warmpath fleet --faults "replica=1,kind=drop,chunks=5,times=2;kind=delay,delay=2s,path=/metrics"',
  ],
  fields: {
    host: text({ default: fleetDefaults.host, doc: 'Address to listen on.' }),
    port: port({
      default: fleetDefaults.port,
      doc: 'HTTP port of the first replica; the others follow. 0 = any free ports.',
    }),
    ...fleetFields,
    loras: list(text({ default: '', doc: '' }), {
      default: fleetDefaults.loras,
      doc: 'LoRA adapters loaded at the start, by name.',
    }),
    blockTokens: integer({
      default: fleetDefaults.blockTokens,
      min: 1,
      max: 4096,
      doc: "KV block in tokens; default is the engine profile's.",
    }),
    tokenDetails: flag({
      default: fleetDefaults.tokenDetails,
      doc: "Report cached tokens in usage, as vLLM's --enable-prompt-tokens-details.",
    }),
    kvEventsFormat: choice(['map', 'array'], {
      default: fleetDefaults.kvEventsFormat,
      doc: 'Form of KV events: map since vLLM 0.23, array before.',
    }),
    kvHashes: choice(['int', 'bytes'], {
      default: fleetDefaults.kvHashes,
      doc: 'Block hashes in KV events: 64-bit integers or whole digests.',
    }),
    kvTopic: text({ default: fleetDefaults.kvTopic, doc: 'Topic of KV events.' }),
    kvBufferSteps: integer({
      default: fleetDefaults.kvBufferSteps,
      min: 1,
      doc: 'KV event batches kept for replay; older ones are dropped.',
    }),
    maxBody: bytes({
      default: fleetDefaults.maxBodyBytes,
      min: 1024,
      doc: 'Largest request body; a larger one is answered 413.',
    }),
    drainTimeout: duration({
      default: fleetDefaults.drainTimeoutMs,
      doc: "vLLM's --shutdown-timeout: how long running requests may go on after SIGTERM; 0 aborts them.",
    }),
  },
  async run(config, context) {
    checkFaults(config.faults, config.replicas)
    await startFleet(
      {
        ...config,
        engine: engineProfile(config.engine),
        maxBodyBytes: config.maxBody,
        drainTimeoutMs: config.drainTimeout,
      },
      context,
    )
    await context.lifecycle.untilStopped()
    return exitCodes.fine
  },
})
