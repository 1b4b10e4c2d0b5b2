export interface PolicyColor {
  readonly light: string
  readonly dark: string
}

/**
 * Eight colours for each ground, found by search in OKLCH: at least 3:1 against the ground (WCAG 2.2, 1.4.11), any two
 * at least 0.125 apart in OKLab as seen with protanopia and deuteranopia (Machado et al. 2009).
 */
const slots: readonly PolicyColor[] = [
  { light: '#fb5f14', dark: '#fd901e' },
  { light: '#3751cc', dark: '#7484ff' },
  { light: '#329be8', dark: '#146ea1' },
  { light: '#15a87e', dark: '#0a7d30' },
  { light: '#78007b', dark: '#f2a5fe' },
  { light: '#484800', dark: '#f5e238' },
  { light: '#1f212b', dark: '#edf0f3' },
  { light: '#656b77', dark: '#9a9a9b' },
]

/** So that a policy looks the same in every report. */
const homeSlots: readonly string[] = [
  'warmpath',
  'llm-d',
  'llm-d-sticky',
  'prefix-hash',
  'session',
  'least-request',
  'round-robin',
  'random',
]

/** One colour per policy, aligned; beyond eight policies they repeat. */
export function policyColors(names: readonly string[]): readonly PolicyColor[] {
  const taken = new Set(names.map((name) => homeSlots.indexOf(name)))
  const free = slots.filter((_slot, index) => !taken.has(index))
  let used = 0
  return names.map((name) => {
    const home = slots[homeSlots.indexOf(name)]
    return home ?? free[used++ % Math.max(1, free.length)] ?? fallback
  })
}

const fallback: PolicyColor = { light: '#656b77', dark: '#9a9a9b' }
