package dev.kanmon.formats.json;

import java.io.IOException;
import java.nio.file.Path;

/** The example of package-info, compiled with the tests. */
final class JsonSnippets {
    private JsonSnippets() {}

    // @start region="read"
    static int readHiddenSize(Path configJson) throws IOException {
        var config = Json.read(configJson).asObject();
        var modelType = config.string("model_type");
        int hiddenSize = config.integer("hidden_size");
        if (hiddenSize < 1) {
            throw config.get("hidden_size").error("is " + hiddenSize + ", expected at least 1 for " + modelType);
        }
        return hiddenSize;
    }
    // @end

}
