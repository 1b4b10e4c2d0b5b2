import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>

/** The webhook's metrics, in `registry`. Labels come from the paths, mutations and rules there are. */
export function createWebhookMetrics(registry: Registry, secondsLeft: () => number | undefined) {
  const registers = [registry]
  addCertificateGauge(registry, secondsLeft)
  return {
    reviews: new Counter({
      name: 'warmpath_webhook_reviews_total',
      help: 'Reviews by path and outcome: mutated, unchanged, warned, refused; and let through as late, fault or unreadable; "rejected" had no review to answer.',
      labelNames: ['path', 'outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'warmpath_webhook_review_duration_seconds',
      help: 'From the head of the request to its answer.',
      labelNames: ['path'],
      buckets: reviewSeconds,
      registers,
    }),
    mutations: new Counter({
      name: 'warmpath_webhook_mutations_total',
      help: 'Objects changed, by mutation.',
      labelNames: ['mutation'],
      registers,
    }),
    findings: new Counter({
      name: 'warmpath_webhook_findings_total',
      help: 'Pods in which a rule found something, by rule.',
      labelNames: ['rule'],
      registers,
    }),
    faults: new Counter({
      name: 'warmpath_webhook_faults_total',
      help: 'Faults of the webhook itself, by path; the object passed unchanged.',
      labelNames: ['path'],
      registers,
    }),
    rotationFailures: new Counter({
      name: 'warmpath_webhook_rotation_failures_total',
      help: 'Steps of the certificate rotation that failed; each is tried again.',
      registers,
    }),
  }
}

/** Read when scraped; without a certificate there is no sample. */
function addCertificateGauge(registry: Registry, secondsLeft: () => number | undefined): void {
  const gauge = new Gauge({
    name: 'warmpath_webhook_certificate_expiry_seconds',
    help: 'Seconds until the certificate in use expires, negative after it.',
    registers: [registry],
    collect() {
      const seconds = secondsLeft()
      if (seconds !== undefined) this.set(seconds)
    },
  })
  // prom-client starts every gauge without labels at 0.
  gauge.remove()
}

/** From a tenth of a millisecond to the longest timeout that the API server takes, 30 s. */
const reviewSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 3, 10, 30]
