import { type GoProgram, goPart } from './go-part.ts'
import type { Part } from './part.ts'

const version = 'v1.36.5'

/** What the release build stamps (kubernetes hack/lib/version.sh); without it a server calls itself v0.0.0-master. */
const stamps = {
  'k8s.io/component-base/version.gitVersion': version,
  'k8s.io/component-base/version.gitMajor': '1',
  'k8s.io/component-base/version.gitMinor': '36',
}

function kubernetesPart({
  name,
  proves,
  check = ['--version'],
}: Pick<GoProgram, 'name' | 'proves'> & Partial<GoProgram>): Part {
  return goPart({ name, version, module: 'k8s.io/kubernetes', path: `/cmd/${name}`, stamps, proves, check })
}

export const kubeApiServer = kubernetesPart({
  name: 'kube-apiserver',
  proves: 'our informer lives through compaction and restarts; what users apply is accepted and stored',
})

export const kubeControllerManager = kubernetesPart({
  name: 'kube-controller-manager',
  proves: 'Deployments become pods, and the HPA scales them',
})

export const kubeScheduler = kubernetesPart({
  name: 'kube-scheduler',
  proves: 'GPU pods land on the nodes that fit them, or stay pending with a reason',
})

export const kubectl = kubernetesPart({
  name: 'kubectl',
  proves: '`kubectl apply` as users run it',
  check: ['version', '--client'],
})
