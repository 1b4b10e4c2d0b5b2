import {
  auto,
  gpu,
  karpenter,
  mixed,
  nearMiss,
  nodeGroups,
  onAuto,
  type RuleExamples,
  unknown,
  violates,
} from './example.ts'

/** Rules on where a pod may run. */
export const placementExamples: RuleExamples = {
  'selector-conflict': [
    violates(
      'two categories',
      { selector: auto('category', 'p'), terms: [[onAuto('category', 'In', 'g')]] },
      'no node satisfies what nodeSelector and affinity say of eks.amazonaws.com/instance-category',
    ),
    violates(
      'asked for and excluded',
      { terms: [[onAuto('family', 'In', 'p5'), onAuto('family', 'NotIn', 'p5')]] },
      'no node satisfies what nodeSelector and affinity say of eks.amazonaws.com/instance-family',
    ),
    nearMiss('one of two terms is possible', {
      selector: auto('category', 'p'),
      terms: [[onAuto('category', 'In', 'g')], [onAuto('family', 'In', 'p5')]],
    }),
    unknown('an operator of another release', {
      terms: [[onAuto('family', 'In', 'p5'), onAuto('family', 'Near', 'p4')]],
    }),
  ],
  'no-instance-type': [
    violates('16 GPUs in one pod', { gpus: 16 }, 'nearest type g4dn.metal has 8 of 16 GPUs'),
    violates(
      'GPUs of all containers together',
      {
        gpus: 4,
        selector: auto('family', 'g6'),
        spec: { initContainers: [{ name: 'side', restartPolicy: 'Always', resources: { limits: gpu(8) } }] },
      },
      'nearest type g6.48xlarge has 8 of 12 GPUs',
    ),
    violates(
      'more EFA than the family has',
      {
        selector: auto('family', 'p5en'),
        container: { resources: { limits: { ...gpu(8), 'vpc.amazonaws.com/efa': 32 } } },
      },
      'nearest type p5en.48xlarge has 16 of 32 EFA; p5.48xlarge would do',
    ),
    violates(
      'all the memory of a machine',
      {
        selector: { 'node.kubernetes.io/instance-type': 'g5.xlarge' },
        container: { resources: { limits: { ...gpu(1), memory: '16Gi' } } },
      },
      'nearest type g5.xlarge has 14162 of 16384 MiB; g4dn.2xlarge would do',
    ),
    violates(
      'a family of another category',
      { selector: { ...auto('category', 'p'), ...auto('family', 'g5') } },
      'no instance type has category p and family g5',
    ),
    nearMiss('8 GPUs and 32 EFA', {
      selector: auto('family', 'p5'),
      container: { resources: { limits: { ...gpu(8), 'vpc.amazonaws.com/efa': 32 } } },
    }),
    nearMiss('init containers run before', {
      gpus: 8,
      spec: { initContainers: [{ name: 'warm', resources: { limits: gpu(8) } }] },
    }),
    unknown('a family of later days', { gpus: 16, selector: auto('family', 'p9') }),
    unknown('a node by name', { gpus: 16, spec: { nodeName: 'ip-10-0-0-1' } }),
    unknown('EFA of a type without a figure', {
      selector: auto('family', 'p6e-gb200'),
      container: { resources: { limits: { ...gpu(4), 'vpc.amazonaws.com/efa': 17 } } },
    }),
  ],
  allocatable: [
    violates(
      'just under the memory of the machine',
      {
        selector: { 'node.kubernetes.io/instance-type': 'g5.xlarge' },
        container: { resources: { limits: { ...gpu(1), memory: '15Gi' } } },
      },
      'nearest type g5.xlarge offers 14162 of 15360 MiB',
    ),
    violates(
      'every CPU',
      { selector: auto('family', 'p5'), container: { resources: { limits: { ...gpu(8), cpu: 192 } } } },
      'nearest type p5.48xlarge offers 191.5 of 192 CPUs',
    ),
    nearMiss('a larger size is allowed', {
      selector: auto('family', 'g5'),
      container: { resources: { limits: { ...gpu(1), memory: '15Gi' } } },
    }),
    unknown(
      'EFA of a type without a figure',
      {
        selector: { 'node.kubernetes.io/instance-type': 'p6e-gb200.36xlarge' },
        container: { resources: { limits: { ...gpu(4), 'vpc.amazonaws.com/efa': 17 } } },
      },
      nodeGroups,
    ),
    unknown('a type of later days', {
      selector: { 'node.kubernetes.io/instance-type': 'p9.48xlarge' },
      container: { resources: { limits: { ...gpu(8), cpu: 192 } } },
    }),
  ],
  'label-prefix': [
    violates(
      "Karpenter's on Auto Mode",
      { selector: { 'karpenter.k8s.aws/instance-family': 'p5' } },
      'karpenter.k8s.aws/instance-family: the prefix of auto-mode is eks.amazonaws.com/instance-',
    ),
    violates(
      "Auto Mode's on Karpenter",
      { terms: [[onAuto('gpu-count', 'Gt', '3')]] },
      'eks.amazonaws.com/instance-gpu-count: the prefix of karpenter is karpenter.k8s.aws/instance-',
      karpenter,
    ),
    violates(
      'any on node groups',
      { selector: auto('category', 'p') },
      'eks.amazonaws.com/instance-category: node groups label instance-type only',
      nodeGroups,
    ),
    violates(
      'both together in a mixed cluster',
      { selector: { ...auto('category', 'p'), 'karpenter.k8s.aws/instance-category': 'p' } },
      'karpenter.k8s.aws/instance-category: no node has both prefixes',
      mixed,
    ),
    nearMiss('one of two terms', {
      terms: [
        [onAuto('family', 'In', 'p5')],
        [{ key: 'karpenter.k8s.aws/instance-family', operator: 'In', values: ['p5'] }],
      ],
    }),
    nearMiss('absence of the other label', {
      terms: [[{ key: 'karpenter.k8s.aws/instance-family', operator: 'NotIn', values: ['p4d'] }]],
    }),
    unknown('a label that is of neither', { selector: { 'karpenter.k8s.aws/capacity-reservation-id': 'cr-1' } }),
  ],
  'unsupported-type': [
    violates(
      'g7 on Auto Mode',
      { selector: auto('family', 'g7') },
      'g7 not listed for auto-mode (automode-learn-instances 2026-08-21)',
    ),
    violates(
      'by its GPU',
      { selector: auto('gpu-name', 'rtx-pro-4500') },
      'g7 not listed for auto-mode (automode-learn-instances 2026-08-21)',
    ),
    violates(
      'an UltraServer on Karpenter',
      { selector: { 'node.kubernetes.io/instance-type': 'p6e-gb200.36xlarge' } },
      'p6e-gb200 not listed for karpenter (ml-eks-nvidia-ultraserver 2026-08-21)',
      karpenter,
    ),
    nearMiss('g7 or g7e', { terms: [[onAuto('family', 'In', 'g7', 'g7e')]] }),
    nearMiss(
      'the UltraServer in node groups',
      { selector: { 'node.kubernetes.io/instance-type': 'p6e-gb200.36xlarge' } },
      nodeGroups,
    ),
    unknown('a family of later days', { selector: auto('family', 'p9') }),
    unknown('a family without a row', { selector: auto('family', 'g7') }, { catalogue: { types: [], families: [] } }),
  ],
  'g-and-p': [
    violates(
      'both named',
      { gpus: 8, terms: [[onAuto('category', 'In', 'g', 'p')]] },
      'g4dn.metal is taken before any of category p; new accounts have low quotas (64 vCPUs of g, 384 of p seen)',
    ),
    violates(
      'nothing named',
      {},
      'g4dn.xlarge is taken before any of category p; new accounts have low quotas (64 vCPUs of g, 384 of p seen)',
    ),
    nearMiss('only p has so much EFA', {
      terms: [[onAuto('category', 'In', 'g', 'p')]],
      container: { resources: { limits: { ...gpu(8), 'vpc.amazonaws.com/efa': 16 } } },
    }),
    nearMiss('p alone', { selector: auto('category', 'p') }),
    nearMiss('node groups, where somebody chose the type', {}, nodeGroups),
    nearMiss('slices', { container: { resources: { limits: { 'nvidia.com/mig-1g.10gb': 1 } } } }),
    unknown('a node pool decides', { selector: { 'karpenter.sh/nodepool': 'gpu' } }),
    unknown('a category of later days', { terms: [[onAuto('category', 'In', 'g', 'p', 'q')]] }),
  ],
  quota: [
    violates(
      '8 GPUs of g',
      { gpus: 8, selector: auto('category', 'g') },
      'g4dn.metal has 96 vCPUs; quota "Running On-Demand G and VT instances" is 0 to 64 unless raised',
    ),
    nearMiss('4 GPUs of g', { gpus: 4, selector: auto('category', 'g') }),
    nearMiss('8 GPUs of p', { gpus: 8, selector: auto('category', 'p') }),
    nearMiss('spot, of another quota', {
      gpus: 8,
      selector: { ...auto('category', 'g'), 'karpenter.sh/capacity-type': 'spot' },
    }),
    nearMiss('as many as there are, on the other architecture', {
      gpus: 2,
      selector: { ...auto('family', 'g5g'), 'kubernetes.io/arch': 'arm64' },
    }),
    unknown('slices', {
      selector: auto('category', 'g'),
      container: { resources: { limits: { 'nvidia.com/mig-1g.10gb': 1 } } },
    }),
    unknown('a category of later days', { gpus: 8, selector: auto('category', 'q') }),
  ],
  'gpu-deploy-selector': [
    violates(
      'as nodeSelector',
      { selector: { 'nvidia.com/gpu.deploy.device-plugin': 'false' } },
      'selects nodes by nvidia.com/gpu.deploy.device-plugin, which node pools seldom define',
    ),
    nearMiss('the label that nodes with GPUs have', { selector: { 'nvidia.com/gpu.present': 'true' } }),
    unknown('its absence', { terms: [[{ key: 'nvidia.com/gpu.deploy.mps', operator: 'DoesNotExist' }]] }),
  ],
  'gpu-deploy-label': [
    violates(
      'another operand',
      { labels: { 'nvidia.com/gpu.deploy.dcgm': 'false' } },
      'label nvidia.com/gpu.deploy.dcgm has no effect on pods',
    ),
    violates(
      'the device plugin on Karpenter',
      { labels: { 'nvidia.com/gpu.deploy.device-plugin': 'false' } },
      'label nvidia.com/gpu.deploy.device-plugin has no effect on pods',
      karpenter,
    ),
    nearMiss('what our own mutation sets on Auto Mode', { labels: { 'nvidia.com/gpu.deploy.device-plugin': 'false' } }),
    unknown('a value that is no text', { labels: {}, spec: { labels: { 'nvidia.com/gpu.deploy.dcgm': 'false' } } }),
  ],
  'scheduler-name': [
    violates(
      'KAI on Auto Mode',
      { spec: { schedulerName: 'kai-scheduler' } },
      'scheduler kai-scheduler: pods were reported pending on auto-mode (2026-08-21)',
    ),
    nearMiss('the default by name', { spec: { schedulerName: 'default-scheduler' } }),
    nearMiss('on Karpenter', { spec: { schedulerName: 'kai-scheduler' } }, karpenter),
    unknown('a mixed cluster', { spec: { schedulerName: 'kai-scheduler' } }, mixed),
  ],
  'spot-grace': [
    violates(
      'ten minutes',
      { selector: { 'karpenter.sh/capacity-type': 'spot' }, spec: { terminationGracePeriodSeconds: 600 } },
      'terminationGracePeriodSeconds is 600, a spot instance is gone 120 s after its notice',
    ),
    violates(
      'on node groups',
      { selector: { 'eks.amazonaws.com/capacityType': 'SPOT' }, spec: { terminationGracePeriodSeconds: 121 } },
      'terminationGracePeriodSeconds is 121, a spot instance is gone 120 s after its notice',
      nodeGroups,
    ),
    nearMiss('two minutes', {
      selector: { 'karpenter.sh/capacity-type': 'spot' },
      spec: { terminationGracePeriodSeconds: 120 },
    }),
    nearMiss('on demand', {
      selector: { 'karpenter.sh/capacity-type': 'on-demand' },
      spec: { terminationGracePeriodSeconds: 600 },
    }),
    unknown('the node pool decides', { spec: { terminationGracePeriodSeconds: 600 } }),
  ],
}
