import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { goBin } from '../parts/go-part.ts'
import { kedaAdapter, kedaOperator } from '../parts/keda.ts'
import { requirePart } from '../parts/require-part.ts'
import { freePorts } from '../ports.ts'
import { answers, type RunningProcess, startProcess } from '../process.ts'
import type { ControlPlane } from './control-plane.ts'

const namespace = 'keda'
const adapterService = 'keda-metrics-apiserver'

/** KEDA's operator and metrics adapter beside a control plane, ended with the test. */
export async function startKeda(
  t: { teardown(run: () => Promise<void>): unknown },
  cluster: ControlPlane,
): Promise<void> {
  const [metricsService = 0, secure = 0, probe = 0, operatorMetrics = 0, adapterMetrics = 0] = await freePorts(5)
  const certificates = await writeCertificates(cluster)
  await cluster.apply(...adapterObjects(cluster.authority.pem, secure))
  const site = { cluster, certificates, metricsService }
  const operator = await startOperator({ ...site, probe, operatorMetrics })
  t.teardown(() => operator.stop())
  const adapter = await startAdapter({ ...site, secure, adapterMetrics })
  t.teardown(() => adapter.stop())
  await cluster.kubectl(['wait', 'apiservice', apiService, '--for', 'condition=Available', '--timeout', '120s'])
}

interface Site {
  readonly cluster: ControlPlane
  readonly certificates: string
  readonly metricsService: number
}

async function startOperator(
  site: Site & { readonly probe: number; readonly operatorMetrics: number },
): Promise<RunningProcess> {
  const { cluster, certificates, metricsService, probe, operatorMetrics } = site
  const cache = await requirePart(kedaOperator)
  const args = [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--cert-dir=${certificates}`,
    `--metrics-service-bind-address=127.0.0.1:${metricsService}`,
    `--health-probe-bind-address=127.0.0.1:${probe}`,
    `--metrics-bind-address=127.0.0.1:${operatorMetrics}`,
    '--zap-log-level=info',
  ]
  const operator = await startProcess({ name: 'keda-operator', program: goBin(cache, kedaOperator), args, env })
  await operator.ready(() => answers(`http://127.0.0.1:${probe}/readyz`))
  return operator
}

async function startAdapter(
  site: Site & { readonly secure: number; readonly adapterMetrics: number },
): Promise<RunningProcess> {
  const { cluster, certificates, metricsService, secure, adapterMetrics } = site
  const cache = await requirePart(kedaAdapter)
  const args = [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--lister-kubeconfig=${cluster.kubeconfig}`,
    `--authentication-kubeconfig=${cluster.kubeconfig}`,
    `--authorization-kubeconfig=${cluster.kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${secure}`,
    `--port=${adapterMetrics}`,
    `--metrics-service-address=127.0.0.1:${metricsService}`,
    `--cert-dir=${certificates}`,
    `--client-ca-file=${join(certificates, 'ca.crt')}`,
    `--tls-cert-file=${join(certificates, 'tls.crt')}`,
    `--tls-private-key-file=${join(certificates, 'tls.key')}`,
  ]
  return startProcess({ name: 'keda-adapter', program: goBin(cache, kedaAdapter), args, env })
}

const env = { POD_NAMESPACE: namespace, KEDA_CLUSTER_OBJECT_NAMESPACE: namespace, WATCH_NAMESPACE: '' }

/** The three files that both read (keda 2.21, pkg/metricsservice/utils/tls.go); each is server and client of the other. */
async function writeCertificates({ authority, folder }: ControlPlane): Promise<string> {
  const target = join(folder, 'keda')
  await mkdir(target)
  const pair = await authority.issue({
    name: 'keda-serving',
    commonName: 'keda',
    hosts: ['127.0.0.1', `${adapterService}.${namespace}.svc`],
  })
  await cp(authority.file, join(target, 'ca.crt'))
  await cp(pair.certificate, join(target, 'tls.crt'))
  await cp(pair.key, join(target, 'tls.key'))
  return target
}

const apiService = 'v1beta1.external.metrics.k8s.io'

/** What KEDA's release manifests install for the adapter, with a Service that leads to this machine. */
function adapterObjects(caPem: string, port: number): readonly object[] {
  const rbac = 'rbac.authorization.k8s.io'
  const reader = 'keda-external-metrics-reader'
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: adapterService, namespace },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ name: 'https', port, protocol: 'TCP' }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: apiService },
      spec: {
        service: { name: adapterService, namespace, port },
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle: Buffer.from(caPem).toString('base64'),
      },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: reader },
      rules: [{ apiGroups: ['external.metrics.k8s.io'], resources: ['*'], verbs: ['*'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'keda-hpa-controller-external-metrics' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: reader },
      subjects: [{ kind: 'ServiceAccount', name: 'horizontal-pod-autoscaler', namespace: 'kube-system' }],
    },
  ]
}
