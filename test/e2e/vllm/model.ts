import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Sizes of a Llama. Head sizes the CPU attention takes: 32, 64, 80, 96, … (vllm/v1/attention/backends/cpu_attn.py, 0.32). */
export interface ModelShape {
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly intermediate: number
  readonly maxPositions: number
}

/** A quarter of a megabyte of weights: answers are noise, everything around them is real. */
export const tinyShape: ModelShape = {
  layers: 2,
  hidden: 64,
  heads: 2,
  kvHeads: 1,
  headDim: 32,
  intermediate: 128,
  maxPositions: 8192,
}

/** Writes a model folder that vLLM loads with `--load-format dummy`: no weights, and one token per byte of text. */
export async function writeModel(folder: string, shape: ModelShape = tinyShape): Promise<void> {
  await mkdir(folder, { recursive: true })
  const files = {
    'config.json': config(shape),
    'generation_config.json': { bos_token_id: ids.begin, eos_token_id: ids.end },
    'tokenizer.json': tokenizer(),
    'tokenizer_config.json': tokenizerConfig(shape),
  }
  await Promise.all(
    Object.entries(files).map(([name, content]) => writeFile(join(folder, name), `${JSON.stringify(content)}\n`)),
  )
}

const special = ['<|begin|>', '<|end|>', '<|im_start|>', '<|im_end|>'] as const
const ids = { begin: 0, end: 1 }
const vocabularySize = special.length + 256

/** The token of a byte: what `tokenizer.json` makes of it. */
export const byteToken = (byte: number): number => special.length + byte

function config(shape: ModelShape): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: shape.hidden,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.headDim,
    intermediate_size: shape.intermediate,
    num_hidden_layers: shape.layers,
    max_position_embeddings: shape.maxPositions,
    vocab_size: vocabularySize,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    hidden_act: 'silu',
    torch_dtype: 'float32',
    tie_word_embeddings: true,
    bos_token_id: ids.begin,
    eos_token_id: ids.end,
  }
}

/** Byte-level BPE with no merges. */
function tokenizer(): object {
  const vocabulary = new Map<string, number>(special.map((token, id) => [token, id]))
  byteCharacters().forEach((character, byte) => vocabulary.set(character, byteToken(byte)))
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(vocabulary),
      merges: [],
    },
  }
}

/** GPT-2's printable stand-ins for the 256 bytes: printable Latin-1 stands for itself, the rest for U+0100 on. */
function byteCharacters(): readonly string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++))
}

function tokenizerConfig(shape: ModelShape): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: special[ids.begin],
    eos_token: special[ids.end],
    model_max_length: shape.maxPositions,
    clean_up_tokenization_spaces: false,
    chat_template:
      "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}" +
      '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}',
  }
}
