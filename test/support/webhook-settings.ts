import { shippedCatalogue } from '../../src/eks/catalogue.ts'
import type { WebhookSettings } from '../../webhook/settings.ts'

/** Settings of an operator who decided nothing but what is given. */
export const webhookSettings = (given: Partial<WebhookSettings> = {}): WebhookSettings => ({
  platform: 'auto-mode',
  category: 'p',
  families: [],
  extraTolerations: [],
  defaults: {},
  catalogue: shippedCatalogue,
  ...given,
})
