import { broken, generatedTokens, isWholeNumber, outputLength, promptLength } from './trace-line.ts'
import type { TraceFormat, TraceLine } from './trace-line.ts'

const header = 'TIMESTAMP,ContextTokens,GeneratedTokens'

/**
 * Azure LLM inference traces (Azure/AzurePublicDataset, `data/AzureLLMInferenceTrace_*.csv`): a header, then one row
 * per request. They carry no content, so every prompt is taken as unlike all others.
 */
export const azureFormat: TraceFormat = {
  name: 'Azure CSV',
  shape: header,
  recognises: (line) => isHeader(line) || /^\d{4}-\d\d-\d\d[ T]/.test(line),
  parseLine: (line, lineNumber) => {
    if (line.trim() === '' || isHeader(line)) return { kind: 'empty' }
    return parseRow(line, lineNumber)
  },
}

const isHeader = (line: string): boolean => line.trim().toLowerCase() === header.toLowerCase()

function parseRow(line: string, lineNumber: number): TraceLine {
  const cells = line.split(',')
  const [timestamp = '', context = '', generated = ''] = cells.map((cell) => cell.trim())
  if (cells.length !== 3) return broken('the row', line, `3 cells: ${header}`)
  const atMs = parseTimestamp(timestamp)
  if (atMs === undefined) return broken('TIMESTAMP', timestamp, 'a time such as 2023-11-16 18:15:46.6805900')
  const promptTokens = parseCount(context)
  if (!isWholeNumber(promptTokens, promptLength)) return broken('ContextTokens', context, promptLength.expected)
  const outputTokens = parseCount(generated)
  if (!isWholeNumber(outputTokens, outputLength)) return broken('GeneratedTokens', generated, outputLength.expected)
  const content = [{ id: lineNumber, tokens: promptTokens }]
  return { kind: 'request', request: { atMs, promptTokens, outputTokens: generatedTokens(outputTokens), content } }
}

const parseCount = (cell: string): number | undefined => (/^\d+$/.test(cell) ? Number(cell) : undefined)

/** Epoch ms, with the fraction that `Date` would cut off: 7 digits in the files of 2023, 6 and an offset in 2024. */
function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/.exec(text)
  if (match === null) return undefined
  const [, date, time, fraction = '.0', offset = 'Z'] = match
  const atMs = Date.parse(`${date}T${time}${offset}`) + Number(fraction) * 1000
  return Number.isNaN(atMs) ? undefined : atMs
}
