import {
  claim,
  gpu,
  karpenter,
  mixed,
  nearMiss,
  nodeGroups,
  resources,
  type RuleExamples,
  sh,
  unknown,
  violates,
} from './example.ts'

/** Rules on what the containers ask for. */
export const deviceExamples: RuleExamples = {
  'gpu-limit': [
    violates('a request alone', resources({}, gpu(2)), 'container vllm: nvidia.com/gpu has a request and no limit'),
    violates(
      'a request that differs',
      resources(gpu(4), gpu(2)),
      'container vllm: nvidia.com/gpu request 2 differs from limit 4',
    ),
    violates('half a GPU', resources(gpu('500m')), 'container vllm: nvidia.com/gpu limit 0.5 is no whole number'),
    nearMiss('a limit alone', resources(gpu(2))),
    nearMiss('both the same, in other words', resources(gpu('1k'), gpu(1000))),
    unknown('a request that cannot be read', resources(gpu(1), gpu('many'))),
  ],
  'parallel-size': [
    violates(
      'tensor parallel on too few',
      { gpus: 4, flags: ['-tp', '8'] },
      'TP 8 x PP 1 takes 8 GPUs, container vllm has 4',
    ),
    violates(
      'data parallel beside it',
      { gpus: 8, flags: ['-tp=4', '--data-parallel-size', '4'] },
      'TP 4 x PP 1 x local DP 4 takes 16 GPUs, container vllm has 8',
    ),
    violates(
      'prefill context parallel',
      { gpus: 2, flags: ['-tp', '2', '-pcp', '2'] },
      'TP 2 x PP 1 x PCP 2 takes 4 GPUs, container vllm has 2',
    ),
    violates(
      'a shell script of one command',
      { gpus: 1, container: sh('cd /app && exec vllm serve m --tensor-parallel-size 2') },
      'TP 2 x PP 1 takes 2 GPUs, container vllm has 1',
    ),
    violates(
      'engines of this node only',
      { gpus: 4, flags: ['-dp', '16', '-dpl', '8', '-dpr', '8', '--headless'] },
      'TP 1 x PP 1 x local DP 8 takes 8 GPUs, container vllm has 4',
    ),
    nearMiss('as many as there are', { gpus: 8, flags: ['-tp', '4', '-pp', '2'] }),
    nearMiss('one external rank of many', { gpus: 2, flags: ['-tp', '2', '-dp', '8', '-dpn', '3'] }),
    nearMiss('expert parallel, which takes the GPUs of tensor and data', { gpus: 8, flags: ['-dp', '8', '-ep'] }),
    unknown('Ray spreads it over nodes', { gpus: 8, flags: ['-tp', '16', '--distributed-executor-backend', 'ray'] }),
    unknown('several nodes', { gpus: 8, flags: ['-tp', '16', '--nnodes', '2', '--node-rank', '0'] }),
    unknown('a worker group, of which older releases take Ray', {
      gpus: 8,
      flags: ['-pp', '2', '-tp', '8'],
      labels: { 'leaderworkerset.sigs.k8s.io/name': 'group' },
    }),
    unknown('the rank of a node', { gpus: 8, flags: ['-pp', '2', '-tp', '8', '--node-rank', '1'] }),
    unknown('the address of a group', { gpus: 8, container: sh('vllm serve m -tp 16 --host $LWS_LEADER_ADDRESS') }),
    unknown('a Ray head in the script', { gpus: 8, container: sh('ray start --head && vllm serve m -tp 16') }),
    unknown('a value from a variable', { gpus: 1, flags: ['-tp', '$(TP)'] }),
    unknown('a script that decides', {
      gpus: 1,
      container: sh('if [ -n "$X" ]; then vllm serve m -tp 8; else vllm serve m; fi'),
    }),
    unknown('a file beside all sizes', {
      gpus: 1,
      flags: [
        ...['-tp', '8', '-pp', '1', '-pcp', '1', '-n', '1'],
        '--distributed-executor-backend',
        'mp',
        '--config',
        'x',
      ],
    }),
    unknown('a hidden file', { gpus: 1, flags: ['--config', 'x.yaml'] }),
    unknown('a claim beside the GPU', {
      ...claim,
      flags: ['-tp', '8'],
      container: { resources: { limits: gpu(1), claims: [{ name: 'gpus' }] } },
    }),
    unknown('all devices by a variable', {
      flags: ['-tp', '8'],
      container: { env: [{ name: 'NVIDIA_VISIBLE_DEVICES', value: 'all' }] },
    }),
  ],
  'idle-gpus': [
    violates(
      'the default of one GPU',
      { gpus: 8 },
      'container vllm has 8 GPUs, TP 1 x PP 1 x local DP 1 leaves 7 idle',
    ),
    nearMiss('all in use', { gpus: 8, flags: ['-tp', '2', '-dp', '4'] }),
    unknown('a script that may start more', { gpus: 8, container: sh('vllm serve a & vllm serve b & wait') }),
    unknown('elastic', { gpus: 8, flags: ['-dp', '2', '--enable-elastic-ep'] }),
    unknown('a hidden file', { gpus: 8, flags: ['--config', 'x.yaml'] }),
  ],
  'dra-unsupported': [
    violates(
      'a claim on Auto Mode',
      claim,
      'auto-mode allocates no claims (device-management-nvidia-dra-... 2026-08-21); ask for nvidia.com/gpu',
    ),
    nearMiss('node groups have the driver', claim, nodeGroups),
    nearMiss('Karpenter can on static capacity', claim, karpenter),
    nearMiss('the claim is beside a GPU', {
      ...claim,
      container: { resources: { limits: gpu(1), claims: [{ name: 'gpus' }] } },
    }),
    unknown('a mixed cluster', claim, mixed),
  ],
  'dra-limited': [
    violates(
      'a claim on Karpenter',
      claim,
      'claim gpus: karpenter makes no node for it, only static capacity has some (2026-08-21)',
      karpenter,
    ),
    violates(
      'a claim beside a GPU on Auto Mode',
      { ...claim, container: { resources: { limits: gpu(1), claims: [{ name: 'gpus' }] } } },
      'claim gpus: auto-mode allocates none (device-management-nvidia-dra-... 2026-08-21)',
    ),
    nearMiss('node groups', claim, nodeGroups),
    nearMiss('refused by another rule', claim),
    unknown('a claim without a name', { spec: { resourceClaims: [{}] } }),
  ],
  'claim-and-gpu': [
    violates(
      'both in one container',
      { ...claim, container: { resources: { limits: gpu(1), claims: [{ name: 'gpus' }] } } },
      'it asks for nvidia.com/gpu and has a resource claim; use one of them unless the claim is no GPU',
    ),
    nearMiss('a claim alone', claim),
    nearMiss('a GPU alone', {}),
    unknown('claims that are no list', { spec: { resourceClaims: 'gpus' } }),
  ],
  mig: [
    violates(
      'on Auto Mode',
      resources({ 'nvidia.com/mig-1g.10gb': 1 }),
      'nvidia.com/mig-1g.10gb: no MIG on auto-mode (device-management-nvidia-mig 2026-08-21)',
    ),
    violates(
      'of GPUs without it',
      {
        ...resources({ 'nvidia.com/mig-1g.10gb': 1 }),
        terms: [[{ key: 'karpenter.k8s.aws/instance-family', operator: 'In', values: ['g5', 'g6'] }]],
      },
      'nvidia.com/mig-1g.10gb: the GPUs of g5, g6 have no MIG',
      karpenter,
    ),
    nearMiss(
      'on Karpenter',
      { ...resources({ 'nvidia.com/mig-1g.10gb': 1 }), selector: { 'karpenter.k8s.aws/instance-family': 'p5' } },
      karpenter,
    ),
    nearMiss('a whole GPU', {}),
    unknown(
      'a family of later days',
      { ...resources({ 'nvidia.com/mig-1g.10gb': 1 }), selector: { 'karpenter.k8s.aws/instance-family': 'g9' } },
      karpenter,
    ),
  ],
}
