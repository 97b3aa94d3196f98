package dev.kanmon.formats;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** Which kind of file a path stands for. */
final class TensorFileKind {
    /** Files in a directory, the preferred ones first; transformers, too, takes a whole file before an index. */
    private static final List<String> IN_DIRECTORY = List.of(
            "model.safetensors",
            "model.safetensors.index.json",
            "pytorch_model.bin",
            "pytorch_model.bin.index.json",
            "model.onnx",
            "onnx/model.onnx");

    private static final String SAVED_MODEL = "variables/variables.index";

    private TensorFileKind() {}

    static TensorFile open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return openFile(inDirectory(path));
        }
        var index = path.resolveSibling(path.getFileName() + TensorflowCheckpoint.INDEX_SUFFIX);
        return Files.exists(path) || !Files.isRegularFile(index) ? openFile(path) : TensorflowCheckpoint.open(index);
    }

    private static Path inDirectory(Path directory) throws IOException {
        for (var name : IN_DIRECTORY) {
            if (Files.exists(directory.resolve(name))) {
                return directory.resolve(name);
            }
        }
        List<Path> indexes;
        try (var files = Files.newDirectoryStream(directory, "*" + TensorflowCheckpoint.INDEX_SUFFIX)) {
            indexes = StreamSupport.stream(files.spliterator(), false).sorted().toList();
        }
        if (indexes.size() > 1) {
            throw ModelFormatException.in(
                    directory.toString(),
                    "the directory has " + indexes.size()
                            + " TensorFlow checkpoints, expected one; name the .index file");
        }
        if (indexes.size() == 1) {
            return indexes.getFirst();
        }
        if (Files.exists(directory.resolve(SAVED_MODEL))) {
            return directory.resolve(SAVED_MODEL);
        }
        throw ModelFormatException.in(
                directory.toString(),
                "the directory has neither " + String.join(" nor ", IN_DIRECTORY) + " nor *.index nor " + SAVED_MODEL
                        + ", expected one of them");
    }

    private static TensorFile openFile(Path path) throws IOException {
        var name = String.valueOf(path.getFileName());
        if (name.endsWith(".safetensors")) {
            return SafetensorsFile.open(path);
        }
        if (name.endsWith(".index.json")) {
            return ShardedCheckpoint.open(path);
        }
        if (name.endsWith(".gguf")) {
            return GgufFile.open(path);
        }
        if (name.endsWith(".onnx")) {
            return OnnxFile.open(path);
        }
        return switch (byContent(path)) {
            case GGUF -> GgufFile.open(path);
            case PYTORCH -> PytorchFile.open(path);
            case ONNX -> OnnxFile.open(path);
            case UNKNOWN -> {
                if (name.endsWith(TensorflowCheckpoint.INDEX_SUFFIX)) {
                    yield TensorflowCheckpoint.open(path);
                }
                if (isPytorchName(name)) {
                    yield PytorchFile.open(path);
                }
                throw ModelFormatException.in(
                        path.toString(),
                        "not a file of weights, expected a directory, or a safetensors, GGUF, PyTorch, ONNX or"
                                + " TensorFlow file");
            }
        };
    }

    static boolean isPytorchName(String name) {
        return name.endsWith(".bin") || name.endsWith(".pt") || name.endsWith(".pth");
    }

    private enum Content {
        GGUF,
        PYTORCH,
        ONNX,
        UNKNOWN
    }

    private static Content byContent(Path path) throws IOException {
        try (var file = FileBytes.map(path)) {
            var bytes = file.bytes();
            var gguf = MemorySegment.ofArray("GGUF".getBytes(StandardCharsets.US_ASCII));
            if (bytes.byteSize() >= 4 && bytes.asSlice(0, 4).mismatch(gguf) < 0) {
                return Content.GGUF;
            }
            if (PytorchFile.recognises(bytes)) {
                return Content.PYTORCH;
            }
            // Field 1, the version of the format, then another field of ModelProto: a string, a number or the graph.
            if (bytes.byteSize() >= 3 && bytes.get(ValueLayout.JAVA_BYTE, 0) == 0x08) {
                int version = bytes.get(ValueLayout.JAVA_BYTE, 1);
                int next = bytes.get(ValueLayout.JAVA_BYTE, 2);
                if (version > 0
                        && version < 64
                        && List.of(0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42).contains(next)) {
                    return Content.ONNX;
                }
            }
            return Content.UNKNOWN;
        }
    }
}
