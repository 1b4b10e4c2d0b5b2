/** What to list and watch, built in or custom. */
export interface Resource {
  /** API group; `''` for the core group (pods, nodes, services). */
  readonly group: string
  readonly version: string
  /** Name in URLs: `pods`, `inferencepools`. */
  readonly plural: string
  /** All namespaces without it; also without it for resources that have none. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** URL path of the collection (kubernetes.io/docs/reference/using-api/api-concepts, "Resource URIs"). */
export function pathOf({ group, version, plural, namespace }: Resource): string {
  const root = group === '' ? ['api', version] : ['apis', group, version]
  const scope = namespace === undefined ? [] : ['namespaces', namespace]
  return `/${[...root, ...scope, plural].map(encodeURIComponent).join('/')}`
}

/** The query parameters that choose the objects. */
export function selectorsOf({ labelSelector, fieldSelector }: Resource): Readonly<Record<string, string>> {
  return {
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  }
}

/** For messages: `pods in namespace "inference"`. */
export function describe({ group, plural, namespace }: Resource): string {
  const name = group === '' ? plural : `${plural}.${group}`
  return namespace === undefined ? `${name} in all namespaces` : `${name} in namespace "${namespace}"`
}
