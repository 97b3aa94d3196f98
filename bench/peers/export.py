"""Writes what the other engines run: the shapes of Kanmon's `Shapes` with random weights, in each engine's best form.

    python export.py OUT SHAPE...

For each shape, a folder OUT/SHAPE with
    config.json, model.safetensors      the weights, which Kanmon loads: the same for all engines, of a fixed seed
    ort-{plain,fused}-{fp32,int8}.onnx  for ONNX Runtime: as exported, with the operators that its transformer
                                        optimiser fuses, and both in dynamic int8; which is fastest differs by size
    openvino-{fp32,int8}.xml, .bin      for OpenVINO: bf16 is a setting of the first, int8 is NNCF's static one

A shape whose file DONE is there is left as it is.
"""

import collections
import gc
import importlib.metadata
import json
import os
import shutil
import sys
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

import numpy as np
import onnx
import torch
import transformers

SEED = 42
BERT = dict(model_type="bert", vocab_size=30522, max_position_embeddings=512)
# As in engine-core's Shapes; the bench compares them when it loads the folder.
DEBERTA = dict(
    model_type="deberta-v2", vocab_size=128100, max_position_embeddings=512, type_vocab_size=0,
    position_biased_input=False, relative_attention=True, max_relative_positions=-1, position_buckets=256,
    norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="p2c|c2p")


def sizes(hidden, layers, heads, intermediate):
    return dict(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=intermediate)


SHAPES = {
    "minilm-l6": BERT | sizes(384, 6, 12, 1536),
    "bert-base": BERT | sizes(768, 12, 12, 3072),
    "deberta-v3-base": DEBERTA | sizes(768, 12, 12, 3072),
    "deberta-v3-large": DEBERTA | sizes(1024, 24, 16, 4096),
}


class Encoder(torch.nn.Module):
    """Ids, mask and types in this order to the last hidden states; without types where the family has none."""

    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs)), return_dict=True).last_hidden_state


def random_model(shape, folder):
    """The weights of transformers' own initialisation, with norms and biases that are not trivial."""
    torch.manual_seed(SEED)
    settings = dict(SHAPES[shape])
    config = transformers.AutoConfig.for_model(settings.pop("model_type"), **settings)
    model = transformers.AutoModel.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.02)
            elif "norm" in name.lower():
                parameter.normal_(1, 0.02)
    model.save_pretrained(folder)
    # transformers leaves out what is its default; the bench compares the whole shape
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(SHAPES[shape], file, indent=1)
    return model


def inputs(config, batch, length, seed=0):
    random = np.random.default_rng(seed)
    ids = torch.from_numpy(random.integers(1996, 30000, (batch, length)))
    values = {"input_ids": ids, "attention_mask": torch.ones(batch, length, dtype=torch.int64)}
    if config.type_vocab_size > 0:
        values["token_type_ids"] = torch.zeros(batch, length, dtype=torch.int64)
    return values


def to_onnx(model, path):
    example = inputs(model.config, 2, 24)
    axes = {name: {0: "batch", 1: "tokens"} for name in example}
    torch.onnx.export(
        Encoder(model, list(example)), tuple(example.values()), path, dynamo=False, opset_version=17,
        input_names=list(example), output_names=["last_hidden_state"],
        dynamic_axes=axes | {"last_hidden_state": {0: "batch", 1: "tokens"}})


def for_onnxruntime(model, folder):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    config = model.config
    plain = os.path.join(folder, "ort-plain-fp32.onnx")
    to_onnx(model, plain)
    fused = optimizer.optimize_model(
        plain, model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size,
        optimization_options=FusionOptions("bert"), opt_level=0)
    counted = collections.Counter(node.op_type for node in fused.model.graph.node)
    print(os.path.basename(folder), "ONNX Runtime's fused operators:", dict(counted.most_common(12)), flush=True)
    fused.save_model_to_file(os.path.join(folder, "ort-fused-fp32.onnx"), use_external_data_format=False)
    del fused
    for form in "plain", "fused":
        gc.collect()
        file = os.path.join(folder, f"ort-{form}-%s.onnx")
        # U8S8, a scale for each column: the fastest of its forms where there is VNNI (U8U8 takes 1.5 times as long)
        quantize_dynamic(
            file % "fp32", file % "int8", per_channel=True, weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})  # types behind its own operators are unknown


def for_openvino(model, folder):
    import nncf
    import openvino

    example = inputs(model.config, 1, 24)
    names = list(example)
    converted = openvino.convert_model(
        Encoder(model, names), example_input=tuple(example.values()), input=[([-1, -1], openvino.Type.i64)] * len(names))
    for port, name in zip(converted.inputs, names):
        port.get_tensor().set_names({name})
    openvino.save_model(converted, os.path.join(folder, "openvino-fp32.xml"), compress_to_fp16=False)
    texts = [{name: value.numpy() for name, value in inputs(model.config, 1, 128, seed).items()} for seed in range(8)]
    quantised = nncf.quantize(
        converted, nncf.Dataset(texts), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(texts))
    openvino.save_model(quantised, os.path.join(folder, "openvino-int8.xml"), compress_to_fp16=False)


def export(shape, out):
    folder = os.path.join(out, shape)
    done = os.path.join(folder, "DONE")
    if os.path.exists(done):
        print(shape, "is there", flush=True)
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    model = random_model(shape, folder)
    with torch.no_grad():
        for_onnxruntime(model, folder)
        gc.collect()
        for_openvino(model, folder)
    with open(done, "w") as file:
        for package in "torch", "transformers", "onnx", "onnxruntime", "openvino", "nncf":
            file.write(f"{package} {importlib.metadata.version(package)}\n")
    print(shape, "exported", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 3 or any(shape not in SHAPES for shape in sys.argv[2:]):
        sys.exit(f"usage: export.py OUT SHAPE..., with shapes of {', '.join(SHAPES)}")
    for name in sys.argv[2:]:
        export(name, sys.argv[1])
