package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.tokenizer.model.Vocabulary;
import java.util.Arrays;
import java.util.List;

/**
 * The pieces of a model by the ids that they have in a network, which are SentencePiece's numbers but for fairseq's
 * models; checked and immutable.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/2734490/src/model_interface.cc#L62">InitializePieces</a>
 */
final class SentencePieces {
    /** What fairseq's dictionary has before the pieces; SentencePiece's own first three are left out. */
    private static final List<String> FAIRSEQ = List.of("<s>", "<pad>", "</s>", "<unk>");

    private static final int FAIRSEQ_UNKNOWN = 3;
    private static final int BYTES = 256;

    private final Vocabulary vocabulary;
    private final float[] scores;
    private final PieceType[] types;
    private final int unknownId;
    private final int[] byteIds;

    private SentencePieces(Vocabulary vocabulary, float[] scores, PieceType[] types, int unknownId, int[] byteIds) {
        this.vocabulary = vocabulary;
        this.scores = scores;
        this.types = types;
        this.unknownId = unknownId;
        this.byteIds = byteIds;
    }

    /**
     * The pieces of a model.
     *
     * @param source what messages call the model
     * @param fairseq whether ids are those of fairseq: {@code <s> <pad> </s> <unk>}, then the pieces from number 3 on
     */
    static SentencePieces of(String source, SentencePieceSpec spec, boolean fairseq) throws ModelFormatException {
        var pieces = spec.pieces();
        int offset = fairseq ? 1 : 0;
        int size = pieces.size() + offset;
        var builder = new Vocabulary.Builder(size);
        var scores = new float[size];
        var types = new PieceType[size];
        int unknown = -1;
        for (int i = 0; i < pieces.size(); i++) {
            var piece = pieces.get(i);
            if (piece.text().isEmpty()) {
                throw ModelFormatException.in(source, "piece " + i + " is empty, expected a text");
            }
            if (piece.type() == PieceType.UNKNOWN) {
                if (unknown >= 0) {
                    throw ModelFormatException.in(
                            source, "pieces " + unknown + " and " + i + " are both unknown pieces, expected one");
                }
                unknown = i;
            }
            if (piece.type() == PieceType.BYTE && !spec.byteFallback()) {
                throw ModelFormatException.in(
                        source, "piece " + i + " stands for a byte, but the model has no byte_fallback");
            }
            if (i + offset > FAIRSEQ_UNKNOWN || !fairseq) {
                builder.add(piece.text(), i + offset);
                scores[i + offset] = piece.score();
                types[i + offset] = piece.type();
            }
        }
        if (unknown < 0) {
            throw ModelFormatException.in(source, "no piece stands for what is unknown, expected one");
        }
        if (fairseq) {
            if (unknown != 0 || size <= FAIRSEQ_UNKNOWN) {
                throw ModelFormatException.in(source, "the unknown piece has number " + unknown + " of "
                        + pieces.size() + ", expected 0 of 3 or more, as XLM-RoBERTa has it");
            }
            for (int id = 0; id < FAIRSEQ.size(); id++) {
                builder.add(FAIRSEQ.get(id), id);
                types[id] = id == FAIRSEQ_UNKNOWN ? PieceType.UNKNOWN : PieceType.CONTROL;
            }
        }
        var vocabulary = builder.build();
        for (int id = 0; vocabulary.size() != size && id < size; id++) {
            var text = fairseq && id <= FAIRSEQ_UNKNOWN ? FAIRSEQ.get(id) : pieces.get(id - offset).text();
            if (vocabulary.id(text) != id) {
                throw ModelFormatException.in(source, "the piece \"" + text + "\" occurs twice, expected it once");
            }
        }
        return new SentencePieces(
                vocabulary,
                scores,
                types,
                fairseq ? FAIRSEQ_UNKNOWN : unknown,
                spec.byteFallback() ? byteIds(source, vocabulary, types) : null);
    }

    private static int[] byteIds(String source, Vocabulary vocabulary, PieceType[] types) throws ModelFormatException {
        var ids = new int[BYTES];
        for (int b = 0; b < BYTES; b++) {
            var name = "<0x%02X>".formatted(b);
            ids[b] = vocabulary.id(name);
            if (ids[b] < 0 || types[ids[b]] != PieceType.BYTE) {
                throw ModelFormatException.in(
                        source, "the model has byte_fallback, but no piece " + name + " that stands for a byte");
            }
        }
        long bytes = Arrays.stream(types).filter(type -> type == PieceType.BYTE).count();
        if (bytes != BYTES) {
            throw ModelFormatException.in(source, bytes + " pieces stand for bytes, expected " + BYTES);
        }
        return ids;
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The number of ids. */
    int size() {
        return types.length;
    }

    float score(int id) {
        return scores[id];
    }

    PieceType type(int id) {
        return types[id];
    }

    int unknownId() {
        return unknownId;
    }

    /** Whether what has no piece becomes the pieces of its bytes. */
    boolean hasBytes() {
        return byteIds != null;
    }

    /** The id of a byte's piece. */
    int byteId(int b) {
        return byteIds[b];
    }
}
