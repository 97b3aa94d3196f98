package dev.kanmon.formats;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Weights spread over several safetensors or PyTorch files, with an index that names the shard of each tensor.
 *
 * <p>{@link #tensors} holds what the index maps, in its order; the offset of a {@link TensorInfo} counts in
 * its own shard. The index's {@code total_size} is not used: published ones are wrong.
 */
public final class ShardedCheckpoint implements TensorFile {
    /** Each shard is an open mapping; the largest published models have a few hundred. */
    static final int MAX_SHARDS = 4096;

    private final Path path;
    private final Map<String, TensorFile> shardOfTensor;
    private final Map<String, TensorFile> shards;
    private final SequencedMap<String, TensorInfo> tensors;

    private ShardedCheckpoint(
            Path path,
            Map<String, TensorFile> shardOfTensor,
            Map<String, TensorFile> shards,
            SequencedMap<String, TensorInfo> tensors) {
        this.path = path;
        this.shardOfTensor = shardOfTensor;
        this.shards = shards;
        this.tensors = Collections.unmodifiableSequencedMap(tensors);
    }

    /**
     * Opens an index, usually {@code model.safetensors.index.json} or {@code
     * pytorch_model.bin.index.json}, and the shards that it names beside itself.
     *
     * @throws ModelFormatException if the index or a shard is broken, a shard is missing or lacks a tensor, or
     *     a shard's name leads out of the directory
     * @throws IOException if a file cannot be read
     */
    public static ShardedCheckpoint open(Path index) throws IOException {
        var weightMap = Json.read(index).asObject().object("weight_map");
        var shards = new LinkedHashMap<String, TensorFile>();
        try {
            return open(index, weightMap, shards);
        } catch (IOException | RuntimeException e) {
            shards.values().forEach(TensorFile::close);
            throw e;
        }
    }

    private static ShardedCheckpoint open(Path index, JsonObject weightMap, Map<String, TensorFile> shards)
            throws IOException {
        var shardOfTensor = new LinkedHashMap<String, TensorFile>();
        var tensors = new LinkedHashMap<String, TensorInfo>();
        for (var member : weightMap.members().entrySet()) {
            var shardName = member.getValue().asString();
            var shard = shards.get(shardName);
            if (shard == null) {
                if (shards.size() == MAX_SHARDS) {
                    throw weightMap.error("names more than " + MAX_SHARDS + " shards");
                }
                var file = Siblings.resolve(index, shardName);
                if (file == null) {
                    throw member.getValue()
                            .error("is " + member.getValue().describe()
                                    + ", expected a file name within the directory of the index");
                }
                if (!Files.isRegularFile(file)) {
                    throw member.getValue().error("is " + member.getValue().describe() + ", which does not exist");
                }
                shard = TensorFileKind.isPytorchName(shardName) ? PytorchFile.open(file) : SafetensorsFile.open(file);
                shards.put(shardName, shard);
            }
            var info = shard.tensors().get(member.getKey());
            if (info == null) {
                throw member.getValue().error("is " + member.getValue().describe() + ", a shard without that tensor");
            }
            shardOfTensor.put(member.getKey(), shard);
            tensors.put(member.getKey(), info);
        }
        return new ShardedCheckpoint(index, shardOfTensor, shards, tensors);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public SequencedMap<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public TensorView tensor(String name) {
        var shard = shardOfTensor.get(name);
        if (shard == null) {
            throw new IllegalArgumentException(path + ": no tensor \"" + name + "\"");
        }
        return shard.tensor(name);
    }

    @Override
    public void close() {
        shards.values().forEach(TensorFile::close);
    }
}
