"""Writes the checkpoints of this folder as torch.save does, by CPython's own pickler: the modules and classes of torch are
stood in for by name only, so that no torch is needed. Element i of the storage that holds n elements of a tensor is
i - n / 4 (integers: i modulo 100; booleans: i odd).

    python3 make.py
"""
import collections, io, os, pickle, struct, sys, types, zipfile

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules["torch"], sys.modules["torch._utils"] = torch, utils
TYPES = {"Float": "f", "Half": "e", "BFloat16": None, "Double": "d", "Long": "q", "Int": "i", "Short": "h", "Char": "b",
         "Byte": "B", "Bool": "?"}
for name in TYPES:
    setattr(torch, name + "Storage", type(name + "Storage", (), {"__module__": "torch"}))


def _rebuild_tensor_v2(*a): ...
def _rebuild_parameter(*a): ...
for f in (_rebuild_tensor_v2, _rebuild_parameter):
    f.__module__, f.__qualname__ = "torch._utils", f.__name__
    setattr(utils, f.__name__, f)


class Storage:
    def __init__(self, kind, n):
        self.kind, self.n = kind, n

    def data(self):
        code = TYPES[self.kind]
        out = b""
        for i in range(self.n):
            x = i - self.n / 4
            if self.kind == "BFloat16":
                out += struct.pack("<f", x)[2:]
            elif self.kind == "Bool":
                out += struct.pack("<?", i % 2 == 1)
            elif code in "fed":
                out += struct.pack("<" + code, x)
            else:
                out += struct.pack("<" + code, i % 100)
        return out


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.args = storage, offset, tuple(size), tuple(stride), False, collections.OrderedDict()

    def __reduce_ex__(self, protocol):
        return utils._rebuild_tensor_v2, self.args


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce_ex__(self, protocol):
        return utils._rebuild_parameter, (self.tensor, True, collections.OrderedDict())


def contiguous(kind, *size):
    stride, n = [], 1
    for s in reversed(size):
        stride.insert(0, n)
        n *= s
    return Tensor(Storage(kind, n), 0, size, stride)


def dump(obj, out, legacy):
    keys = {}

    class Pickler(pickle.Pickler):
        def persistent_id(self, o):
            if isinstance(o, Storage):
                key = keys.setdefault(id(o), (str(len(keys)), o))[0]
                base = ("storage", getattr(torch, o.kind + "Storage"), key, "cpu", o.n)
                return base + (None,) if legacy else base

    Pickler(out, protocol=2).dump(obj)
    return collections.OrderedDict(keys.values())


def save_zip(path, obj):
    buffer = io.BytesIO()
    storages = dump(obj, buffer, False)
    with open(path, "wb") as f, zipfile.ZipFile(f, "w", zipfile.ZIP_STORED) as z:
        def add(name, data):
            info = zipfile.ZipInfo("archive/" + name)
            # PyTorch aligns data to 64 bytes by a field of padding.
            at = f.tell() + 30 + len(info.filename) + 4
            padding = -at % 64
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            z.writestr(info, data)
        add("data.pkl", buffer.getvalue())
        add("byteorder", b"little")
        for key, storage in storages.items():
            add("data/" + key, storage.data())
        add("version", b"3\n")


def save_legacy(path, obj):
    with open(path, "wb") as f:
        pickle.dump(0x1950A86A20F9469CFC6C, f, protocol=2)
        pickle.dump(1001, f, protocol=2)
        pickle.dump(dict(protocol_version=1001, little_endian=True, type_sizes=dict(short=2, int=4, long=4)), f, protocol=2)
        storages = dump(obj, f, True)
        pickle.dump(list(storages), f, protocol=2)
        for storage in storages.values():
            f.write(struct.pack("<q", storage.n) + storage.data())


def state():
    d = collections.OrderedDict()
    for kind in TYPES:
        d["type." + kind] = contiguous(kind, 3, 4)
    shared = Storage("Float", 24)
    d["tied.a"] = Tensor(shared, 0, (4, 6), (6, 1))
    d["tied.b"] = Tensor(shared, 0, (4, 6), (6, 1))
    d["turned"] = Tensor(shared, 0, (6, 4), (1, 6))
    d["turned3"] = Tensor(shared, 0, (2, 4, 3), (3, 6, 1))
    d["part"] = Tensor(shared, 6, (2, 6), (6, 1))
    d["parameter"] = Parameter(contiguous("Float", 5))
    d["scalar"] = Tensor(Storage("Long", 1), 0, (), ())
    d["empty"] = Tensor(Storage("Float", 0), 0, (0, 7), (7, 1))
    d["counter"] = 12345678901
    d._metadata = collections.OrderedDict([("", {"version": 1}), ("layer", {"version": 2})])
    return d


os.chdir(os.path.dirname(os.path.abspath(__file__)))
save_zip("state.bin", state())
save_legacy("legacy.bin", state())
save_zip("wrapped.bin", {"epoch": 3, "lr": 0.5, "best": None, "state_dict": state()})


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


save_zip("evil.bin", {"weight": contiguous("Float", 2), "hook": Evil()})
gaps = Tensor(Storage("Float", 24), 0, (4, 3), (6, 2))
save_zip("strided.bin", {"gaps": gaps})
