package dev.kanmon.formats;

import dev.kanmon.formats.protobuf.ProtobufMessage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
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

    // @start region="protobuf"
    static String producer(String name, MemorySegment onnx) throws ModelFormatException {
        var model = ProtobufMessage.of(name, onnx, "ModelProto");
        while (model.next()) {
            if (model.field() == 2) {
                return model.string(1000);
            }
        }
        return "";
    }
    // @end
}
