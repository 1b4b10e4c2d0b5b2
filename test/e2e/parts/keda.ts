import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { partFolder } from '../cache.ts'
import { goModuleFolder, type GoProgram, goPart } from './go-part.ts'
import type { Part } from './part.ts'

const module = 'github.com/kedacore/keda/v2'
const version = 'v2.21.0'

function kedaPart(program: Pick<GoProgram, 'name' | 'path' | 'proves' | 'alsoInstall'>): Part {
  const stamps = { [`${module}/version.Version`]: version.slice(1) }
  return goPart({ ...program, version, module, stamps, check: ['--help'] })
}

export const kedaOperator = kedaPart({
  name: 'keda-operator',
  path: '/cmd/operator',
  proves: 'the real KEDA client calls an external scaler and takes a Deployment to zero and back',
  async alsoInstall(folder) {
    const proto = join(await goModuleFolder(module), 'pkg', 'scalers', 'externalscaler', 'externalscaler.proto')
    await cp(proto, join(folder, 'externalscaler.proto'))
  },
})

export const kedaAdapter = kedaPart({
  name: 'keda-adapter',
  path: '/cmd/adapter',
  proves: 'the HPA reads what the scaler said, through the API server',
})

/** The contract between KEDA and an external scaler, as this release has it. */
export function externalScalerProto(cache: string): string {
  return join(partFolder(cache, kedaOperator), 'externalscaler.proto')
}
