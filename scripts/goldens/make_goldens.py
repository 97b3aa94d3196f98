"""Makes small reference models for the settings that shared/golden/models does not reach.

Usage:  python make_goldens.py [--out DIR] [NAME-PREFIX ...]        (no prefix: every model)

Versions: transformers 5.23.0, torch 2.15.0, safetensors 0.8.0 (those of shared/golden). The files are deterministic
for these versions; other versions may differ in the last digits or read a config key differently.

Each model is a Hugging Face directory without a tokenizer (sequences are ids):
  config.json             written by hand below, with only the keys shown: absent keys test the reference's defaults
  model.safetensors       random F32 weights under the names of a published checkpoint
  expected.json           probability function, labels, sequences with ids, logits and probabilities
  expected.safetensors    seqNN.{input_ids, attention_mask, token_type_ids, logits_f64, logits_f32, probs_f64};
                          last_hidden_f64 and classifier_input_f64 for sequences with "states" in expected.json,
                          hidden.K_f64 for those with "all_layers"; batch.{input_ids, attention_mask, token_type_ids,
                          logits_f64}: the first N sequences, N = its rows, right-padded into one batch (absent where
                          the reference refuses batches; token classification has no batch.logits_f64)
`_f64` is the truth: every operation in double, position buckets excepted (the reference computes them in float32, and
they are integers). Compare hidden states at places with attention_mask = 1 only.
hidden.0 enters the first layer, hidden.K leaves layer K (DeBERTa's first layer: after its convolution; ALBERT: after
the K-th call of a group); last_hidden is after the final norm where there is one.
"""

import argparse
import copy
import functools
import json
import math
import pathlib
import re
import shutil
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.overrides import TorchFunctionMode
from transformers.models.deberta_v2 import modeling_deberta_v2
from transformers.models.mpnet import modeling_mpnet

# --------------------------------------------------------------------------------------------------------------------
# The reference in double precision


