import { readFile } from 'node:fs/promises'
import express, { type Router } from 'express'

const files = [
  { path: '/', file: 'index.html', type: 'text/html' },
  { path: '/page/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
  ...['page.css', 'tables.css', 'narrow.css'].map((file) => ({ path: `/page/${file}`, file, type: 'text/css' })),
  ...[
    'main.js',
    'poll.js',
    'dom.js',
    'format.js',
    'history.js',
    'sparkline.js',
    'fleet.js',
    'replicas.js',
    'decisions.js',
    'decision.js',
    'explain.js',
  ].map((file) => ({ path: `/page/${file}`, file, type: 'text/javascript' })),
]

/**
 * The page at `/` of the admin port: replicas, their caches, and decisions as they are taken, from `/api`. Its files are
 * read once. They may load and ask their own origin only, and make no markup from texts, which are other people's
 * (model names, request ids): Content-Security-Policy and Trusted Types (W3C) hold them to it.
 */
export async function createDashboard(): Promise<Router> {
  const router = express.Router()
  const read = files.map(async ({ path, file, type }) => {
    const body = await readFile(new URL(`page/${file}`, import.meta.url))
    router.get(path, (_request, response) => {
      response.set(headers).type(`${type}; charset=utf-8`).send(body)
    })
  })
  await Promise.all(read)
  return router
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
]

const headers = {
  'content-security-policy': policy.join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
}
