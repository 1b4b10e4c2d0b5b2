#!/usr/bin/env node
// Plain JavaScript in the syntax of old Node versions: they fail on main.ts with "Unknown file extension".
const wanted = 24
const [major] = process.versions.node.split('.').map(Number)

if (major < wanted) {
  process.stderr.write(`warmpath: needs Node ${wanted} or newer, but ${process.execPath} is ${process.version}\n`)
  process.exitCode = 2
} else {
  // Node strips types outside node_modules only, so an installed package runs the compiled copy.
  const installed = import.meta.url.includes('/node_modules/')
  await import(installed ? '../../dist/src/cli/main.js' : './main.ts')
}
