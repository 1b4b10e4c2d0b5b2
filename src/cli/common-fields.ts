import { choice, duration, text } from '../config/field.ts'
import { logLevels } from '../telemetry/log.ts'

/** Options that every command has. */
export const commonFields = {
  config: text({ default: undefined, doc: 'YAML file with options as camelCase keys.' }),
  logLevel: choice(logLevels, { default: 'info', doc: 'Least important log lines to print.' }),
  logFormat: choice(['auto', 'json', 'pretty'], {
    default: 'auto',
    doc: 'Form of the log on stderr; auto is pretty on a terminal and json elsewhere.',
  }),
  shutdownTimeout: duration({
    default: 20_000,
    doc:
      'Longest wait for open work after SIGTERM or SIGINT; what is left then is cut off. ' +
      'Keep it below terminationGracePeriodSeconds (Kubernetes: 30 s by default).',
  }),
}
