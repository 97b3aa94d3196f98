"""Makes the reference of a training step: what three steps of PyTorch do to a tiny BERT and a tiny DeBERTa-v3.

Usage:  python training_step.py --out DIR        (DIR: engine-core/src/test/resources/training)

Versions: transformers 5.23.0, torch 2.15.0, safetensors 0.8.0, all from PyPI. They are needed to make the fixture again
and never to run Kanmon or its tests. The files are deterministic for these versions on one kind of CPU; on another the
`_f32` tensors may differ in their last digits. README.md in the output folder says what the files hold.
"""

import argparse
import json
import math
import pathlib

import torch
import transformers
from make_goldens import double_arithmetic
from safetensors.torch import save_file

STEPS = 3
SETTINGS = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.1, "clip_norm": 1.0}
LENGTHS = [23, 2, 14, 9, 17, 5]
LABELS = [1, 0, 1, 1, 0, 0]
TEACHER = [0.93, 0.08, 0.61, 0.45, 0.02, 0.3]

COMMON = {
    "vocab_size": 64,
    # Two heads of ten: neither the width nor a head is a multiple of a vector.
    "hidden_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 36,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
    "id2label": {"0": "safe", "1": "unsafe"},
    "label2id": {"safe": 0, "unsafe": 1},
}
MODELS = {
    "bert": {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        **COMMON,
    },
    "deberta_v3": {
        "architectures": ["DebertaV2ForSequenceClassification"],
        "model_type": "deberta-v2",
        "type_vocab_size": 0,
        "layer_norm_eps": 1e-7,
        "relative_attention": True,
        "position_biased_input": False,
        "pos_att_type": "c2p|p2c",
        "share_att_key": True,
        "norm_rel_ebd": "layer_norm",
        # Distances up to 4 have a bucket each, 5 to 22 share logarithmic ones.
        "position_buckets": 8,
        "max_relative_positions": -1,
        "pooler_hidden_act": "gelu",
        "pooler_dropout": 0.0,
        "pooler_hidden_size": 20,
        **COMMON,
    },
}


def decays(name):
    """Weight decay is for matrices and tables: neither for biases nor for the two vectors of a LayerNorm."""
    return not name.endswith("bias") and "LayerNorm" not in name


def randomize(model, generator):
    """Weights at which every term moves the loss, and at which softmax and GELU are not saturated."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if "LayerNorm" in name and name.endswith("weight"):
                p.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                p.copy_(0.1 * noise)
            elif "embeddings" in name:
                p.copy_(0.5 * noise)
            else:
                p.copy_(noise / math.sqrt(p.shape[1]))


def batch(generator, types):
    width = max(LENGTHS)
    ids = torch.zeros(len(LENGTHS), width, dtype=torch.int64)
    mask, segments = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(5, COMMON["vocab_size"], (length,), generator=generator)
        ids[row, 0], ids[row, length - 1] = 1, 2
        mask[row, :length] = 1
        if types and row % 2 == 0:
            segments[row, length // 2 : length] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}


def loss_of(logits):
    """HarmAug's loss: half cross-entropy with the labels, half KL from the teacher's probabilities."""
    labels = torch.tensor(LABELS)
    q = torch.tensor(TEACHER, dtype=logits.dtype)
    hard = torch.nn.functional.cross_entropy(logits, labels)
    soft = torch.nn.functional.kl_div(
        torch.log_softmax(logits, -1), torch.stack([1 - q, q], -1), reduction="batchmean"
    )
    return 0.5 * hard + 0.5 * soft


def train(model, inputs, dtype):
    model.train()  # Every dropout is 0.
    named = list(model.named_parameters())
    assert all(p.dtype == dtype for _, p in named)
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for n, p in named if decays(n)], "weight_decay": SETTINGS["weight_decay"]},
            {"params": [p for n, p in named if not decays(n)], "weight_decay": 0.0},
        ],
        lr=SETTINGS["learning_rate"],
        betas=(SETTINGS["beta1"], SETTINGS["beta2"]),
        eps=SETTINGS["epsilon"],
        foreach=False,
    )
    seen = {"losses": [], "norms": [], "weights": []}
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = model(**inputs).logits
        loss = loss_of(logits)
        loss.backward()
        if step == 0:
            seen["logits"] = logits.detach().clone()
            seen["gradients"] = {n: p.grad.clone() for n, p in named}
        seen["losses"].append(loss.item())
        seen["norms"].append(torch.nn.utils.clip_grad_norm_(model.parameters(), SETTINGS["clip_norm"]).item())
        optimizer.step()
        seen["weights"].append({n: p.detach().clone() for n, p in named})
    return seen


def make(name, config, out):
    directory = out / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    generator = torch.Generator().manual_seed(len(name) * 1009 + 6)
    read = transformers.AutoConfig.from_pretrained(directory, attn_implementation="eager")
    model_class = getattr(transformers, config["architectures"][0])
    single = model_class(read)
    randomize(single, generator)
    state = {k: v.clone() for k, v in single.state_dict().items() if not k.endswith("position_ids")}
    save_file(state, directory / "model.safetensors", metadata={"format": "pt"})
    with double_arithmetic():
        double = model_class(read)
    double.load_state_dict({k: v.double() for k, v in state.items()}, strict=False)

    inputs = batch(generator, types=config["type_vocab_size"] > 0)
    given = inputs if config["type_vocab_size"] > 0 else {k: v for k, v in inputs.items() if k != "token_type_ids"}
    f32 = train(single, given, torch.float32)
    with double_arithmetic():
        f64 = train(double, given, torch.float64)
    assert f64["norms"][0] > SETTINGS["clip_norm"], "the first step must clip"

    tensors = dict(inputs)
    for width, seen in (("f32", f32), ("f64", f64)):
        tensors[f"logits_{width}"] = seen["logits"]
        for step in (1, STEPS) if width == "f64" else (1,):
            tensors.update({f"step{step}_{width}.{n}": w for n, w in seen["weights"][step - 1].items()})
    # The truth rounded once: gradients need no more digits than that.
    tensors.update({f"gradient.{n}": g.float() for n, g in f64["gradients"].items()})
    save_file({k: v.contiguous() for k, v in tensors.items()}, directory / "step.safetensors")
    (directory / "step.json").write_text(
        json.dumps(
            {
                "reference": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__},
                "settings": SETTINGS,
                "labels": LABELS,
                "teacher": TEACHER,
                "losses_f32": f32["losses"],
                "losses_f64": f64["losses"],
                "gradient_norms_f32": f32["norms"],
                "gradient_norms_f64": f64["norms"],
                "parameters": [
                    {
                        "name": n,
                        "decays": decays(n),
                        "gradient_norm_f32": f32["gradients"][n].norm().item(),
                        "gradient_norm_f64": g.norm().item(),
                    }
                    for n, g in f64["gradients"].items()
                ],
            },
            indent=1,
        )
        + "\n"
    )
    worst = max(
        ((f32["gradients"][n].double() - g).norm() / g.norm()).item()
        for n, g in f64["gradients"].items()
        if g.norm() > 1e-9
    )
    moved = max((f32["weights"][0][n].double() - w).abs().max().item() for n, w in f64["weights"][0].items())
    size = sum(f.stat().st_size for f in directory.iterdir())
    print(
        f"{name:11s} {size / 1000:6.1f} kB  losses {f64['losses']}  norms {f64['norms']}"
        f"  f32: gradients within {worst:.1e}, weights within {moved:.1e}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    torch.set_num_threads(1)
    for model, settings in MODELS.items():
        make(model, settings, parser.parse_args().out)
