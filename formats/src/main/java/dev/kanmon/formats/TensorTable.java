package dev.kanmon.formats;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Supplier;

/** The tensors of a format that spreads them over files, or stores them in a form that no view can show. */
final class TensorTable implements AutoCloseable {
    /**
     * A tensor.
     *
     * @param file where its bytes are; {@link TensorInfo#offset} counts in it
     * @param decoder makes the bytes anew for each view; null if they lie in the file as they should be
     * @param check run before elements are decoded
     */
    record Stored(TensorInfo info, FileBytes file, Supplier<MemorySegment> decoder, TensorView.Check check) {
        static Stored inPlace(TensorInfo info, FileBytes file) {
            return new Stored(info, file, null, TensorView.Check.NONE);
        }
    }

    private final FileBytes main;
    private final List<FileBytes> others;
    private final SequencedMap<String, Stored> tensors;
    private final SequencedMap<String, TensorInfo> infos;

    /**
     * @param main the file that was opened; closed with the table
     * @param others further files, closed with the table
     * @param tensors by name
     */
    TensorTable(FileBytes main, Collection<FileBytes> others, SequencedMap<String, Stored> tensors) {
        this.main = main;
        this.others = List.copyOf(others);
        this.tensors = tensors;
        var byName = new LinkedHashMap<String, TensorInfo>();
        tensors.forEach((name, stored) -> byName.put(name, stored.info));
        this.infos = Collections.unmodifiableSequencedMap(byName);
    }

    SequencedMap<String, TensorInfo> tensors() {
        return infos;
    }

    Stored stored(String name) {
        main.ensureOpen();
        var stored = tensors.get(name);
        if (stored == null) {
            throw new IllegalArgumentException(main.source() + ": no tensor \"" + name + "\"");
        }
        return stored;
    }

    TensorView view(String name) {
        var stored = stored(name);
        var info = stored.info;
        stored.file.ensureOpen();
        var bytes = stored.decoder == null
                ? stored.file.bytes().asSlice(info.offset(), info.byteSize())
                : stored.decoder.get();
        return new TensorView(stored.file, info, bytes, stored.check, stored.decoder == null);
    }

    /** Room for elements that are decoded or rearranged; the garbage collector frees it. */
    static MemorySegment allocate(long bytes) {
        return bytes <= Integer.MAX_VALUE - 8
                ? MemorySegment.ofArray(new byte[(int) bytes])
                : Arena.ofAuto().allocate(bytes);
    }

    @Override
    public void close() {
        main.close();
        others.forEach(FileBytes::close);
    }
}
