package dev.kanmon.engine;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.WeightType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * The member {@value #KEY} of the sidecar {@value ModelFiles#SIDECAR}: matrices that keep a more exact type when weights
 * are asked for in one, by {@link WeightPlan}'s patterns.
 * {@snippet lang="json" :
 * {"weights": {"int8": {"bf16": ["encoder.layer.5.output.dense"], "f32": ["classifier"]}}}
 * }
 */
public final class SidecarWeights {

    /** Its key in the sidecar. */
    public static final String KEY = "weights";

    private SidecarWeights() {}

    /**
     * Reads the exceptions.
     *
     * @param sidecar a whole {@code kanmon.json}
     * @return for each type that has any its exceptions, in the order of the file
     * @throws ModelFormatException if something is not as said, or a pattern stands there twice
     */
    public static Map<WeightType, SequencedMap<String, WeightType>> read(JsonObject sidecar)
            throws ModelFormatException {
        Map<WeightType, SequencedMap<String, WeightType>> all = new EnumMap<>(WeightType.class);
        if (sidecar.has(KEY)) {
            JsonObject types = sidecar.get(KEY).asObject();
            for (String name : types.members().keySet()) {
                WeightType type = type(name, types.get(name), WeightType.values());
                all.put(type, exceptions(type, types.get(name).asObject()));
            }
        }
        return all;
    }

    /**
     * A sidecar with other exceptions for one type; everything else stays as it is.
     *
     * @param sidecar the model's, or an empty object
     * @param type that the exceptions are of
     * @param matrices the exceptions, each with the type it keeps; none takes away what there was
     */
    public static JsonObject with(JsonObject sidecar, WeightType type, List<WeightMatrix> matrices)
            throws ModelFormatException {
        SequencedMap<String, JsonValue> lists = new LinkedHashMap<>();
        for (WeightMatrix matrix : matrices) {
            JsonValue known = lists.getOrDefault(matrix.type().spelling(), JsonArray.of());
            List<JsonValue> patterns = new ArrayList<>(known.asArray().values());
            patterns.add(JsonString.of(matrix.pattern()));
            lists.put(matrix.type().spelling(), JsonArray.of(patterns));
        }
        SequencedMap<String, JsonValue> types = new LinkedHashMap<>(
                sidecar.has(KEY) ? sidecar.get(KEY).asObject().members() : new LinkedHashMap<>());
        types.remove(type.spelling());
        if (!lists.isEmpty()) {
            types.put(type.spelling(), JsonObject.of(lists));
        }
        SequencedMap<String, JsonValue> members = new LinkedHashMap<>(sidecar.members());
        members.remove(KEY);
        if (!types.isEmpty()) {
            members.put(KEY, JsonObject.of(types));
        }
        return JsonObject.of(members);
    }

    private static SequencedMap<String, WeightType> exceptions(WeightType type, JsonObject lists)
            throws ModelFormatException {
        // The constants stand in the order of their precision, the most exact first.
        WeightType[] moreExact = Arrays.copyOf(WeightType.values(), type.ordinal());
        SequencedMap<String, WeightType> exceptions = new LinkedHashMap<>();
        for (String name : lists.members().keySet()) {
            WeightType exception = type(name, lists.get(name), moreExact);
            for (JsonValue element : lists.get(name).asArray().values()) {
                String pattern = element.asString();
                if (pattern.isBlank()) {
                    throw element.error("found an empty pattern, expected a tensor's name");
                }
                if (exceptions.put(pattern, exception) != null) {
                    throw element.error("\"" + pattern + "\" stands here twice");
                }
            }
        }
        return exceptions;
    }

    private static WeightType type(String name, JsonValue at, WeightType[] allowed) throws ModelFormatException {
        for (WeightType type : allowed) {
            if (type.spelling().equals(name)) {
                return type;
            }
        }
        String expected = Arrays.stream(allowed).map(WeightType::spelling).collect(Collectors.joining(", "));
        throw at.error("is not known here; known: " + (expected.isEmpty() ? "nothing" : expected));
    }
}
