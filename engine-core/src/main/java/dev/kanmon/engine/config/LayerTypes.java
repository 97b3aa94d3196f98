package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonValue;
import java.util.ArrayList;
import java.util.List;

/** The list {@code layer_types}: which layers see all tokens and which a window. */
final class LayerTypes {

    private LayerTypes() {}

    /** Of the first {@code layers} layers, whether they see a window only. */
    static List<Boolean> read(JsonArray types, int layers, String global, String local) throws ModelFormatException {
        if (types.size() < layers) {
            throw types.error("names " + types.size() + " layers, num_hidden_layers says " + layers);
        }
        List<Boolean> windows = new ArrayList<>();
        for (JsonValue type : types.values().subList(0, layers)) {
            String name = type.asString();
            if (!name.equals(global) && !name.equals(local)) {
                throw type.error("is \"" + name + "\", expected " + global + " or " + local);
            }
            windows.add(name.equals(local));
        }
        return windows;
    }
}
