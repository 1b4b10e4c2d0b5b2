export interface EnvoySite {
  readonly port: number
  readonly adminPort: number
  /** URLs of engines; host and port are used. */
  readonly engines: readonly string[]
}

const routerType = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
const managerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** A static bootstrap (JSON is YAML to Envoy): one listener on loopback, all paths to one cluster of the engines. */
export function envoyConfig({ port, adminPort, engines }: EnvoySite): object {
  return {
    admin: { address: socketAddress('127.0.0.1', adminPort) },
    static_resources: {
      listeners: [
        {
          name: 'openai',
          address: socketAddress('127.0.0.1', port),
          filter_chains: [{ filters: [{ name: 'http', typed_config: connectionManager() }] }],
        },
      ],
      clusters: [
        {
          name: 'engines',
          type: 'STATIC',
          connect_timeout: '2s',
          lb_policy: 'LEAST_REQUEST',
          load_assignment: {
            cluster_name: 'engines',
            endpoints: [{ lb_endpoints: engines.map(lbEndpoint) }],
          },
        },
      ],
    },
  }
}

function connectionManager(): object {
  return {
    '@type': managerType,
    stat_prefix: 'openai',
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': routerType } }],
    route_config: {
      name: 'openai',
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          // Envoy's route timeout of 15 s would cut long streams; 0 = none.
          routes: [{ match: { prefix: '/' }, route: { cluster: 'engines', timeout: '0s' } }],
        },
      ],
    },
  }
}

function lbEndpoint(engine: string): object {
  const { hostname, port } = new URL(engine)
  return { endpoint: { address: socketAddress(hostname, Number(port)) } }
}

function socketAddress(address: string, port: number): object {
  return { socket_address: { address, port_value: port } }
}
