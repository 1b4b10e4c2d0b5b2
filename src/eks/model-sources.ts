import type { Sourced } from './sourced.ts'

/** Copies of the models' config.json; parameters are counted from the layer sizes in them. */
export const configCopies: Sourced = {
  source: 'config.json as kept in ai-dynamo/aiconfigurator@095f58a aic-core/src/aiconfigurator_core/model_configs',
  date: '2026-08-21',
}

/** The same figures under names of its own. */
export const litgptConfigs: Sourced = {
  source: 'config.json as rendered in Lightning-AI/litgpt@2685705 litgpt/config.py',
  date: '2026-06-29',
}

/** litgpt's positions are not those of the model meant. */
export const litgptButPositions: Sourced = {
  source: `${litgptConfigs.source}; positions: model config.json, from memory, unverified`,
  date: litgptConfigs.date,
}