class AllDouble(TorchFunctionMode):
    """Turns each request for float32 into one for float64: the models ask for float32 in rotary tables, RMSNorm,
    softmax and scale factors, whatever the type of their weights is."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.float:
            return args[0].double()
        args = tuple(torch.float64 if a is torch.float32 else a for a in args)
        if kwargs.get("dtype") is torch.float32:
            kwargs["dtype"] = torch.float64
        return func(*args, **kwargs)


def always_float32(function):
    @functools.wraps(function)
    def run(*args, **kwargs):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        try:
            with torch._C.DisableTorchFunction():
                return function(*args, **kwargs)
        finally:
            torch.set_default_dtype(before)

    return run


modeling_deberta_v2.make_log_bucket_position = always_float32(modeling_deberta_v2.make_log_bucket_position)
modeling_mpnet.MPNetEncoder.relative_position_bucket = staticmethod(
    always_float32(modeling_mpnet.MPNetEncoder.relative_position_bucket)
)


class double_arithmetic:
    def __enter__(self):
        self.mode = AllDouble()
        torch.set_default_dtype(torch.float64)
        self.mode.__enter__()

    def __exit__(self, *error):
        self.mode.__exit__(*error)
        torch.set_default_dtype(torch.float32)


# --------------------------------------------------------------------------------------------------------------------
# Weights: of a size at which every term of the computation moves the logits


def randomize(model, generator):
    def normal(like, std, mean=0.0):
        return torch.randn(like.shape, generator=generator) * std + mean

    norms = {
        id(parameter)
        for module in model.modules()
        if "norm" in type(module).__name__.lower()
        for parameter in module.parameters(recurse=False)
    }
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    with torch.no_grad():
        for name, p in model.named_parameters():
            if id(p) in norms and name.endswith("weight"):
                flipped = torch.rand(p.shape, generator=generator) < 0.06
                p.copy_(torch.where(flipped, -1.0, 1.0) * normal(p, 0.3, 1.0))
            elif name.endswith("bias") and p.dim() == 1:
                p.copy_(normal(p, 0.25))
            elif id(p) in embeddings:
                p.copy_(normal(p, 0.5))
            else:
                last = any(name.endswith(s) for s in ("classifier.weight", "out_proj.weight", "score.weight"))
                p.copy_(normal(p, (2.0 if last else 1.6) / math.sqrt(p[0].numel())))


# --------------------------------------------------------------------------------------------------------------------
# Sequences


class Ids:
    """Draws sequences of ordinary ids between a first and a last special id."""

    def __init__(self, vocab, generator, first, last, pad, types):
        self.vocab, self.generator, self.first, self.last, self.pad, self.types = (
            vocab,
            generator,
            first,
            last,
            pad,
            types,
        )

    def draw(self, length):
        ids = torch.randint(5, self.vocab, (length,), generator=self.generator).tolist()
        if self.first is not None:
            ids[0] = self.first
        if self.last is not None and length > 1:
            ids[-1] = self.last
        return ids

    def sequence(self, length, note="", **how):
        ids = self.draw(length)
        second = length // 2 if self.types > 1 else length
        types = [0 if i < second else (1 + i % 2 if self.types > 2 else 1) for i in range(length)]
        return {"note": note, "ids": ids, "mask": [1] * length, "types": types, **how}

    def padded(self, sequence, count):
        """The same sequence with pad ids behind it, masked: no logit may change."""
        return {
            "note": sequence["note"] + f" and {count} padded places",
            "ids": sequence["ids"] + [self.pad] * count,
            "mask": sequence["mask"] + [0] * count,
            "types": sequence["types"] + [0] * count,
        }

    def standard(self, longest):
        one, three = self.sequence(1, "one token", states=True), self.sequence(3, "three tokens", states=True)
        some = self.sequence(17, "17 tokens", states=True, all_layers=True)
        hole = self.sequence(12, "places 4 to 6 masked: a hole with ordinary ids", states=True, all_layers=True)
        hole["mask"] = [0 if 4 <= i <= 6 else 1 for i in range(12)]
        more = self.sequence(min(40, longest - 1), "40 tokens, or nearly the longest")
        full = self.sequence(longest, "longest", states=True)
        tail = self.sequence(longest, "longest, last 7 places masked")
        tail["mask"] = [1] * (longest - 7) + [0] * 7
        pads = [self.padded(s, n) for s, n in ((one, 2), (three, 4), (some, 5))] if self.pad is not None else []
        return [one, three, some, hole, more, full, tail] + pads


# --------------------------------------------------------------------------------------------------------------------
# Running a model and writing what it says


def layers_of(base):
    for path in ("encoder.layer", "transformer.layer", "layers", "encoder.albert_layer_groups"):
        found = base
        for part in path.split("."):
            found = getattr(found, part, None)
        if found is not None:
            return list(found)
    raise AssertionError(f"no layers in {type(base).__name__}")


def final_linear(model):
    return model.score if hasattr(model, "score") else getattr(model.classifier, "out_proj", model.classifier)


def run(model, ids, mask, types=None):
    """One forward pass: logits, what enters the final linear layer, last hidden state, states of all layers."""
    base = getattr(model, model.base_model_prefix)
    seen = {"hidden": []}

    def entering(module, args, kwargs):
        if not seen["hidden"]:
            seen["hidden"].append(args[0] if args else kwargs["hidden_states"])

    def leaving(module, args, output):
        seen["hidden"].append(output[0] if isinstance(output, tuple) else output)

    def convolved(module, args, output):
        seen["hidden"][-1] = output

    hooks = [layers_of(base)[0].register_forward_pre_hook(entering, with_kwargs=True)]
    hooks += [layer.register_forward_hook(leaving) for layer in layers_of(base)]
    if getattr(getattr(base, "encoder", None), "conv", None) is not None:
        hooks.append(base.encoder.conv.register_forward_hook(convolved))
    hooks.append(base.register_forward_hook(lambda m, a, o: seen.update(last=o[0])))
    hooks.append(final_linear(model).register_forward_pre_hook(lambda m, a: seen.update(input=a[0])))
    extra = {} if types is None else {"token_type_ids": types}
    try:
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=mask, **extra).logits
    finally:
        for hook in hooks:
            hook.remove()
    return logits, seen


def probabilities(logits, function):
    if function == "softmax":
        return torch.softmax(logits, -1)
    return torch.sigmoid(logits) if function == "sigmoid" else logits.clone()


def make(case, out):
    directory = out / case["name"]
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / "config.json").write_text(json.dumps(case["config"], indent=1, sort_keys=True) + "\n")

    generator = torch.Generator().manual_seed(case["seed"])
    config = transformers.AutoConfig.from_pretrained(directory)
    model_class = getattr(transformers, case["config"]["architectures"][0])
    model = model_class(config)
    randomize(model, generator)
    if case.get("prepare"):
        case["prepare"](model)
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary)  # writes the names of published checkpoints
        tensors = load_file(temporary + "/model.safetensors")
        save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
    original = {k: v.clone() for k, v in model.state_dict().items()}

    single, info = model_class.from_pretrained(
        directory, attn_implementation="eager", dtype=torch.float32, output_loading_info=True
    )
    assert not any(info.values()), (case["name"], info)
    single.eval()
    for key, value in single.state_dict().items():
        assert torch.equal(value, original[key]), (case["name"], key)
    config = transformers.AutoConfig.from_pretrained(directory, attn_implementation="eager")
    with double_arithmetic():
        double = model_class(config)
    double.load_state_dict({k: v.double() for k, v in original.items()})
    double.eval()
    assert all(p.dtype == torch.float64 for p in double.parameters())

    uses_types = case["types"] > 0
    ids = Ids(config.vocab_size, generator, case["first"], case["last"], case["pad"], case["types"])
    sequences = case["sequences"](ids)
    tensors, listed, errors = {}, [], {"logits": 0.0, "hidden": 0.0, "batch": 0.0}
    largest = 0.0
    for number, s in enumerate(sequences):
        key = f"seq{number:02d}."
        as_batch = [torch.tensor([s[k]]) for k in ("ids", "mask")]
        types = torch.tensor([s["types"]]) if uses_types else None
        # A copy each: dynamic rotary scaling remembers the longest sequence it has seen.
        with double_arithmetic():
            logits, seen = run(copy.deepcopy(double), *as_batch, types)
        logits32, seen32 = run(copy.deepcopy(single), *as_batch, types)
        logits, logits32 = logits[0], logits32[0]
        assert logits.dtype == torch.float64 and seen["last"].dtype == torch.float64
        probs = probabilities(logits, case["probability"])
        tensors[key + "input_ids"], tensors[key + "attention_mask"] = as_batch[0][0], as_batch[1][0]
        tensors[key + "token_type_ids"] = torch.tensor(s["types"])
        tensors[key + "logits_f64"], tensors[key + "logits_f32"] = logits, logits32
        tensors[key + "probs_f64"] = probs
        kept = as_batch[1][0].bool()
        if s.get("states"):
            tensors[key + "last_hidden_f64"] = seen["last"][0]
            if not case["per_token"]:
                entering = seen["input"][0]
                if entering.dim() == 2:  # decoders score every place and choose one
                    misses = (entering @ final_linear(double).weight.T - logits).abs().sum(-1)
                    entering = entering[misses.argmin()]
                tensors[key + "classifier_input_f64"] = entering
        if s.get("all_layers"):
            for k, state in enumerate(seen["hidden"]):
                tensors[f"{key}hidden.{k}_f64"] = state[0]
        at = kept if case["per_token"] else slice(None)
        errors["logits"] = max(errors["logits"], (logits32 - logits)[at].abs().max().item())
        errors["hidden"] = max(errors["hidden"], (seen32["last"][0] - seen["last"][0])[kept].abs().max().item())
        largest = max(largest, logits[at].abs().max().item())
        listed.append(
            {
                "note": s["note"],
                "text": None,
                "text_pair": None,
                "n_tokens": len(s["ids"]),
                "states": bool(s.get("states")),
                "all_layers": bool(s.get("all_layers")),
                "input_ids": s["ids"],
                **({} if case["per_token"] else {"logits": logits.tolist(), "probs": probs.tolist()}),
            }
        )

    if case["pad"] is not None and case["batch"] > 0:
        together = sequences[: case["batch"]]
        width = max(len(s["ids"]) for s in together)
        rows = {
            k: torch.tensor([s[k] + [fill] * (width - len(s[k])) for s in together])
            for k, fill in (("ids", case["pad"]), ("mask", 0), ("types", 0))
        }
        with double_arithmetic():
            logits, _ = run(copy.deepcopy(double), rows["ids"], rows["mask"], rows["types"] if uses_types else None)
        for number, s in enumerate(together):
            row, one = logits[number], tensors[f"seq{number:02d}.logits_f64"]
            at = slice(None)
            if case["per_token"]:
                row, at = row[: len(s["ids"])], torch.tensor(s["mask"]).bool()
            errors["batch"] = max(errors["batch"], (row - one)[at].abs().max().item())
        tensors.update(
            {
                "batch.input_ids": rows["ids"],
                "batch.attention_mask": rows["mask"],
                "batch.token_type_ids": rows["types"],
            }
        )
        if not case["per_token"]:
            tensors["batch.logits_f64"] = logits

    spread = (
        torch.stack(
            [tensors[f"seq{i:02d}.logits_f64"].reshape(-1, config.num_labels)[0] for i in range(len(sequences))]
        )
        .std(0)
        .min()
        .item()
        if len(sequences) > 1
        else 0.0
    )
    save_file({k: v.clone().contiguous() for k, v in tensors.items()}, directory / "expected.safetensors")
    (directory / "expected.json").write_text(
        json.dumps(
            {
                "name": case["name"],
                "hf_class": model_class.__name__,
                "tests": case["tests"],
                "probability": case["probability"],
                "per_token": case["per_token"],
                "seed": case["seed"],
                "id2label": {str(i): label for i, label in sorted(config.id2label.items())},
                "reference": {"transformers": transformers.__version__, "torch": torch.__version__},
                "summary": {
                    "uses_token_type_ids": uses_types,
                    "layers": config.num_hidden_layers,
                    "max_abs_logits_err_fp32": errors["logits"],
                    "max_abs_last_hidden_err_fp32": errors["hidden"],
                    "batch_vs_single_max_abs_logits_fp64": errors["batch"],
                    "max_abs_logits": largest,
                },
                "sequences": listed,
            }
        )
        + "\n"
    )
    size = sum(f.stat().st_size for f in directory.iterdir())
    print(
        f"{case['name']:34s} {size / 1000:7.1f} kB  err32 logits {errors['logits']:.1e} hidden {errors['hidden']:.1e}"
        f"  batch {errors['batch']:.1e}  |logit| {largest:.1f} spread {spread:.2f}",
        flush=True,
    )


# --------------------------------------------------------------------------------------------------------------------
# The models

CASES = []


def add(
    name,
    architecture,
    config,
    tests,
    *,
    sequences=None,
    probability="softmax",
    labels=2,
    types=0,
    first=1,
    last=2,
    pad=0,
    longest=44,
    batch=4,
    **other,
):
    """Registers one model. `types` is the number of token types that its input uses, 0 if it takes none."""
    config = {"architectures": [architecture], **config}
    if labels is not None:
        names = ["safe", "unsafe", "unclear", "other", "none"][:labels]
        config["id2label"] = {str(i): n for i, n in enumerate(names)}
        config["label2id"] = {n: i for i, n in enumerate(names)}
    assert all(c["name"] != name for c in CASES), name
    CASES.append(
        {
            "name": name,
            "config": config,
            "tests": tests,
            "probability": probability,
            "types": types,
            "first": first,
            "last": last,
            "pad": pad,
            "per_token": architecture.endswith("TokenClassification"),
            "seed": sum(ord(c) * (i + 7) for i, c in enumerate(name)),
            "sequences": sequences or (lambda ids: ids.standard(longest)),
            "batch": batch,
            **other,
        }
    )


OPTIONS = ("prepare", "batch", "sequences", "labels", "types", "probability")


def options_in(changes):
    """Takes out of `changes` what describes the golden; what stays are keys of its config.json."""
    return {k: changes.pop(k) for k in OPTIONS if k in changes}


def long_sequences(lengths):
    """Few sequences, for models whose longest is so long that a standard set would make big files (use batch=2)."""

    def build(ids):
        some = [ids.sequence(n, f"{n} tokens") for n in lengths]
        some[0].update(states=True, all_layers=True)
        some[-1].update(states=True)
        return [some[0], ids.padded(some[0], 5)] + some[1:]

    return build


def tiny_embeddings(model):
    """Makes the first norm's variance so small that a wrong epsilon moves the logits."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if re.search(r"(word|position|token_type)_embeddings\.weight$", name):
                parameter.mul_(0.01)


