package dev.kanmon.formats;

import dev.kanmon.formats.pickle.PickleReader;
import dev.kanmon.formats.pickle.PickleValue;
import dev.kanmon.formats.pickle.PickleValue.OfCall;
import dev.kanmon.formats.pickle.PickleValue.OfDict;
import dev.kanmon.formats.pickle.PickleValue.OfGlobal;
import dev.kanmon.formats.pickle.PickleValue.OfInteger;
import dev.kanmon.formats.pickle.PickleValue.OfPersistent;
import dev.kanmon.formats.pickle.PickleValue.OfString;
import dev.kanmon.formats.pickle.PickleValue.OfTuple;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What the pickle of a PyTorch checkpoint says of tensors. What the functions mean:
 * <a href="https://github.com/pytorch/pytorch/blob/v2.5.1/torch/_utils.py">torch/_utils.py</a>.
 */
final class PytorchState {
    /** Where a checkpoint of a training run keeps the state of its model. */
    private static final List<String> WRAPPERS = List.of("state_dict", "model_state_dict", "model");

    /** A pickle can name one tensor in a few bytes again and again, each time with a shape. */
    private static final int MAX_TENSORS = 1 << 17;

    private static final String REBUILD_TENSOR = "torch._utils._rebuild_tensor";
    private static final String REBUILD_TENSOR_V2 = "torch._utils._rebuild_tensor_v2";
    private static final String REBUILD_PARAMETER = "torch._utils._rebuild_parameter";

    private static final Map<String, DType> STORAGES = Map.ofEntries(
            Map.entry("torch.FloatStorage", DType.F32),
            Map.entry("torch.HalfStorage", DType.F16),
            Map.entry("torch.BFloat16Storage", DType.BF16),
            Map.entry("torch.DoubleStorage", DType.F64),
            Map.entry("torch.LongStorage", DType.I64),
            Map.entry("torch.IntStorage", DType.I32),
            Map.entry("torch.ShortStorage", DType.I16),
            Map.entry("torch.CharStorage", DType.I8),
            Map.entry("torch.ByteStorage", DType.U8),
            Map.entry("torch.BoolStorage", DType.BOOL),
            Map.entry("torch.ComplexFloatStorage", DType.C64));

    /** The names that may occur in a pickle. */
    static final PickleReader.Globals GLOBALS = new PickleReader.Globals() {
        @Override
        public boolean known(OfGlobal global) {
            return callable(global) || STORAGES.containsKey(global.qualified());
        }

        @Override
        public boolean callable(OfGlobal global) {
            return switch (global.qualified()) {
                case REBUILD_TENSOR, REBUILD_TENSOR_V2, REBUILD_PARAMETER -> true;
                default -> false;
            };
        }
    };

    /**
     * Elements that tensors share.
     *
     * @param elements of {@code dtype}
     */
    record Storage(DType dtype, String key, long elements) {}

    /**
     * A tensor: elements of a storage from {@code first} on, by strides.
     *
     * @param at offset of what describes it, for error messages
     * @param strides in elements, one for each dimension
     */
    record Tensor(long at, Storage storage, long first, long[] shape, long[] strides) {}

    private final String source;

    private PytorchState(String source) {
        this.source = source;
    }

    /** The tensors of a pickled object, by name. */
    static SequencedMap<String, Tensor> tensors(String source, PickleValue root) throws ModelFormatException {
        return new PytorchState(source).tensors(root);
    }

    /** The storages that a pickle refers to, by key. */
    static Map<String, Storage> storages(String source, List<OfPersistent> references) throws ModelFormatException {
        var storages = new LinkedHashMap<String, Storage>();
        for (var reference : references) {
            var storage = storage(source, reference);
            storages.put(storage.key, storage);
        }
        return storages;
    }

