package dev.kanmon.formats;

import java.io.IOException;
import java.nio.file.Path;

/** The example of package-info, compiled with the tests. */
final class FormatsSnippets {
    private FormatsSnippets() {}

    // @start region="read"
    static void copyAsHalves(Path model, Path target) throws IOException {
        try (var file = TensorFile.open(model);
                var writer = SafetensorsWriter.create(target)) {
            for (var info : file.tensors().values()) {
                writer.declare(
                        info.name(),
                        DType.F16,
                        info.shape().stream().mapToLong(Long::longValue).toArray());
            }
            for (var name : file.tensors().keySet()) {
                writer.write(name, file.tensor(name)::read);
            }
            writer.finish();
        }
    }
    // @end
}