# ---- DeBERTa v2 and v3
DEBERTA = "DebertaV2ForSequenceClassification"


def deberta(name, tests, architecture=DEBERTA, longest=44, **changes):
    rest = options_in(changes)
    config = {
        "model_type": "deberta-v2",
        "hidden_size": 20,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 28,
        "vocab_size": 90,
        "hidden_act": "gelu",
        "max_position_embeddings": 64,
        "relative_attention": True,
        "position_buckets": 8,
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "pos_att_type": "p2c|c2p",
        "layer_norm_eps": 1e-7,
        "max_relative_positions": -1,
        "position_biased_input": False,
        "type_vocab_size": 0,
        "pad_token_id": 0,
        "pooler_dropout": 0,
        "pooler_hidden_act": "gelu",
    }
    config.update(changes)
    config = {k: v for k, v in config.items() if v != "ABSENT"}
    add(name, architecture, config, tests, longest=longest, **rest)


deberta("deberta_pos_none", "pos_att_type empty: relative attention without any term, scale of one", pos_att_type=[])
deberta("deberta_pos_c2p", "content to position only", pos_att_type=["c2p"])
deberta("deberta_pos_p2c", "position to content only", pos_att_type=["p2c"])
deberta("deberta_pos_string", "pos_att_type as one string, upper case and blanks", pos_att_type="C2P | p2c")
deberta(
    "deberta_separate_keys",
    "share_att_key false: pos_key_proj and pos_query_proj",
    share_att_key=False,
    pos_att_type=["c2p", "p2c"],
)
deberta(
    "deberta_separate_c2p",
    "share_att_key absent means false; c2p alone has no pos_query_proj",
    share_att_key="ABSENT",
    pos_att_type=["c2p"],
)
deberta(
    "deberta_norm_none", "norm_rel_ebd absent means none: no norm of the relative embeddings", norm_rel_ebd="ABSENT"
)
deberta("deberta_norm_list", "norm_rel_ebd as a list in a string", norm_rel_ebd="none | Layer_Norm")
deberta(
    "deberta_biased_input",
    "position_biased_input true: absolute positions are added as well",
    position_biased_input=True,
)
deberta(
    "deberta_defaults",
    "only the sizes are given: no relative attention, absolute positions, eps 1e-7, gelu",
    prepare=tiny_embeddings,
    **{
        k: "ABSENT"
        for k in (
            "hidden_act",
            "relative_attention",
            "position_buckets",
            "norm_rel_ebd",
            "share_att_key",
            "pos_att_type",
            "layer_norm_eps",
            "max_relative_positions",
            "position_biased_input",
            "type_vocab_size",
            "pad_token_id",
            "pooler_dropout",
            "pooler_hidden_act",
        )
    },
)
deberta(
    "deberta_no_buckets",
    "position_buckets -1 and max_relative_positions -1: linear distances up to max positions",
    position_buckets=-1,
)
deberta(
    "deberta_max_relative",
    "position_buckets -1 and max_relative_positions 20: linear distances, clamped",
    position_buckets=-1,
    max_relative_positions=20,
)
deberta(
    "deberta_buckets_max_relative",
    "log buckets with max_relative_positions 20, distances beyond it",
    position_buckets=8,
    max_relative_positions=20,
)
deberta("deberta_types", "type_vocab_size 2: token types are read", type_vocab_size=2, types=2)
deberta(
    "deberta_embed_proj",
    "embedding_size 16: embed_proj",
    embedding_size=16,
    position_biased_input=True,
    type_vocab_size=3,
    types=3,
)
deberta("deberta_conv", "convolution: kernel 5, 2 groups, tanh", conv_kernel_size=5, conv_groups=2, conv_act="tanh")
deberta(
    "deberta_conv_default_act",
    "convolution of kernel 3; conv_act and conv_groups absent: tanh, 1",
    conv_kernel_size=3,
    pos_att_type=["c2p"],
)
deberta("deberta_conv_kernel1", "convolution of kernel 1, gelu", conv_kernel_size=1, conv_act="gelu")
deberta(
    "deberta_pooler_tanh",
    "pooler_hidden_act tanh, hidden_act gelu_new",
    pooler_hidden_act="tanh",
    hidden_act="gelu_new",
    pooler_hidden_size=20,
)
deberta(
    "deberta_not_relative",
    "relative_attention false with pos_att_type set: its scale factor still counts",
    relative_attention=False,
    position_biased_input=True,
)
deberta(
    "deberta_longer",
    "sequences longer than max_position_embeddings and than the buckets reach",
    max_position_embeddings=24,
    position_buckets=6,
    batch=2,
    sequences=long_sequences([17, 24, 25, 70]),
)
deberta(
    "deberta_1024",
    "max positions 1024 change the log buckets; 256 buckets",
    max_position_embeddings=1024,
    position_buckets=256,
    batch=2,
    sequences=long_sequences([17, 300]),
    num_hidden_layers=1,
    num_attention_heads=1,
    hidden_size=16,
    intermediate_size=20,
)
deberta(
    "deberta_1024_small",
    "max positions 1024 with 16 buckets: many distances on bucket edges",
    max_position_embeddings=1024,
    position_buckets=16,
    batch=2,
    sequences=long_sequences([17, 300]),
    num_hidden_layers=1,
    hidden_size=16,
    intermediate_size=20,
)
deberta("deberta_odd_buckets", "an odd number of buckets", position_buckets=7, max_position_embeddings=50)
deberta(
    "deberta_bucket_f32",
    "distances 20 and 40 fall into other buckets if the logarithm is taken in double",
    position_buckets=20,
    max_position_embeddings=81,
)
deberta(
    "deberta_bucket_f32_edge",
    "distance 15 falls into another bucket if the logarithm is taken in double",
    position_buckets=18,
    max_position_embeddings=26,
    share_att_key=False,
)
deberta(
    "deberta_not_legacy",
    "legacy false changes the language-model head only; three labels, softmax",
    legacy=False,
    labels=3,
)
deberta("deberta_regression", "one label: sigmoid", labels=1, probability="sigmoid")
deberta("deberta_tokens", "token classification", architecture="DebertaV2ForTokenClassification", labels=5)
deberta(
    "deberta_tokens_conv",
    "token classification after a convolution",
    architecture="DebertaV2ForTokenClassification",
    labels=3,
    conv_kernel_size=3,
    conv_act="gelu",
)

