"""Prints where DeBERTa's and MPNet's buckets of relative positions change, as the reference computes them.

Usage:  python buckets.py > engine-core/src/test/resources/golden/buckets.json

Versions: transformers 5.23.0, torch 2.15.0. For each setting: [distance, bucket] wherever the bucket of a distance
differs from that of the distance before it, for distances 0 to 4096.
"""

import json

import torch
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder


def steps(buckets):
    return [[d, b] for d, b in enumerate(buckets) if d == 0 or b != buckets[d - 1]]


distances = torch.arange(4097)
table = {}
for size, longest in [(256, 512), (256, 1024), (256, 2048), (16, 96), (64, 128), (32, 512), (128, 512), (51, 300)]:
    table[f"deberta {size} {longest}"] = steps(make_log_bucket_position(distances, size, longest).long().tolist())
table["mpnet right"] = steps(MPNetEncoder.relative_position_bucket(distances).tolist())
table["mpnet left"] = steps(MPNetEncoder.relative_position_bucket(-distances).tolist())
print("{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in table.items()) + "\n}")
