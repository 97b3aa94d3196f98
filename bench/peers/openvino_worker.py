"""Runs OpenVINO for the bench, which asks in lines of tab-separated words and waits for one line in answer.

    take ID FILE PRECISION IDS    compiles the model for so many tokens and keeps the sequence
    hidden ID FILE                writes the hidden states as little-endian floats
    turn ID MILLIS CALLS          times calls as the bench's own Turns.calls does; milliseconds of each
    close ID
"""

import sys
import time

import numpy as np
import openvino


class Model:
    def __init__(self, core, file, precision, threads, ids):
        model = core.read_model(file)
        model.reshape({port.any_name: [1, len(ids)] for port in model.inputs})
        compiled = core.compile_model(model, "CPU", {
            "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": "1",
            "PERFORMANCE_HINT": "LATENCY"})
        self.request = compiled.create_infer_request()
        values = {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, len(ids)), np.int64),
                  "token_type_ids": np.zeros((1, len(ids)), np.int64)}
        # as with the other engines, the input is where the engine wants it before the clock runs
        for port in compiled.inputs:
            self.request.set_tensor(port, openvino.Tensor(values[port.any_name]))

    def hidden(self):
        self.request.infer()
        return np.array(self.request.get_output_tensor(0).data, np.float32)

    def turn(self, millis, calls):
        start = time.perf_counter()
        self.request.infer()
        now = time.perf_counter()
        times = [now - start] if now - start > 0.25 else []
        end = now + millis / 1e3
        while len(times) < calls or now < end:
            begun = now
            self.request.infer()
            now = time.perf_counter()
            times.append(now - begun)
        return times


def main():
    threads = int(sys.argv[1])
    core = openvino.Core()
    models = {}
    for line in sys.stdin:
        words = line.rstrip("\n").split("\t")
        match words:
            case ["take", name, file, precision, ids]:
                models.pop(name, None)
                models[name] = Model(core, file, precision, threads, [int(word) for word in ids.split()])
                print("taken", flush=True)
            case ["hidden", name, file]:
                models[name].hidden().tofile(file)
                print("written", flush=True)
            case ["turn", name, millis, calls]:
                times = models[name].turn(int(millis), int(calls))
                print(" ".join(f"{second * 1e3:.6f}" for second in times), flush=True)
            case ["close", name]:
                models.pop(name, None)
                print("closed", flush=True)
            case _:
                sys.exit(f"openvino_worker.py: found {words[0]!r}, expected take, hidden, turn or close")


main()