# ---- ModernBERT
MODERN = "ModernBertForSequenceClassification"


def modernbert(name, tests, architecture=MODERN, longest=44, **changes):
    rest = options_in(changes)
    config = {
        "model_type": "modernbert",
        "hidden_size": 20,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 26,
        "vocab_size": 90,
        "hidden_activation": "gelu",
        "max_position_embeddings": 64,
        "norm_eps": 1e-5,
        "global_attn_every_n_layers": 3,
        "global_rope_theta": 160000.0,
        "local_rope_theta": 10000.0,
        "local_attention": 10,
        "classifier_pooling": "cls",
        "pad_token_id": 0,
        "bos_token_id": 1,
        "cls_token_id": 1,
        "eos_token_id": 2,
        "sep_token_id": 2,
    }
    config.update(changes)
    config = {k: v for k, v in config.items() if v != "ABSENT"}
    add(name, architecture, config, tests, longest=longest, **rest)


modernbert(
    "modernbert_biases",
    "attention_bias, mlp_bias, norm_bias, classifier_bias",
    attention_bias=True,
    mlp_bias=True,
    norm_bias=True,
    classifier_bias=True,
)
modernbert(
    "modernbert_window6",
    "local_attention 6: three places each way; mean pooling",
    local_attention=6,
    classifier_pooling="mean",
)
modernbert("modernbert_window7", "odd local_attention 7: three places each way", local_attention=7)
modernbert("modernbert_window1", "local_attention 1: a local layer sees only itself", local_attention=1)
modernbert("modernbert_global1", "global_attn_every_n_layers 1: no local layer", global_attn_every_n_layers=1)
modernbert(
    "modernbert_global4",
    "global_attn_every_n_layers 4 with five layers",
    global_attn_every_n_layers=4,
    num_hidden_layers=5,
    hidden_size=16,
    intermediate_size=20,
)
modernbert(
    "modernbert_silu",
    "classifier_activation silu, hidden_activation gelu_pytorch_tanh; three labels, sigmoid",
    classifier_activation="silu",
    hidden_activation="gelu_pytorch_tanh",
    labels=3,
    probability="sigmoid",
    problem_type="multi_label_classification",
)
modernbert(
    "modernbert_tanh",
    "classifier_activation tanh, hidden_activation relu, mean pooling, eps 1e-3",
    classifier_activation="tanh",
    hidden_activation="relu",
    classifier_pooling="mean",
    norm_eps=1e-3,
)
modernbert(
    "modernbert_defaults",
    "the defaults of absent keys: every third layer global, thetas 160000 and 10000",
    **{
        k: "ABSENT"
        for k in (
            "hidden_activation",
            "norm_eps",
            "global_attn_every_n_layers",
            "global_rope_theta",
            "local_rope_theta",
            "local_attention",
            "classifier_pooling",
            "max_position_embeddings",
        )
    },
    num_hidden_layers=4,
    hidden_size=16,
    batch=2,
    sequences=long_sequences([17, 150]),
)
modernbert(
    "modernbert_v5",
    "v5 style: layer_types and rope_parameters, against the old rhythm",
    global_attn_every_n_layers="ABSENT",
    global_rope_theta="ABSENT",
    local_rope_theta="ABSENT",
    dtype="float32",
    layer_types=["sliding_attention", "full_attention", "sliding_attention"],
    local_attention=8,
    rope_parameters={
        "full_attention": {"rope_theta": 70000.0, "rope_type": "default"},
        "sliding_attention": {"rope_theta": 300.0, "rope_type": "default"},
    },
)
modernbert(
    "modernbert_both_styles",
    "v5 keys and old keys in one file: the v5 keys win",
    layer_types=["full_attention", "sliding_attention", "full_attention"],
    rope_parameters={
        "full_attention": {"rope_theta": 70000.0, "rope_type": "default"},
        "sliding_attention": {"rope_theta": 300.0, "rope_type": "default"},
    },
)
modernbert(
    "modernbert_long",
    "a sequence of 200 tokens with a window of 4",
    local_attention=4,
    batch=2,
    sequences=long_sequences([17, 200]),
    num_hidden_layers=2,
    hidden_size=16,
    intermediate_size=20,
    global_attn_every_n_layers=2,
    max_position_embeddings=256,
)
modernbert(
    "modernbert_tokens",
    "token classification: head, then classifier, at each place",
    labels=4,
    architecture="ModernBertForTokenClassification",
    classifier_bias=True,
)


