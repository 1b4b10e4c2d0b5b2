/** An image whose ENTRYPOINT starts the server, so that a container may have nothing but `args`. */
interface ServerImage {
  /** The last part of the image's name, without tag and digest. */
  readonly basename: string
  readonly source: string
}

const dockerfile = 'vllm 0.32.0 docker/Dockerfile*: ENTRYPOINT ["vllm", "serve"], 2026-11-27'

/** Older images of these names start the Python module instead, which finds no model behind a plain word. */
export const serverImages: readonly ServerImage[] = [
  { basename: 'vllm-openai', source: dockerfile },
  { basename: 'vllm-openai-cpu', source: dockerfile },
  { basename: 'vllm-openai-rocm', source: dockerfile },
  { basename: 'vllm-openai-xpu', source: dockerfile },
  { basename: 'vllm-release-repo', source: 'public.ecr.aws/q9t5s3a7, built from the same Dockerfile' },
  { basename: 'vllm-cpu-release-repo', source: 'public.ecr.aws/q9t5s3a7, built from Dockerfile.cpu' },
  { basename: 'vllm-arm64-cpu-release-repo', source: 'public.ecr.aws/q9t5s3a7, built from Dockerfile.cpu' },
]

/**
 * Python modules that serve the HTTP API (vllm 0.32.0 and before; `if __name__ == "__main__"` under vllm/entrypoints).
 * The gRPC ones are not among them: their parsers lack the flags of the HTTP front end.
 */
export const serverModules: ReadonlySet<string> = new Set([
  'vllm.entrypoints.openai.api_server',
  'vllm.entrypoints.launchers.api_server.entry',
  'vllm.entrypoints.api_server',
])

/** `python -m vllm.entrypoints.cli.main serve` is `vllm serve`. */
export const cliModule = 'vllm.entrypoints.cli.main'

/** Programs with the subcommand `serve`: the Python one and the Rust front end, which shares its flags. */
export const cliPrograms: ReadonlySet<string> = new Set(['vllm', 'vllm-rs'])

/** The other subcommands of vllm/entrypoints/cli/main.py 0.32.0, none of which serves a model. */
export const otherSubcommands: ReadonlySet<string> = new Set([
  'bench',
  'launch',
  'chat',
  'complete',
  'run-batch',
  'collect-env',
  'download-kernels',
  'preload',
  'snapshot',
])

/** Words that stand before a command in a script. */
export const reservedWords: ReadonlySet<string> = new Set([
  ...['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!', 'time', 'exec'],
])

/** Programs that only name their words and do not run them. */
export const namingPrograms: ReadonlySet<string> = new Set([
  ...['echo', 'printf', 'which', 'type', 'command', 'grep', 'egrep', 'pgrep', 'pkill', 'killall', 'cat', 'ls', 'test'],
  ...['[', '[[', 'export', 'alias', 'pip', 'pip3', 'logger', ':', 'rm', 'cp', 'mv', 'touch', 'mkdir', 'curl', 'wget'],
])

export const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh'])
