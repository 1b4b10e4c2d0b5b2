/** 32-bit FNV-1a of a text (http://www.isthe.com/chongo/tech/comp/fnv/), finished with murmur3's fmix32 so that near texts part. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix(hash)
}

/** Rendezvous weight of a node for a key (Thaler & Ravishankar 1998): every router that knows both computes the same. */
export function rendezvousWeight(key: number, node: number): number {
  return mix(mix((key >>> 0) ^ Math.imul(Math.floor(key / 0x1_0000_0000), 0x9e3779b1)) ^ node)
}

function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