# ---- MPNet
def mpnet(name, tests, architecture="MPNetForSequenceClassification", **changes):
    rest = options_in(changes)
    config = {
        "model_type": "mpnet",
        "hidden_size": 20,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 28,
        "vocab_size": 90,
        "hidden_act": "gelu",
        "max_position_embeddings": 46,
        "layer_norm_eps": 1e-5,
        "relative_attention_num_buckets": 32,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
    }
    config.update(changes)
    config = {k: v for k, v in config.items() if v != "ABSENT"}
    add(name, architecture, config, tests, first=0, last=2, pad=1, **rest)


def with_inner_pads(longest):
    """The standard set and sequences with the pad id among ordinary ones, attended and not."""

    def build(ids):
        inner = ids.sequence(14, "pad ids at places 5 and 9, attended", states=True)
        masked = ids.sequence(14, "pad ids at places 5 and 9, masked")
        for s in (inner, masked):
            s["ids"][5] = s["ids"][9] = ids.pad
        masked["mask"][5] = masked["mask"][9] = 0
        leading = ids.sequence(9, "pad ids at places 0 and 1, attended")
        leading["ids"][0] = leading["ids"][1] = ids.pad
        return ids.standard(longest) + [inner, masked, leading]

    return build


mpnet("mpnet_a", "position ids from pad ids, relative bias shared by all layers", sequences=with_inner_pads(44))
mpnet(
    "mpnet_long",
    "distances up to 299: every relative bucket",
    max_position_embeddings=302,
    hidden_size=16,
    intermediate_size=24,
    batch=2,
    sequences=long_sequences([17, 300]),
)
mpnet(
    "mpnet_defaults",
    "absent keys: eps 1e-12, 32 buckets, pad id 1, gelu",
    prepare=tiny_embeddings,
    **{k: "ABSENT" for k in ("layer_norm_eps", "relative_attention_num_buckets", "pad_token_id", "hidden_act")},
)
mpnet(
    "mpnet_pad_id_ignored",
    "pad_token_id 3 in the config: positions still count from pad id 1",
    pad_token_id=3,
    sequences=with_inner_pads(44),
)
mpnet("mpnet_tokens", "token classification", architecture="MPNetForTokenClassification", labels=4)


