"""Decodes KV event payloads, one hex line each, with vLLM's own structs; prints each batch as a line of JSON."""

import sys

import msgspec
from vllm.distributed.kv_events import KVEventBatch

decoder = msgspec.msgpack.Decoder(KVEventBatch)
for line in sys.stdin:
    print(msgspec.json.encode(decoder.decode(bytes.fromhex(line.strip()))).decode())
