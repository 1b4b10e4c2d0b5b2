import { debianPart } from './debian-part.ts'

export const nginx = debianPart({
  name: 'nginx',
  version: '1.22.1',
  proves: 'the C peer of the proxy path: nginx proxies whole answers and streams of the simulated fleet',
  check: ['usr/sbin/nginx', '-v'],
})
