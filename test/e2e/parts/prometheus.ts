import { debianPart } from './debian-part.ts'

export const prometheus = debianPart({
  name: 'prometheus',
  version: '2.42.0',
  proves: 'promtool accepts the /metrics of fleet and router; Prometheus scrapes a replica',
  check: ['usr/bin/promtool', '--version'],
})