    private SequencedMap<String, Tensor> tensors(PickleValue root) throws ModelFormatException {
        if (!(root instanceof OfDict dict)) {
            throw ModelFormatException.in(source, "holds " + root.describe() + ", expected a dictionary of tensors");
        }
        var tensors = read(dict);
        if (!tensors.isEmpty() || dict.values().isEmpty()) {
            return tensors;
        }
        for (var wrapper : WRAPPERS) {
            if (dict.values().get(wrapper) instanceof OfDict inner) {
                tensors = read(inner);
                if (!tensors.isEmpty()) {
                    return tensors;
                }
            }
        }
        throw ModelFormatException.in(
                source,
                "holds " + root.describe() + " without a tensor, expected tensors, or a dictionary of tensors under \""
                        + String.join("\" or \"", WRAPPERS) + "\"");
    }

    private SequencedMap<String, Tensor> read(OfDict dict) throws ModelFormatException {
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var entry : dict.values().entrySet()) {
            if (entry.getValue() instanceof OfCall call) {
                if (tensors.size() == MAX_TENSORS) {
                    throw ModelFormatException.at(source, call.at(), "more than " + MAX_TENSORS + " tensors");
                }
                tensors.put(entry.getKey(), tensor(entry.getKey(), call));
            }
        }
        return tensors;
    }

    private Tensor tensor(String name, OfCall call) throws ModelFormatException {
        var arguments = call.arguments().values();
        if (call.function().qualified().equals(REBUILD_PARAMETER)) {
            // (data, requires_grad, hooks); data is made by another function.
            if (!arguments.isEmpty()
                    && arguments.getFirst() instanceof OfCall data
                    && !data.function().qualified().equals(REBUILD_PARAMETER)) {
                return tensor(name, data);
            }
            throw error(name, call.at(), "a parameter without a tensor");
        }
        if (arguments.size() < 4
                || !(arguments.get(0) instanceof OfPersistent reference)
                || !(arguments.get(1) instanceof OfInteger(long first))
                || !(arguments.get(2) instanceof OfTuple shape)
                || !(arguments.get(3) instanceof OfTuple strides)) {
            throw error(
                    name,
                    call.at(),
                    "rebuilt from " + arguments.size() + " arguments, expected storage, offset, size, stride");
        }
        return new Tensor(
                call.at(),
                storage(source, reference),
                first,
                integers(name, call.at(), shape),
                integers(name, call.at(), strides));
    }

    /** {@code ('storage', type, key, location, elements)}, in the old format followed by a view. */
    private static Storage storage(String source, OfPersistent reference) throws ModelFormatException {
        var id = reference.id().values();
        if (id.size() < 5
                || id.size() > 6
                || !(id.get(0) instanceof OfString(var kind))
                || !kind.equals("storage")
                || !(id.get(1) instanceof OfGlobal type)
                || !(id.get(2) instanceof OfString(var key))
                || !(id.get(3) instanceof OfString)
                || !(id.get(4) instanceof OfInteger(long elements))) {
            throw ModelFormatException.at(
                    source,
                    reference.at(),
                    reference.describe() + " is not ('storage', type, key, location, elements)");
        }
        if (id.size() == 6 && id.get(5) != PickleValue.None.NONE) {
            throw ModelFormatException.at(
                    source, reference.at(), "a storage is a view of another one, which is not supported");
        }
        var dtype = STORAGES.get(type.qualified());
        if (dtype == null || elements < 0) {
            throw ModelFormatException.at(
                    source, reference.at(), "a storage of " + elements + " elements of " + type.qualified());
        }
        return new Storage(dtype, key, elements);
    }

    private long[] integers(String name, long at, OfTuple tuple) throws ModelFormatException {
        if (tuple.values().size() > SafetensorsHeader.MAX_RANK) {
            throw error(
                    name, at, tuple.values().size() + " dimensions, expected at most " + SafetensorsHeader.MAX_RANK);
        }
        var integers = new long[tuple.values().size()];
        for (int i = 0; i < integers.length; i++) {
            if (!(tuple.values().get(i) instanceof OfInteger(long value)) || value < 0) {
                throw error(
                        name,
                        at,
                        "size or stride " + tuple.values().get(i).describe() + ", expected an integer of at least 0");
            }
            integers[i] = value;
        }
        return integers;
    }

    private ModelFormatException error(String name, long at, String detail) {
        return ModelFormatException.at(
                source, at, "tensor \"" + ModelFormatException.abbreviate(name) + "\": " + detail);
    }
}
