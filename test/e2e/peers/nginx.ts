import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { debianBin } from '../parts/debian-part.ts'
import { nginx } from '../parts/nginx.ts'
import { answers } from '../process.ts'
import type { PeerKind } from './peer.ts'

export const nginxPeer: PeerKind = {
  part: nginx,
  ports: 1,
  async prepare({ cache, ports: [port = 0], engines, folder }) {
    const file = join(folder, 'nginx.conf')
    await writeFile(file, nginxConfig({ port, engines, folder }))
    // -e: before it reads the config, nginx opens the log file of the Debian package.
    const args = ['-p', folder, '-e', 'stderr', '-c', file]
    return { program: debianBin(cache, nginx, 'usr/sbin/nginx'), args }
  },
  isReady: (url) => answers(`${url}/health`),
}

interface NginxSite {
  readonly port: number
  readonly engines: readonly string[]
  readonly folder: string
}

/** Round robin, as nginx does by default, with what streaming through kept-alive connections needs. */
function nginxConfig({ port, engines, folder }: NginxSite): string {
  const servers = engines.map((engine) => `    server ${new URL(engine).host};`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${join(folder, kind)};`,
  )
  return [
    'daemon off;',
    'worker_processes auto;',
    `user ${userInfo().username};`,
    `pid ${join(folder, 'nginx.pid')};`,
    'error_log stderr warn;',
    'events { worker_connections 4096; }',
    'http {',
    '  access_log off;',
    ...temporary,
    '  client_max_body_size 64m;',
    '  upstream engines {',
    ...servers,
    '    keepalive 64;',
    '  }',
    '  server {',
    `    listen 127.0.0.1:${port};`,
    '    location / {',
    '      proxy_pass http://engines;',
    '      proxy_http_version 1.1;',
    '      proxy_set_header Connection "";',
    '      proxy_buffering off;',
    '      proxy_read_timeout 600s;',
    '    }',
    '  }',
    '}',
    '',
  ].join('\n')
}