# ---- Decoders with a classification head
def decoder_sequences(longest, pad):
    """The standard set and the cases of the last-token rule, which looks at ids and not at the mask."""

    def build(ids):
        found = ids.standard(longest)
        tail = ids.sequence(11, "two attended pad ids at the end: the place before them is read", states=True)
        tail["ids"][-2:] = [pad, pad]
        inner = ids.sequence(11, "attended pad id at place 5: no influence on the choice of place")
        inner["ids"][5] = pad
        masked = ids.sequence(11, "ordinary ids at the end, masked: the last place is read all the same")
        masked["mask"][-3:] = [0, 0, 0]
        only = ids.sequence(3, "nothing but pad ids: place 0 is read")
        only["ids"] = [pad] * 3
        left = ids.sequence(11, "three pad ids on the left, masked: positions count from the first place")
        left["ids"][:3], left["mask"][:3] = [pad] * 3, [0] * 3
        return found + [tail, inner, masked, only, left]

    return build


def decoder(name, family, tests, architecture=None, longest=44, pad=3, **changes):
    rest = options_in(changes)
    kinds = {"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}
    config = {
        "model_type": family,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 28,
        "vocab_size": 90,
        "hidden_act": "silu",
        "max_position_embeddings": 64,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "pad_token_id": pad,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "use_cache": True,
    }
    if family == "qwen3":
        config["head_dim"] = 6
    config.update(changes)
    config = {k: v for k, v in config.items() if v != "ABSENT"}
    add(
        name,
        architecture or kinds[family] + "ForSequenceClassification",
        config,
        tests,
        first=1,
        last=None,
        pad=pad,
        sequences=rest.pop("sequences", None) or decoder_sequences(longest, pad),
        **rest,
    )


decoder("llama_a", "llama", "four query heads on two key heads; the last-token rule")
decoder(
    "llama_no_gqa",
    "llama",
    "num_key_value_heads absent: as many as query heads; head_dim null; eps 1e-5; 3 labels",
    num_key_value_heads="ABSENT",
    head_dim=None,
    rms_norm_eps=1e-5,
    labels=3,
    rope_theta=500000.0,
)
decoder(
    "llama_mqa",
    "llama",
    "a single key head; gelu in the feed-forward",
    num_key_value_heads=1,
    hidden_act="gelu_pytorch_tanh",
)
decoder(
    "llama_scaled",
    "llama",
    "llama3 rotary scaling, attention_bias, mlp_bias, head_dim 10 with hidden 24 and 4 heads",
    attention_bias=True,
    mlp_bias=True,
    head_dim=10,
    rope_theta=1000.0,
    rope_scaling={
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    },
)
decoder(
    "llama_linear",
    "llama",
    "linear rotary scaling in the old spelling `type`",
    rope_scaling={"type": "linear", "factor": 4.0},
)
decoder(
    "llama_dynamic",
    "llama",
    "dynamic rotary scaling: sequences longer than max_position_embeddings 16",
    max_position_embeddings=16,
    rope_scaling={"rope_type": "dynamic", "factor": 2.0},
    batch=0,
)
decoder(
    "llama_v5",
    "llama",
    "v5 spelling: rope_parameters with theta and llama3 scaling",
    rope_theta="ABSENT",
    rope_parameters={
        "rope_type": "llama3",
        "rope_theta": 2000.0,
        "factor": 4.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 2.0,
        "original_max_position_embeddings": 24,
    },
)
decoder(
    "llama_no_pad",
    "llama",
    "pad_token_id null: the last place is read whatever its id; no batches",
    pad=None,
    sequences=lambda ids: [
        ids.sequence(1, "one token", states=True),
        ids.sequence(17, "17 tokens", states=True, all_layers=True),
        {**ids.sequence(9, "last places masked: the last place is read all the same"), "mask": [1] * 6 + [0] * 3},
        ids.sequence(44, "longest", states=True),
    ],
)
decoder(
    "llama_defaults",
    "llama",
    "absent keys: theta 10000, eps 1e-6, silu, no biases",
    **{k: "ABSENT" for k in ("rope_theta", "rms_norm_eps", "hidden_act", "tie_word_embeddings")},
)
decoder(
    "qwen2_defaults",
    "qwen2",
    "absent keys: theta 10000, eps 1e-6; sliding_window given but use_sliding_window not",
    sliding_window=4,
    max_window_layers=0,
    **{k: "ABSENT" for k in ("rope_theta", "rms_norm_eps", "hidden_act")},
)
decoder(
    "qwen2_window",
    "qwen2",
    "sliding window 8 from layer 1 on (max_window_layers 1)",
    use_sliding_window=True,
    sliding_window=8,
    max_window_layers=1,
    num_hidden_layers=3,
)
decoder(
    "qwen2_yarn",
    "qwen2",
    "yarn rotary scaling, its attention factor included",
    rope_theta=1000.0,
    rope_scaling={"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
    max_position_embeddings=64,
)
decoder(
    "qwen2_yarn_options",
    "qwen2",
    "yarn with beta_fast, beta_slow, attention_factor and truncate false; head_dim 10",
    head_dim=10,
    max_position_embeddings=1024,
    rope_theta=100.0,
    rope_scaling={
        "type": "yarn",
        "factor": 2.0,
        "original_max_position_embeddings": 512,
        "beta_fast": 16.0,
        "beta_slow": 2.0,
        "attention_factor": 1.25,
        "truncate": False,
    },
)
decoder(
    "qwen3_a",
    "qwen3",
    "head_dim 10 with hidden 24 and 4 heads, norms of queries and keys; theta 1e6",
    head_dim=10,
    rope_theta=1000000.0,
)
decoder(
    "qwen3_window",
    "qwen3",
    "layer_types decide where the window of 6 holds; attention_bias; v5 spelling",
    use_sliding_window=True,
    sliding_window=6,
    num_hidden_layers=3,
    attention_bias=True,
    rope_theta="ABSENT",
    layer_types=["sliding_attention", "full_attention", "sliding_attention"],
    rope_parameters={"rope_type": "default", "rope_theta": 5000.0},
)
decoder(
    "qwen3_multilabel",
    "qwen3",
    "three labels, sigmoid",
    labels=3,
    probability="sigmoid",
    problem_type="multi_label_classification",
    tie_word_embeddings=True,
)
decoder(
    "llama_tokens",
    "llama",
    "token classification: score has a bias",
    architecture="LlamaForTokenClassification",
    labels=4,
)
decoder("qwen2_tokens", "qwen2", "token classification", architecture="Qwen2ForTokenClassification", labels=4)
decoder("qwen3_tokens", "qwen3", "token classification", architecture="Qwen3ForTokenClassification", labels=3)


# ---- BERT and its nearest relatives
def bertlike(name, family, tests, architecture, *, first=1, last=2, pad=0, types=2, longest=44, **changes):
    rest = options_in(changes)
    config = {
        "model_type": family,
        "hidden_size": 20,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 28,
        "vocab_size": 90,
        "hidden_act": "gelu",
        "max_position_embeddings": 44,
        "layer_norm_eps": 1e-12,
        "type_vocab_size": max(types, 1),
        "pad_token_id": pad,
    }
    config.update(changes)
    config = {k: v for k, v in config.items() if v != "ABSENT"}
    add(name, architecture, config, tests, types=types, first=first, last=last, pad=pad, longest=longest, **rest)


bertlike(
    "bert_regression",
    "bert",
    "one label without problem_type: sigmoid",
    "BertForSequenceClassification",
    labels=1,
    probability="sigmoid",
)
bertlike(
    "bert_regression_type",
    "bert",
    "problem_type regression: the number itself",
    "BertForSequenceClassification",
    labels=1,
    probability="none",
    problem_type="regression",
    hidden_act="relu",
    layer_norm_eps=1e-3,
)
bertlike(
    "bert_defaults",
    "bert",
    "absent keys: gelu, eps 1e-12, two token types, pad id 0; position_embedding_type absolute",
    "BertForSequenceClassification",
    position_embedding_type="absolute",
    prepare=tiny_embeddings,
    **{k: "ABSENT" for k in ("hidden_act", "layer_norm_eps", "type_vocab_size", "pad_token_id")},
)
bertlike(
    "bert_no_labels",
    "bert",
    "no id2label: two labels LABEL_0 and LABEL_1; silu",
    "BertForSequenceClassification",
    labels=None,
    hidden_act="silu",
)
bertlike(
    "bert_num_labels",
    "bert",
    "five labels by id2label, softmax, quick_gelu",
    "BertForSequenceClassification",
    labels=5,
    hidden_act="quick_gelu",
)
bertlike("bert_tokens", "bert", "token classification; no pooler in the file", "BertForTokenClassification", labels=5)

ROBERTA = {
    "first": 0,
    "last": 2,
    "pad": 1,
    "types": 0,
    "type_vocab_size": 1,
    "max_position_embeddings": 46,
    "layer_norm_eps": 1e-5,
}
bertlike(
    "roberta_multilabel",
    "roberta",
    "three labels, sigmoid",
    "RobertaForSequenceClassification",
    labels=3,
    probability="sigmoid",
    problem_type="multi_label_classification",
    **ROBERTA,
)
bertlike(
    "roberta_inner_pads",
    "roberta",
    "pad ids inside the sequence: they take no position",
    "RobertaForSequenceClassification",
    sequences=with_inner_pads(44),
    **ROBERTA,
)
bertlike(
    "roberta_pad0",
    "roberta",
    "pad_token_id 0: positions start at 1",
    "RobertaForSequenceClassification",
    sequences=with_inner_pads(44),
    **{**ROBERTA, "pad": 0, "first": 1},
)
bertlike(
    "roberta_types",
    "roberta",
    "two token types, which are read; eps 1e-5 counts",
    "RobertaForSequenceClassification",
    prepare=tiny_embeddings,
    **{**ROBERTA, "types": 2, "type_vocab_size": 2},
)
bertlike("roberta_tokens", "roberta", "token classification", "RobertaForTokenClassification", labels=4, **ROBERTA)
bertlike(
    "xlmr_defaults",
    "xlm-roberta",
    "absent keys: eps 1e-12, pad id 1, gelu",
    "XLMRobertaForSequenceClassification",
    prepare=tiny_embeddings,
    **{**ROBERTA, "layer_norm_eps": "ABSENT", "hidden_act": "ABSENT", "pad_token_id": "ABSENT"},
)
bertlike("xlmr_tokens", "xlm-roberta", "token classification", "XLMRobertaForTokenClassification", labels=4, **ROBERTA)
bertlike(
    "camembert_a",
    "camembert",
    "RoBERTa under another name, tensors under `roberta.`",
    "CamembertForSequenceClassification",
    **ROBERTA,
)

bertlike(
    "electra_same_size",
    "electra",
    "embedding_size = hidden_size: no embeddings_project; summary_activation tanh has no effect",
    "ElectraForSequenceClassification",
    embedding_size=20,
    hidden_act="relu",
    summary_activation="tanh",
)
bertlike(
    "electra_larger",
    "electra",
    "embedding_size larger than hidden_size, three labels",
    "ElectraForSequenceClassification",
    embedding_size=30,
    labels=3,
)
bertlike(
    "electra_tokens",
    "electra",
    "token classification with embeddings_project",
    "ElectraForTokenClassification",
    embedding_size=16,
    labels=4,
)

bertlike(
    "albert_groups",
    "albert",
    "2 groups of 2 inner layers, 4 layers, embedding_size = hidden_size, relu",
    "AlbertForSequenceClassification",
    embedding_size=20,
    num_hidden_layers=4,
    num_hidden_groups=2,
    inner_group_num=2,
    hidden_act="relu",
)
bertlike(
    "albert_uneven",
    "albert",
    "3 layers in 2 groups: layers 0 and 1 use group 0; gelu; three labels",
    "AlbertForSequenceClassification",
    embedding_size=16,
    num_hidden_layers=3,
    num_hidden_groups=2,
    hidden_act="gelu",
    labels=3,
)
bertlike(
    "albert_defaults",
    "albert",
    "absent keys: embedding_size 128, gelu_new, one group, eps 1e-12",
    "AlbertForSequenceClassification",
    vocab_size=40,
    max_position_embeddings=44,
    prepare=tiny_embeddings,
    **{k: "ABSENT" for k in ("hidden_act", "layer_norm_eps", "type_vocab_size", "pad_token_id")},
)
bertlike(
    "albert_tokens",
    "albert",
    "token classification; no pooler in the file",
    "AlbertForTokenClassification",
    embedding_size=16,
    labels=4,
    hidden_act="gelu_new",
    num_hidden_layers=3,
)


def distilbert(name, tests, architecture="DistilBertForSequenceClassification", **changes):
    rest = options_in(changes)
    config = {
        "model_type": "distilbert",
        "dim": 20,
        "n_layers": 2,
        "n_heads": 2,
        "hidden_dim": 28,
        "vocab_size": 90,
        "activation": "gelu",
        "max_position_embeddings": 44,
        "pad_token_id": 0,
        "sinusoidal_pos_embds": False,
    }
    config.update(changes)
    config = {k: v for k, v in config.items() if v != "ABSENT"}
    add(name, architecture, config, tests, **rest)


def sinusoidal(model):
    table = model.distilbert.embeddings.position_embeddings.weight
    place = torch.arange(table.shape[0], dtype=torch.float64)[:, None]
    pair = torch.arange(table.shape[1]) // 2 * 2
    angle = place / 10000.0 ** (pair / table.shape[1])
    with torch.no_grad():
        table.copy_(torch.where(torch.arange(table.shape[1]) % 2 == 0, angle.sin(), angle.cos()).float())


distilbert(
    "distilbert_sinusoidal",
    "sinusoidal_pos_embds: the table is in the file and is read from there",
    sinusoidal_pos_embds=True,
    prepare=sinusoidal,
)
distilbert(
    "distilbert_relu",
    "activation relu, three labels, sigmoid",
    activation="relu",
    labels=3,
    probability="sigmoid",
    problem_type="multi_label_classification",
)
distilbert("distilbert_tokens", "token classification", architecture="DistilBertForTokenClassification", labels=5)


def nomic(name, tests, architecture="NomicBertForSequenceClassification", **changes):
    rest = options_in(changes)
    config = {
        "model_type": "nomic_bert",
        "hidden_size": 20,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 28,
        "vocab_size": 90,
        "hidden_act": "silu",
        "max_position_embeddings": 64,
        "layer_norm_eps": 1e-12,
        "type_vocab_size": 2,
        "pad_token_id": 0,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000.0},
    }
    config.update(changes)
    config = {k: v for k, v in config.items() if v != "ABSENT"}
    add(name, architecture, config, tests, types=rest.pop("types", 2), **rest)


nomic(
    "nomic_defaults",
    "absent keys: theta 1000, silu, eps 1e-12, head_dim from the sizes",
    prepare=tiny_embeddings,
    **{k: "ABSENT" for k in ("hidden_act", "layer_norm_eps", "rope_parameters", "type_vocab_size", "pad_token_id")},
)
nomic(
    "nomic_theta",
    "theta 10000 in the old spelling rope_theta; gelu; eps 1e-5; three labels",
    rope_parameters="ABSENT",
    rope_theta=10000.0,
    hidden_act="gelu",
    layer_norm_eps=1e-5,
    labels=3,
)
nomic("nomic_tokens", "token classification", architecture="NomicBertForTokenClassification", labels=4)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "models")
    arguments.add_argument("prefixes", nargs="*")
    arguments = arguments.parse_args()
    torch.set_num_threads(1)
    for case in CASES:
        if not arguments.prefixes or case["name"].startswith(tuple(arguments.prefixes)):
            make(case, arguments.out)


if __name__ == "__main__":
    main()
